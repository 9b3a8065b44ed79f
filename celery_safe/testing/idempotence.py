"""Runs a task, delivers its message again, lets a worker die over it, and compares what is there after each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

from celery_safe.testing.effects import Effects, difference

if TYPE_CHECKING:
    from celery_safe.task import SafeTask
    from celery_safe.testing.worker import Run, Worker

P = ParamSpec("P")


class AssertIdempotent:
    """``assert_idempotent(task, *args)``.

    What is compared: what the fixture ``task_effects`` gives, or, when it gives none, what the task
    can be seen to change by itself (see :mod:`celery_safe.testing.effects`).
    """

    def __init__(
        self,
        worker: Worker,
        look: Callable[[], Any] | None = None,
        reset: Callable[[], object] | None = None,
    ) -> None:
        self._worker, self._look, self._reset = worker, look, reset

    def looking_at(self, look: Callable[[], Any]) -> AssertIdempotent:
        """The same with a function whose value is compared: rows of a table, calls of a fake."""
        return AssertIdempotent(self._worker, look, self._reset)

    def at_each_line(self, reset: Callable[[], object]) -> AssertIdempotent:
        """The same, and besides, for each line that the task runs, a first run that dies before it.

        A crash between two effects is what a second run from the start does not show. Lines are those
        of the task's own function, each at the first time that it is reached.

        Args:
            reset: undoes what the task has done; it is called before each of these runs.
        """
        return AssertIdempotent(self._worker, self._look, reset)

    def __call__(self, task: SafeTask[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Send the task once; deliver it twice, and once more after the worker died at its end; see also :meth:`at_each_line`.

        Raises:
            AssertionError: an effect came about more than once, with what differs; the task failed;
                or it changed nothing that can be seen, so that nothing was checked.
        """
        with Effects(task, self._look) as effects:
            before = effects.now()
            with self._worker.watch(task) as lines:
                task.delay(*args, **kwargs)
                self._succeeded(task, self._worker.drain(), "run once")
            once = effects.now()
            if once == before:
                raise AssertionError(
                    f"{task.name} changed nothing that can be seen, so nothing was checked: override "
                    "the fixture task_effects, or write assert_idempotent.looking_at(function)(task, "
                    "...), with a function that returns what the task changes"
                )
            self._succeeded(task, self._worker.redeliver(task), "delivered twice")
            self._same(task, once, effects.now(), "delivered twice")
            self._worker.crash_during(task)
            runs = self._worker.redeliver(task)
            if not any(run.state == "CRASHED" for run in runs):
                raise AssertionError(f"{task.name} did not run once more: {runs}")
            self._succeeded(task, runs, "run again after a crash")
            self._same(task, once, effects.now(), "run again after a crash at its end")
            if self._reset is None:
                return
            for line in lines.run:
                self._reset()
                self._undone(task, before, effects.now())
                where = f"run again after a crash before line {line}, `{lines.text(line)}`"
                task.delay(*args, **kwargs)
                self._worker.crash_during(task, at=line)
                self._succeeded(task, self._worker.drain(), where)
                self._worker.check_crashes()
                self._same(task, once, effects.now(), where)

    def _undone(self, task: Any, before: dict[str, Any], now: dict[str, Any]) -> None:
        # A file is known from the time on when the task has opened it.
        left = difference(before, {name: now.get(name) for name in before}, "before the first run")
        if left:
            raise AssertionError(f"reset() does not undo what {task.name} does:\n{left}")

    def _succeeded(self, task: Any, runs: list[Run], when: str) -> None:
        own = [run for run in runs if run.task == task.name and run.state != "CRASHED"]
        if not own or own[-1].state != "SUCCESS":
            last = f"{own[-1].state} {own[-1].result!r}" if own else "it did not run"
            raise AssertionError(f"{task.name}, {when}: {last}")

    def _same(self, task: Any, once: Any, now: Any, when: str) -> None:
        if now != once:
            raise AssertionError(
                f"{task.name} is not idempotent: {when}, it left something else than after one "
                f"run:\n{difference(once, now)}"
            )
