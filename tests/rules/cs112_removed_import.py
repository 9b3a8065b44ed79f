import celery.decorators  # error: CS112
import celery.schedules
from celery import Celery, shared_task
from celery import task  # error: CS112
from celery.decorators import periodic_task  # error: CS112
from celery.result import AsyncResult
from celery.task import Task  # error: CS112
from celery.task import (
    group,  # error: CS112
    task as make_task,  # error: CS112
)
from celery.task.schedules import crontab  # error: CS112
from celery.utils.encoding import safe_str  # error: CS112
from celery.utils.log import get_task_logger
from celery.worker.job import Request  # error: CS112
from .celery.task import task as own
from shop.celery.task import task as ours

try:
    from celery import shared_task
except ImportError:
    from celery.task import task as shared_task

if celery.VERSION < (4,):
    from celery.task import task


def inside():
    from celery.task.control import revoke  # error: CS112

    return revoke
