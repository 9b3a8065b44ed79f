"""The app that the relay's processes load; configured by the environment."""

import os
import signal

from sqlalchemy import create_engine

from celery_safe import SafeCelery
from celery_safe.store.sqlalchemy import SQLAlchemyStore


def store():
    return SQLAlchemyStore(create_engine(os.environ["STORE"]), name=os.environ["TABLE"])


app = SafeCelery(
    "outbox", broker=os.environ["BROKER"], store=store, relay=os.environ.get("RELAY") or None
)
app.conf.task_default_queue = os.environ["QUEUE"]
app.conf.safe_dedupe_window = float(os.environ.get("DEDUPE", 0)) or None
app.conf.safe_eta_in_store = float(os.environ.get("FAR", 300))


@app.task(name="work")
def work(number):
    effect(number)


@app.task(name="killed", bind=True)
def killed(self, number):
    """Takes its worker with it the first time."""
    effect(number)
    if not self.request.delivery_info.get("redelivered"):
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="again", bind=True, max_retries=3)
def again(self, number, countdown):
    effect(f"{number}.{self.request.retries}")
    if not self.request.retries:
        raise self.retry(countdown=countdown)


def effect(text):
    fd = os.open(os.environ["EFFECTS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, f"{text}\n".encode())
    os.close(fd)
