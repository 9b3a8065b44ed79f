import os

from celery import Celery, shared_task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")  # error: CS114


@shared_task(name="a")
def a(pk):
    return pk


@app.task(name="b")
def b(pk):
    return pk


def buy(pk):
    a.delay(pk)
    b.delay(pk)
