from functools import partial, wraps

from celery import Celery, Task, current_app, shared_task
from celery.signals import task_prerun
from celery_once import QueueOnce
from shop_platform.celery import PlatformCelery

from celery_safe import SafeCelery

app = Celery("shop")
their_app = PlatformCelery("shop")


class OwnPlatform(PlatformCelery):
    pass


own_app = OwnPlatform("shop")
custom = Celery("shop", task_cls="shop_platform.celery:LoggedTask")


class OwnCelery(Celery):
    pass


strict = OwnCelery("shop")


@their_app.task(name="theirs", early_log_level=10)
def theirs():
    pass


@own_app.task(name="own", early_log_level=10)
def own():
    pass


@custom.task(name="custom", early_log_level=10)
def with_class():
    pass


@current_app.task(name="current", max_retry=3)  # error: CS103
def current():
    pass


@strict.task(name="strict", early_log_level=10)  # error: CS103
def strictly():
    pass


@app.task(name="a", max_retry=3)  # error: CS103
def a():
    pass


@shared_task(
    name="b",
    ignore_results=True,  # error: CS103
    interval_start=5,  # error: CS103
    acks_late=True,
)
def b():
    pass


@app.task(
    name="c", bind=True, autoretry_for=(OSError,), retry_backoff=True, retry_kwargs={}, queue="q",
    rate_limit="1/s", pydantic=True, throws=(), shared=False, track_started=True,
)
def c(self):
    pass


@app.task(name="d", base=QueueOnce, once={"keys": []})
def d():
    pass


@app.task(name="e", team="billing")
def e():
    pass


@task_prerun.connect
def on_start(task, **kwargs):
    print(task.team)


@app.task(name="f", store_eager_result=True)
def f():
    pass


safe = SafeCelery("shop")


@safe.task(name="g", max_worker_losses=5, validate=True)
def g():
    pass


@app.task(name="h", max_worker_losses=5)  # error: CS103
def h():
    pass


LIMITS = {"time_limits": 5, "queue": "slow"}
MERGED = {**LIMITS, "acks_late": True}


@app.task(name="i", **LIMITS)  # error: CS103
def i():
    pass


@shared_task(name="j", **MERGED)  # error: CS103
def j():
    pass


CHANGED = {"rates_limit": "5/s"}
CHANGED.pop("rates_limit")


@shared_task(name="k", **CHANGED)
def k():
    pass


own_task = partial(shared_task, bind=True)


@own_task(name="l", rate_limits="5/s")  # error: CS103
def l(self):
    pass


def locked(lock_timeout=5, **options):
    def decorator(function):
        @wraps(function)
        def inner(*args):
            print(lock_timeout)
            return function(*args)

        return shared_task(**options)(inner)

    return decorator


@locked(name="m", lock_timeout=5)
def m():
    pass


@locked(name="n", locked_timeout=5)  # error: CS103
def n():
    pass


class Audited(Task):
    audit_level = 1


@shared_task(name="o", base=Audited, audit_level=2)
def o():
    pass


@shared_task(name="p", base=Audited, retry_backof=2)  # error: CS103
def p():
    pass
