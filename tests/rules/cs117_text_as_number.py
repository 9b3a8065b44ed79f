import os
from os import environ, getenv

from celery import Celery, Task, shared_task
from proj.env import env

app = Celery("shop", task_time_limit=os.environ.get("LIMIT", 300))

TRIES = getenv("TRIES", "5")
TRIES_TOO = int(getenv("TRIES", "5"))


class Retrying(Task):
    max_retries = os.getenv("TRIES", 5)  # error: CS117
    retry_kwargs = {"max_retries": getenv("TRIES", 5), "countdown": 5}  # error: CS117
    retry_backoff = os.getenv("BACKOFF", 5)


class Other:
    max_retries = os.getenv("TRIES", 5)


@shared_task(name="a", bind=True, max_retries=TRIES)  # error: CS117
def a(self):
    self.retry()


@shared_task(
    name="b",
    max_retries=environ.get("LIMIT") or 60,  # error: CS117
    default_retry_delay=os.environ["SOFT"] if TRIES else 5,  # error: CS117
    time_limit=os.environ.get("LIMIT", 300),
    queue=os.environ["QUEUE"],
)
def b():
    pass


@shared_task(name="c", bind=True, max_retries=TRIES_TOO, time_limit=env("LIMIT", default=5))
def c(self, environ):
    self.retry()
    wait = os.environ.get("WAIT", 5)
    a.apply_async(countdown=wait)  # error: CS117
    a.apply_async(countdown=float(wait))
    a.apply_async(countdown=environ.get("WAIT"))
    a.apply_async(queue=os.environ["QUEUE"])
