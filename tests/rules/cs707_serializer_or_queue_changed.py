# What it was is in before/.
from celery import Celery, shared_task
from shop.queues import SLOW

app = Celery("shop")
app.conf.accept_content = ["json", "yaml", "pickle"]
app.conf.task_default_queue = "orders"  # error: CS707
app.conf.task_routes = {
    "shop.mail": {"queue": "letters"},  # error: CS707
    "shop.slow.*": "slower",  # error: CS707
    "shop.same": "same",
    "shop.new": "new",
}


# The old workers refuse it.
@shared_task(name="serializer", serializer="pickle")  # error: CS707
def serializer(order_id):
    pass


# They take this.
@shared_task(name="accepted", serializer="yaml")
def accepted(order_id):
    pass


@shared_task(name="queue", queue="slow")  # error: CS707
def queue(order_id):
    pass


@shared_task(name="gets_a_queue", queue="slow")  # error: CS707
def gets_a_queue(order_id):
    pass


@shared_task(name="same", serializer="json", queue="orders")
def same(order_id):
    pass


@shared_task(name="unseen", queue=SLOW)
def unseen(order_id):
    pass
