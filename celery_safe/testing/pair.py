"""Old code and new code on one broker, as during a rolling deploy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from celery_safe.app import SafeCelery
from celery_safe.testing.bench import Bench
from celery_safe.testing.isolation import without_tasks_of_others
from celery_safe.testing.worker import Run, Worker

#: An app, or a function that defines its tasks.
Code = SafeCelery | Callable[[SafeCelery], object]


@dataclass(frozen=True)
class Pair:
    """A worker of each; ``old.app`` and ``new.app`` send."""

    old: Worker
    new: Worker

    def check(self, task: str, *args: Any, **kwargs: Any) -> None:
        """Send by the old code and run by the new, then the other way round.

        Raises:
            AssertionError: one of them fails; names the direction and the error.
        """
        for sender, runner, where in (
            (self.old, self.new, "sent by the old code, run by the new"),
            (self.new, self.old, "sent by the new code, run by the old"),
        ):
            known = sender.app.tasks.get(task)
            if known is None:
                raise AssertionError(f"{task} is no task of the code that sends ({where})")
            known.apply_async(args, kwargs)
            for run in runner.drain() or [Run(task, "", args, kwargs, "LOST", None)]:
                if run.state not in ("SUCCESS", "RETRY", "IGNORED"):
                    raise AssertionError(f"{task}, {where}: {run.state} {run.result!r}")


class OldAndNew:
    """``old_and_new(old, new)`` makes the pair."""

    def __init__(self, bench: Bench, stack: ExitStack) -> None:
        self._bench, self._stack = bench, stack

    def __call__(self, old: Code, new: Code) -> Pair:
        """A worker with the old code and one with the new one.

        Args:
            old: an app, or a function that takes an app and defines its tasks.
            new: the same, as it will be deployed.
        """
        return Pair(self._worker(old, "old"), self._worker(new, "new"))

    def _worker(self, code: Code, name: str) -> Worker:
        app = code if isinstance(code, SafeCelery) else self._app(code, name)
        return self._bench.worker(self._stack.enter_context(self._bench.attached(app)), name)

    def _app(self, code: Callable[[SafeCelery], object], name: str) -> SafeCelery:
        with without_tasks_of_others():
            app = SafeCelery(name, set_as_current=False)
            code(app)
            app.finalize()
        return app
