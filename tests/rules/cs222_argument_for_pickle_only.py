from datetime import timedelta

from celery import Celery
from shop.models import Order

app = Celery("shop", task_serializer="pickle")


@app.task(name="a")
def a(x):
    pass


@app.task(name="publish")
def publish(message):
    message.publish()


@app.task(name="json", serializer="json")
def as_json(x):
    pass


class Message:
    def publish_later(self):
        a.delay(self)  # error: CS222
        a.apply_async(kwargs={"x": self})  # error: CS222
        a.delay(self.pk)

    def publish(self):
        pass


def view(serializer):
    ids = Order.objects.filter(paid=True).distinct().values_list("id", flat=True)
    a.delay(ids)  # error: CS222
    a.delay(list(ids))
    a.delay({1, 2})  # error: CS222
    a.delay(timedelta(hours=1))  # error: CS222
    a.delay(Message)  # error: CS222
    message = make()
    publish.delay(message)  # error: CS222
    a.delay([1, 2])
    a.delay(lambda: 1)
    a.apply_async(({1, 2},), serializer="json")
    a.apply_async(({1, 2},), serializer=serializer)
    as_json.delay({1, 2})


def make():
    return Message()
