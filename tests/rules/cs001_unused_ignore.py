"""Ignore comments with and without effect."""
# celery-safe: ignore-file[CS501, CS102] pickle is between two hosts of ours  # error: CS001

from celery import Celery, shared_task
from celery.schedules import crontab

app = Celery("shop")
app.conf.accept_content = ["pickle"]


@shared_task(name="a")  # celery-safe: ignore[CS101] has a name by now  # error: CS001
def a(x=1):
    pass


@shared_task  # celery-safe: ignore[CS101] its name is computed on purpose
def b(x=1):
    pass


@shared_task  # noqa: D103  # celery-safe: ignore[CS101] its name is computed on purpose # noqa
def c(x=1):
    pass


crontab(hour=3)  # celery-safe: ignore[CS610, CS601] once a minute is meant  # error: CS001
crontab(hour=3)  # celery-safe: ignore[CS601, CS502] once a minute is meant  # error: CS001
crontab(hour=3)  # celery-safe: ignore[CS601] once a minute is meant
crontab(
    hour=3,
)  # celery-safe: ignore[CS601] once a minute is meant
x = "# celery-safe: ignore[CS601] text, no comment"
y = 1  # celery-safe: ignore everything  # error: CS001
