"""The app of bench/gate.py, configured by the environment."""

import os
import time
from pathlib import Path

from celery_safe import SafeCelery


def store():
    import redis

    from celery_safe.store.redis import RedisStore

    return RedisStore(redis.Redis.from_url(os.environ["STORE"]))


app = SafeCelery(
    "bench", broker=os.environ["BROKER"], store=store if os.environ.get("STORE") else None
)
app.conf.update(task_ignore_result=True, task_default_queue=os.environ["QUEUE"])


@app.task(name="noop")
def noop():
    pass


@app.task(name="mark")
def mark(what):
    with Path(os.environ["MARKS"]).open("a") as file:
        file.write(f"{what} {time.time()}\n")
