import os
from pathlib import Path

from celery import shared_task


@shared_task
def add(a, b=1):
    return a + b


@shared_task(bind=True)
def whoami(self):
    return [type(self).__mro__[1].__name__, self.request.hostname.partition("@")[0]]


@shared_task
def tick():
    with Path(os.environ["TICKS"]).open("a") as file:
        file.write("tick\n")
