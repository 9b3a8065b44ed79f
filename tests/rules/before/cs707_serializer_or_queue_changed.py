from celery import Celery, Task, shared_task

app = Celery("shop")
app.conf.accept_content = ["json", "yaml", "msgpack"]
app.conf.task_default_queue = "shop"
app.conf.task_routes = {
    "shop.mail": {"queue": "mail"},
    "shop.slow.*": "slow",
    "shop.same": {"queue": "same"},
    "pattern.*": {"queue": "mail"},
    "other.*": {"queue": "mail"},
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


class Slow(Task):
    queue = "slow"


@shared_task(name="based", base=Slow)
def based(order_id):
    pass


@shared_task(name="based_and_said", base=Slow, queue="orders")
def based_and_said(order_id):
    pass


@shared_task(name="routed")
def routed(order_id):
    pass


@shared_task(name="pattern.a")
def by_pattern(order_id):
    pass


@shared_task(name="other.pattern")
def by_another_pattern(order_id):
    pass


@shared_task(name="says_the_default")
def says_the_default(order_id):
    pass


# The old workers refused it already.
@shared_task(name="was_refused", serializer="pickle")
def was_refused(order_id):
    pass


@shared_task(name="accepted_no_more", serializer="msgpack")
def accepted_no_more(order_id):
    pass
