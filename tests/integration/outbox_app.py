"""The app that the relay's processes load; configured by the environment."""

import os

from sqlalchemy import create_engine

from celery_safe import SafeCelery
from celery_safe.store.sqlalchemy import SQLAlchemyStore


def store():
    return SQLAlchemyStore(create_engine(os.environ["STORE"]), name=os.environ["TABLE"])


app = SafeCelery(
    "outbox", broker=os.environ["BROKER"], store=store, relay=os.environ.get("RELAY") or None
)
app.conf.task_default_queue = os.environ["QUEUE"]


@app.task(name="work")
def work(number):
    fd = os.open(os.environ["EFFECTS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, f"{number}\n".encode())
    os.close(fd)
