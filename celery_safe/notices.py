"""Two levels: what is unwise is one warning by default, and refused under ``strict=True``."""

from __future__ import annotations

import difflib
import sys
import sysconfig
import warnings
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

from celery_safe.errors import CelerySafeWarning, StrictError

_lenient: ContextVar[bool] = ContextVar("celery_safe_lenient", default=False)

#: Code whose frames are not the user's: a warning points at the line that called into it.
_LIBRARIES = ("celery_safe.", "celery.", "kombu.", "vine.", "billiard.")


@contextmanager
def lenient() -> Iterator[None]:
    """Warn instead of refusing, for messages that must go out: work that has already begun.

    What raises inside ``Task.retry`` makes Celery reject the message, which drops the task; what
    raises where a worker sends the next step of a chain ends the chain after its first step has run.
    """
    token = _lenient.set(True)
    try:
        yield
    finally:
        _lenient.reset(token)


def is_lenient() -> bool:
    """Whether :func:`lenient` is in force."""
    return _lenient.get()


def sent_by_celery() -> bool:
    """Whether a worker sends of its own accord: a chain's next step, a callback, a chord's body.

    The stack tells: between Celery's own tracing of a task and the call there is no user's code.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module == "celery.app.trace" or module.startswith("celery.worker."):
            return True
        if not f"{module}.".startswith(_LIBRARIES):
            return False
        frame = frame.f_back
    return False


def complain(
    app: Any,
    key: Hashable,
    message: str,
    error: type[StrictError],
    warning: type[CelerySafeWarning],
    *,
    strict: bool | None = None,
) -> None:
    """Warn once per ``key`` and app, or raise ``error`` under strict.

    Args:
        app: a SafeCelery.
        key: names the complaint; the second one with it is silent.
        message: says what is wrong and the line to write.
        error: what is raised under strict.
        warning: what is warned of otherwise.
        strict: overrides the app's level.
    """
    if (app.strict if strict is None else strict) and not _lenient.get():
        raise error(message)
    warn_once(app, key, message, warning)


def warn_once(app: Any, key: Hashable, message: str, warning: type[CelerySafeWarning]) -> None:
    """Warn once per ``key`` and app, with the user's line."""
    if key not in app.complaints:
        app.complaints.add(key)
        warnings.warn(message, warning, stacklevel=_stacklevel())


def _stacklevel() -> int:
    """The level, seen from :func:`warn_once`, of the first frame outside the libraries."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and f"{frame.f_globals.get('__name__')}.".startswith(_LIBRARIES):
        frame, level = frame.f_back, level + 1
    return level


def nearest(name: str, known: Iterable[str]) -> str:
    """The right name closest to ``name``, as the end of a sentence; empty if none is close."""
    lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), lower, 1, 0.7)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def is_third_party(module_name: str | None) -> bool:
    """Whether a module was installed rather than written in the project: never refuse its tasks."""
    path = getattr(sys.modules.get(module_name or ""), "__file__", None)
    if path is None:
        return False
    where = Path(path).resolve()
    return any(where.is_relative_to(root) for root in _INSTALLED) or bool(
        {"site-packages", "dist-packages"} & set(where.parts)
    )


_INSTALLED = tuple(
    {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")}
)
