import datetime as dt
from datetime import datetime, timedelta, timezone

from celery import Celery
from shop.clock import now

app = Celery("shop")


@app.task(name="a", bind=True)
def a(self, x):
    self.retry(eta=datetime.now() + timedelta(minutes=1))  # error: CS210


a.apply_async((1,), eta=datetime.now() + timedelta(hours=1))  # error: CS210
a.apply_async((1,), eta=timedelta(hours=1) + dt.datetime.today())  # error: CS210
a.apply_async((1,), expires=datetime.now())  # error: CS210
a.apply_async((1,), eta=datetime.utcnow() + timedelta(hours=1))
a.apply_async((1,), eta=datetime.now(timezone.utc) + timedelta(hours=1))
a.apply_async((1,), eta=datetime.now().astimezone() + timedelta(hours=1))
a.apply_async((1,), eta=now())
a.apply_async((1, datetime.now()), countdown=1)


def later(x):
    when = datetime.now() + timedelta(hours=x)  # error: CS210
    app.send_task("a", (1,), eta=when)


def aware(x):
    when = datetime.now()
    when = when.replace(tzinfo=timezone.utc)
    app.send_task("a", (1,), eta=when)


def set_before(cache, x):
    a.s(x).set(eta=datetime.now() + timedelta(hours=1)).delay()  # error: CS210
    a.s(x).set(eta=datetime.now(timezone.utc)).delay()
    cache.set("a", 1, expires=datetime.now())
