from celery import Celery, Task, shared_task

app = Celery("shop")
app.conf.task_soft_time_limit = 60  # error: CS115
app.conf.task_time_limit = 60


@shared_task(name="a", soft_time_limit=60, time_limit=30)  # error: CS115
def a():
    pass


@shared_task(name="b", time_limit=60 * 60, soft_time_limit=60 * 60)  # error: CS115
def b():
    pass


@shared_task(name="c", time_limit=60 * 60, soft_time_limit=50 * 60)
def c():
    pass


@shared_task(name="d", soft_time_limit=600)
def d():
    pass


@shared_task(name="e", time_limit=LIMIT, soft_time_limit=600)
def e():
    pass


@shared_task(name="f", time_limit=0, soft_time_limit=600)
def f():
    pass


def send():
    a.apply_async(soft_time_limit=9, time_limit=5)  # error: CS115
    a.apply_async(soft_time_limit=5, time_limit=9)


SHORT = 30
HALF_HOUR = 30 * 60
LIMITS = {"soft_time_limit": HALF_HOUR, "time_limit": SHORT}


@shared_task(name="g", soft_time_limit=HALF_HOUR, time_limit=HALF_HOUR)  # error: CS115
def g():
    pass


@shared_task(name="h", **LIMITS)  # error: CS115
def h():
    pass


@shared_task(name="i", soft_time_limit=SHORT, time_limit=HALF_HOUR)
def i():
    pass


class Limited(Task):
    time_limit = SHORT


@shared_task(name="j", base=Limited, soft_time_limit=HALF_HOUR)  # error: CS115
def j():
    pass


@shared_task(name="k", base=Limited, soft_time_limit=5)
def k():
    pass


def send_more(**options):
    a.apply_async(**LIMITS)  # error: CS115
    a.apply_async(soft_time_limit=HALF_HOUR, **options)
