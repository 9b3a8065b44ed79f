"""Celery's classes that users see, subscriptable with every Celery; what they are is in ``_celery.pyi``."""

from __future__ import annotations

from types import GenericAlias

from celery import result
from celery.app import task
from celery.canvas import Signature

__all__ = ["AsyncResult", "Signature", "Task"]


class Task(task.Task):
    """Celery's task; before 5.7 it cannot be written with parameters in brackets."""

    abstract = True
    __class_getitem__ = classmethod(GenericAlias)


class AsyncResult(result.AsyncResult):
    """Celery's result; before 5.7 it cannot be written with parameters in brackets."""

    __class_getitem__ = classmethod(GenericAlias)
