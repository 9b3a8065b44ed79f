"""The death of a worker at a chosen line of a task."""

from __future__ import annotations

import dis
import inspect
import linecache
import re
from types import CodeType, FrameType
from typing import Any

from celery.exceptions import WorkerTerminate


class WorkerCrash(WorkerTerminate):
    """Ends the worker: Celery lets it pass, so that nothing is acknowledged."""

    def __init__(self, task: str, id: str) -> None:
        super().__init__(f"the worker dies in {task}")
        self.task, self.id = task, id


class Crash:
    """Raises :class:`WorkerCrash` once, from a trace function.

    Args:
        task: the task.
        at: see :meth:`celery_safe.testing.worker.Worker.crash_during`.

    Raises:
        ValueError: there is no such line, or the text is on several.
    """

    def __init__(self, task: Any, at: int | str | None) -> None:
        self.task, self.fired = task, False
        function = inspect.unwrap(task.run)
        self._code: CodeType = getattr(function, "__func__", function).__code__
        self._line = None if at is None else self._find(function, at)

    def __str__(self) -> str:
        where = "the end" if self._line is None else f"line {self._line}"
        return f"the crash at {where} of {self.task.name}"

    def _find(self, function: Any, at: int | str) -> int:
        source, first = inspect.getsourcelines(function)
        runs = sorted({n for _, _, n in self._code.co_lines() if n is not None and n > first - 1})
        runs = [n for n in runs if n != self._code.co_firstlineno]
        if isinstance(at, str):
            found = [n for n in runs if at in source[n - first]]
        else:
            starts = [i for i, s in enumerate(source) if re.match(r"\s*(async )?def ", s)]
            start = first + (starts[0] if starts else 0)
            found = [n for n in (at, start + at - 1) if n in runs][:1]
        if len(found) == 1:
            return found[0]
        listing = "".join(f"\n  {n}: {source[n - first].rstrip()}" for n in runs)
        what = "is on several lines" if found else "is no line that runs"
        raise ValueError(f"{at!r} {what} of {self.task.name}; these do:{listing}")

    def trace(self, frame: FrameType, event: str, arg: Any) -> Any:  # noqa: ARG002 (sys.settrace's)
        """The global trace function: enters the task's function only."""
        return self._local if frame.f_code is self._code and not self.fired else None

    def _local(self, frame: FrameType, event: str, arg: Any) -> Any:  # noqa: ARG002 (sys.settrace's)
        at_line = event == "line" and frame.f_lineno == self._line
        at_end = event == "return" and self._line is None and _returns(frame)
        if at_line or at_end:
            self.fired = True
            raise WorkerCrash(self.task.name, self.task.request.id or "")
        return self._local


class Lines(Crash):
    """No crash: writes down which lines of the task's function have run, in the order of their first run."""

    def __init__(self, task: Any) -> None:
        super().__init__(task, None)
        self.run: list[int] = []

    def text(self, line: int) -> str:
        """What stands on a line."""
        return linecache.getline(self._code.co_filename, line).strip()

    def _local(self, frame: FrameType, event: str, arg: Any) -> Any:  # noqa: ARG002 (sys.settrace's)
        if event == "line" and frame.f_lineno not in self.run:
            self.run.append(frame.f_lineno)
        return self._local


def _returns(frame: FrameType) -> bool:
    """Whether it is a return: an ``await`` and an exception leave a frame as well."""
    name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return name.startswith(("RETURN_VALUE", "RETURN_CONST", "INSTRUMENTED_RETURN"))
