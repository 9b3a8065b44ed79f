import os
from datetime import datetime, timedelta, timezone

from celery import Celery

LATER = int(os.environ.get("REMIND_AFTER", 90))
DAY = timedelta(days=1)

app = Celery("shop", broker=os.environ.get("BROKER_URL", "redis://localhost/0"))
app.conf.update(broker_transport_options={"visibility_timeout": 60, "socket_timeout": 5})


@app.task(name="a")
def a(x):
    a.apply_async((1,), countdown=30)
    a.apply_async((1,), countdown=2 * 60)  # error: CS211
    a.apply_async((1,), countdown=LATER)  # error: CS211
    a.apply_async((1,), countdown=x)
    a.apply_async((1,), eta=datetime.now(timezone.utc) + DAY)  # error: CS211
    a.apply_async((1,), eta=datetime.now(timezone.utc) + timedelta(seconds=5))
    a.apply_async((1,), eta=x + timedelta(days=1))
    a.s(1).apply_async(countdown=3600)  # error: CS211
    app.send_task("a", countdown=3600)  # error: CS211
    a.apply_async((1,), expires=3600)


@app.task(name="b", bind=True, default_retry_delay=300)  # error: CS211
def b(self):
    self.retry(countdown=600)  # error: CS211
    self.retry()


@app.task(name="c", bind=True, default_retry_delay=30)
def c(self):
    self.retry(countdown=2**self.request.retries)


@app.task(name="d", default_retry_delay=300)
def never_retried():
    pass


@app.task(name="e", bind=True, default_retry_delay=300)
def has_its_own(self):
    self.retry(countdown=30)


@app.task(name="f", bind=True, default_retry_delay=300)  # error: CS211
def hands_itself_on(self):
    retry_later(self)


@app.task(name="g", autoretry_for=(OSError,), default_retry_delay=300)  # error: CS211
def by_itself():
    pass


def set_before(cache):
    a.s(1).set(countdown=3600).delay()  # error: CS211
    made = a.si(1)
    made.set(countdown=3600)  # error: CS211
    made.set(countdown=3)
    cache.set(countdown=3600)
