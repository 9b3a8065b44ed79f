import celery
from celery import Celery, current_app, shared_task
from celery import task as old_task
from flask import Flask
from proj.celery import app as imported_app

app = Celery("shop")
web = Flask("shop")
OPTIONS = {"name": "x"}


@app.task  # error: CS101
def a():
    pass


@app.task(bind=True)  # error: CS101
def b(self):
    pass


@shared_task  # error: CS101
def c():
    pass


@shared_task(  # error: CS101
    ignore_result=True,
)
def d():
    pass


@celery.shared_task()  # error: CS101
def e():
    pass


@current_app.task  # error: CS101
def f():
    pass


@imported_app.task  # error: CS101
def g():
    pass


def factory():
    local = Celery("local")

    @local.task  # error: CS101
    def h():
        pass

    return h


@app.task(name="shop.named")
def named():
    pass


@shared_task(**OPTIONS)
def unknown():
    pass


@web.task
def not_celery():
    pass


def shadowed(shared_task, app):
    @shared_task
    def i():
        pass

    @app.task
    def j():
        pass


@shared_task  # celery-safe: ignore[CS101] the name is set by the plugin loader
def ignored():
    pass


@shared_task  # celery-safe: ignore[CS102] another rule # error: CS101
def not_ignored():
    pass


@old_task  # error: CS101
def old():
    pass
