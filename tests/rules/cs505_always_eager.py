import sys

from celery import Celery

CELERY_TASK_ALWAYS_EAGER = True  # error: CS505
CELERY_ALWAYS_EAGER = True  # error: CS505
if "test" in sys.argv:
    CELERY_TASK_ALWAYS_EAGER = True
app = Celery("shop", task_always_eager=True)  # error: CS505
app.conf.task_always_eager = True  # error: CS505
app.conf.task_always_eager = not sys.argv
app.conf.update(task_always_eager=True)  # error: CS505
app.conf.update(task_always_eager=False)


def test_something():
    app.conf.task_always_eager = True
