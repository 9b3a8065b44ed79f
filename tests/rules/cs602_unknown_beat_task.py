import cs602_unknown_beat_task as itself
from celery import Celery, shared_task
from celery.schedules import crontab

from shop.names import ELSEWHERE

app = Celery("shop")
CLOSE = "cs602_unknown_beat_task.close"


@app.task
def close():
    pass


@app.task(name="shop.bill")
def bill():
    pass


@itself.scheduled
def made_by_a_decorator():
    pass


class Report(itself.Base):
    name = "shop.report"


def plain():
    pass


CELERY_BEAT_SCHEDULE = {
    "renamed": {
        "task": "cs602_unknown_beat_task.shut",  # error: CS602
        "schedule": crontab(minute=0),
    },
    "its name is another": {
        "task": "cs602_unknown_beat_task.bill",  # error: CS602
        "schedule": 60,
    },
    "no task": {
        "task": "cs602_unknown_beat_task.plain",  # error: CS602
        "schedule": 60,
    },
    "misspelt name": {
        "task": "shop.bil",  # error: CS602
        "schedule": 60,
    },
    "misspelt in parts": {
        "task": f"{CLOSE}d",  # error: CS602
        "schedule": 60,
    },
    "right": {"task": "cs602_unknown_beat_task.close", "schedule": 60},
    "by constant": {"task": CLOSE, "schedule": 60},
    "named": {"task": "shop.bill", "schedule": 60},
    "with the folder in front": {"task": "rules.cs602_unknown_beat_task.close", "schedule": 60},
    "of the project's decorator": {
        "task": "cs602_unknown_beat_task.made_by_a_decorator",
        "schedule": 60,
    },
    "of a class": {"task": "shop.report", "schedule": 60},
    "celery's own": {"task": "celery.backend_cleanup", "schedule": 60},
    "of another distribution": {"task": "mailer.tasks.retry_deferred", "schedule": 60},
    "of another's constant": {"task": ELSEWHERE, "schedule": 60},
    "of a parameter": {"task": CLOSE.format(1), "schedule": 60},
}
# Not said to be a schedule.
JOBS = [{"name": "x", "task": "cs602_unknown_beat_task.shut", "schedule": 60}]


app.conf.beat_schedule["made by a call"] = dict(task="cs602_unknown_beat_task.shut", schedule=60)  # error: CS602
app.conf.beat_schedule.update(nightly={"task": "cs602_unknown_beat_task.shut", "schedule": 60})  # error: CS602
app.conf.beat_schedule.setdefault(
    "late",
    {"task": "cs602_unknown_beat_task.shut", "schedule": 60},  # error: CS602
)
app.add_periodic_task(60, app.signature("cs602_unknown_beat_task.shut"))  # error: CS602


setdefault("nightly", {"task": "shop.close"})
