from celery import Celery, Task, shared_task
from shop.tasks import retrying_task

app = Celery("shop")


@shared_task
def refund(order_id):
    print("refund", order_id)


@shared_task(name="shop.keeps_its_name")
def keeps_its_name(order_id):
    print(order_id)


@shared_task
def by_call(order_id):
    print("call", order_id)


@shared_task
def by_registry(order_id):
    print("registry", order_id)


@shared_task(name="shop.by_class")
def by_class(order_id):
    print("class", order_id)


@shared_task
def by_own_decorator(order_id):
    print("own", order_id)


@shared_task
def by_map(order_id):
    print("map", order_id)


@shared_task(name=retrying_task.name_of("unseen"))
def unseen(order_id):
    print("unseen", order_id)


@shared_task
def kept(order_id):
    pass


@shared_task(name="shop.export")
def export(order_id):
    """Written to a file of its own."""
    print("export", order_id)
    open(str(order_id)).close()


def plain(order_id):
    pass
