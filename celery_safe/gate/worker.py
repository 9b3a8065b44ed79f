"""The worker class of SafeCelery. Touches Celery's ``prepare_args`` hook (``celery/worker/worker.py``)."""

from __future__ import annotations

from typing import Any

from celery.apps.worker import Worker
from celery.utils.log import get_logger

from celery_safe import settings
from celery_safe.gate.forks import spare_connections_of_parent

logger = get_logger(__name__)


class SafeWorker(Worker):
    """``celery worker`` with gossip and mingle off unless ``safe_worker_gossip`` or ``_mingle`` say otherwise.

    The command line always passes a value for both, so a setting of our own decides.
    """

    def prepare_args(self, **kwargs: Any) -> dict[str, Any]:
        """Apply our settings to the worker's arguments."""
        conf = self.app.conf
        kwargs["without_gossip"] = kwargs.get("without_gossip") or not conf.get(
            "safe_worker_gossip"
        )
        kwargs["without_mingle"] = kwargs.get("without_mingle") or not conf.get(
            "safe_worker_mingle"
        )
        return dict(super().prepare_args(**kwargs))

    def on_start(self) -> None:
        """Refuse what is dangerous, and say what does not fit, where the person on call will look."""
        settings.check(self.app)
        for warning in settings.check_visibility(self.app):
            logger.warning(warning)
        spare_connections_of_parent()
        super().on_start()
        pool = str(getattr(self.pool_cls, "__module__", self.pool_cls))
        limits = (self.app.conf.task_time_limit, self.app.conf.task_soft_time_limit)
        if any(limits) and ("thread" in pool or "solo" in pool):
            logger.warning(
                "The %s pool enforces no time limits: a task that hangs stays; use prefork to have them",
                pool.rpartition(".")[2],
            )
