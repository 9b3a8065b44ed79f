"""The app of the chaos runs: innocents, poisons and a publisher; configured by the environment."""

import os
import signal
import sys
import time

from celery import Celery

from celery_safe import SafeCelery

SAFE = os.environ["APP"] == "safe"


def effect(what, name):
    """One line in one write, in a file that survives everything."""
    fd = os.open(os.environ["EFFECTS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, f"{time.monotonic():.4f} {what} {name} {os.getpid()}\n".encode())
    os.close(fd)


def store():
    """The store of the run, made in each process when it is first used."""
    url = os.environ["STORE"]
    if url.startswith("redis:"):
        import redis

        from celery_safe.store.redis import RedisStore

        return RedisStore(redis.Redis.from_url(url, socket_timeout=5))
    from sqlalchemy import create_engine

    from celery_safe.store.sqlalchemy import SQLAlchemyStore

    return SQLAlchemyStore(create_engine(url, pool_pre_ping=True))


app = (SafeCelery if SAFE else Celery)(
    "chaos",
    broker=os.environ["BROKER"],
    backend=os.environ["BACKEND"],
    task_default_queue=os.environ["QUEUE"],
    **({"store": store} if SAFE else {}),
)
if os.environ["QUEUE_TYPE"] == "quorum":
    app.conf.task_default_queue_type = "quorum"
if SAFE:
    # Shorter waits, so that a run comes to its end; plain Celery has its defaults.
    app.conf.worker_lost_wait = 0.5
    app.conf.safe_max_worker_losses = int(os.environ["CAP"])
    app.conf.safe_when_store_away = os.environ["AWAY"]
    if os.environ["BROKER"].startswith("redis"):
        app.conf.broker_transport_options = {"consumer_lease": float(os.environ["LEASE"])}


@app.task(name="innocent")
def innocent(number, seconds):
    effect("start", number)
    time.sleep(seconds)
    effect("end", number)


@app.task(name="retried", bind=True, max_retries=3)
def retried(self, number, seconds):
    effect("start", number)
    if not self.request.retries:
        raise self.retry(countdown=0.5)
    time.sleep(seconds)
    effect("end", number)


@app.task(name="poison")
def poison(how, name):
    effect("start", name)
    if how == "child":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "main":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(30)
    elif how == "_exit":
        os._exit(4)
    elif how == "exit":
        sys.exit(3)


def signature(word):
    """A call by one word: a number of an innocent, or the kind of a poison with a name."""
    how, _, name = word.partition(":")
    if name:
        return poison.s(how, word).set(task_id=f"{os.environ['QUEUE']}-{word}")
    number = int(word)
    seconds = (number * 7919 % 50) / 1000
    task = retried if number % 10 == 7 else innocent
    return task.s(number, seconds).set(countdown=1 if number % 10 == 3 else None)


def publish():
    """Send what is named on stdin, one word a line; say of each whether it was sent or refused."""
    for line in sys.stdin:
        word = line.strip()
        try:
            if os.environ.get("BY_RELAY") and ":" not in word:
                shelve(signature(word), word)
            else:
                signature(word).apply_async()
        except Exception as error:
            print(f"{word}: {error!r}", file=sys.stderr, flush=True)
            effect("refused", word)
        else:
            effect("sent", word)


def shelve(call, word):
    """Put a message on the shelf, for the relay."""
    from kombu import serialization

    from celery_safe.message import Message
    from celery_safe.store import New

    made = app.amqp.as_task_v2(
        f"{os.environ['QUEUE']}-{word}",
        call.task,
        call.args,
        {},
        countdown=call.options["countdown"],
    )
    content_type, encoding, body = serialization.dumps(made.body, serializer="json")
    message = Message(
        body.encode(), content_type, encoding, made.headers,
        {**made.properties, "delivery_mode": 2}, "", os.environ["QUEUE"],
    )  # fmt: skip
    app.store.put([New(message, "outbox")])


if __name__ == "__main__":
    publish()
