from celery import Celery, shared_task

app = Celery("shop")
app.conf.accept_content = ["json", "yaml"]
app.conf.task_default_queue = "shop"
app.conf.task_routes = {
    "shop.mail": {"queue": "mail"},
    "shop.slow.*": "slow",
    "shop.same": {"queue": "same"},
}


@shared_task(name="serializer")
def serializer(order_id):
    pass


@shared_task(name="accepted")
def accepted(order_id):
    pass


@shared_task(name="queue", queue="orders")
def queue(order_id):
    pass


@shared_task(name="gets_a_queue")
def gets_a_queue(order_id):
    pass


@shared_task(name="same", queue="orders", serializer="json")
def same(order_id):
    pass


@shared_task(name="unseen", queue="orders")
def unseen(order_id):
    pass
