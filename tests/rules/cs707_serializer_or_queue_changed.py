# What it was is in before/.
from celery import Celery, Task, shared_task
from shop.queues import SLOW

app = Celery("shop")
app.conf.accept_content = ["json", "yaml", "pickle"]  # error: CS707
app.conf.task_default_queue = "orders"  # error: CS707
app.conf.task_routes = {
    "shop.mail": {"queue": "letters"},  # error: CS707
    "shop.slow.*": "slower",  # error: CS707
    "shop.same": "same",
    "shop.new": "new",
    "routed": {"queue": "letters"},  # error: CS707
    "pattern.*": {"queue": "letters"},  # error: CS707
    "other.pattern": {"queue": "mail"},
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


class Slow(Task):
    queue = "slower"


@shared_task(name="based", base=Slow)  # error: CS707
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


@shared_task(name="says_the_default", queue="shop")
def says_the_default(order_id):
    pass


# The old workers refused it already.
@shared_task(name="was_refused")
def was_refused(order_id):
    pass


@shared_task(name="accepted_no_more", serializer="msgpack")
def accepted_no_more(order_id):
    pass
