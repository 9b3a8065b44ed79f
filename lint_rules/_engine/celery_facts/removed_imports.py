"""Modules and names that Celery 5 no longer has, and what stands for them; a test tries each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Removed:
    """``since`` is the first version without it, ``instead`` what to import, if there is such a thing.

    ``advice`` says what to do where a new import is not enough.
    """

    since: str
    instead: str | None = None
    advice: str = ""


_BEAT = "put the schedule into beat_schedule"
_GONE = "it has no successor"

#: Modules: everything that is imported from them is gone.
MODULES = {
    "celery.task": Removed("5.0"),
    "celery.decorators": Removed("5.0"),
    "celery.five": Removed("5.0", advice="Python 3 needs none of it"),
    "celery.conf": Removed("4.0", advice="read app.conf"),
    "celery.datastructures": Removed("4.0", "celery.utils.collections"),
    "celery.utils.encoding": Removed("5.0", "kombu.utils.encoding"),
    "celery.utils.timeutils": Removed("4.0", "celery.utils.time"),
    "celery.utils.compat": Removed("4.0", advice="Python 3 needs none of it"),
    "celery.utils.mail": Removed("4.0", advice="send mail in a task_failure handler"),
    "celery.contrib.batches": Removed("4.0", advice="use the package celery-batches"),
    "celery.contrib.methods": Removed("4.0", advice="make a function a task and pass the id"),
    "celery.worker.job": Removed("4.0", "celery.worker.request"),
    "celery.concurrency.processes": Removed("4.0", "celery.concurrency.prefork"),
    "celery.backends.amqp": Removed("5.0", advice="use the rpc result backend"),
    "celery.loaders.djangoapp": Removed("4.0", advice=_GONE),
}

#: Names, with what can be imported in their place.
NAMES = {
    "celery.task.task": Removed("5.0", "celery.shared_task"),
    "celery.task.base.task": Removed("5.0", "celery.shared_task"),
    "celery.decorators.task": Removed("5.0", "celery.shared_task"),
    "celery.task": Removed("5.0", "celery.shared_task"),
    "celery.task.Task": Removed("5.0", "celery.Task"),
    "celery.task.base.Task": Removed("5.0", "celery.Task"),
    "celery.task.group": Removed("5.0", "celery.group"),
    "celery.task.chord": Removed("5.0", "celery.chord"),
    "celery.task.subtask": Removed("5.0", "celery.signature"),
    "celery.task.sets.subtask": Removed("5.0", "celery.signature"),
    "celery.task.sets.TaskSet": Removed("4.0", advice="use celery.group"),
    "celery.task.TaskSet": Removed("4.0", advice="use celery.group"),
    "celery.task.schedules": Removed("5.0", "celery.schedules"),
    "celery.task.schedules.crontab": Removed("5.0", "celery.schedules.crontab"),
    "celery.task.periodic_task": Removed("5.0", advice=_BEAT),
    "celery.task.PeriodicTask": Removed("5.0", advice=_BEAT),
    "celery.task.base.periodic_task": Removed("5.0", advice=_BEAT),
    "celery.task.base.PeriodicTask": Removed("5.0", advice=_BEAT),
    "celery.decorators.periodic_task": Removed("5.0", advice=_BEAT),
    "celery.periodic_task": Removed("5.0", advice=_BEAT),
    "celery.task.control.inspect": Removed("5.0", advice="use app.control.inspect"),
    "celery.task.control.revoke": Removed("5.0", advice="use app.control.revoke"),
    "celery.task.control.discard_all": Removed("5.0", advice="use app.control.purge"),
}
