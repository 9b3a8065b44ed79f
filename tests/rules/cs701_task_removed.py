# What it was is in before/.
from celery import Celery, Task, shared_task
from shop.tasks import retrying_task

app = Celery("shop")


def refund(order_id):  # error: CS701
    print("refund", order_id)


@shared_task(name="shop.keeps_its_name")
def another_function(order_id):
    print(order_id)


def by_call(order_id):
    print("call", order_id)


app.task(name="cs701_task_removed.by_call")(by_call)

app.tasks["cs701_task_removed.by_registry"] = app.tasks["shop.keeps_its_name"]


class ByClass(Task):
    name = "shop.by_class"

    def run(self, order_id):
        print("class", order_id)


@retrying_task
def by_own_decorator(order_id):
    print("own", order_id)


MOVED = {"cs701_task_removed.by_map": "cs701_task_removed.kept"}


@shared_task
def kept(order_id):
    pass


def plain(order_id):  # error: CS701
    pass
