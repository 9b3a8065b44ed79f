import os
from datetime import timedelta

from celery import Celery

app = Celery("shop", broker="redis://localhost/0")
app.conf.task_time_limit = int(timedelta(hours=2).total_seconds())  # error: CS314
app.conf.update(task_time_limit=int(os.environ.get("LIMIT", "7260")))  # error: CS314
app.conf.task_soft_time_limit = 7200
app.conf.task_time_limit = 3600
app.conf.task_time_limit = None


@app.task(name="a", acks_late=False)
def a():
    return 1
