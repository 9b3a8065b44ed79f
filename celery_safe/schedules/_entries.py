"""``schedule(task, when, ...)``: what an app sends by itself, checked when the app is finalised."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, Protocol

from celery.local import Proxy
from celery.schedules import crontab
from celery.schedules import schedule as interval

from celery_safe.beat import WHEN
from celery_safe.errors import ScheduleError
from celery_safe.schedules import _fit
from celery_safe.schedules._build import from_spec
from celery_safe.schedules._lazy import app_of, is_lazy, is_shared, name_of
from celery_safe.schedules._when import When

P = ParamSpec("P")
#: How long a derived name may grow; django-celery-beat has room for 200.
_LONGEST = 150


class TaskLike(Protocol[P]):
    """A task, as far as a schedule is concerned."""

    @property
    def delay(self) -> _Delay[P]:
        """Sends it."""
        ...


class _Delay(Protocol[P]):
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...


@dataclass(frozen=True, eq=False)
class Scheduled:
    """An entry: which task runs when, with what.

    Attributes:
        place: file and line that wrote it.
    """

    task: Any
    when: When
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    place: str


#: Written and not yet taken by the app that their task belongs to.
_waiting: list[Scheduled] = []
_lock = threading.Lock()


def schedule(task: TaskLike[P], when: When, /, *args: P.args, **kwargs: P.kwargs) -> Scheduled:
    """Let beat send ``task`` with these arguments.

    Args:
        task: of a :class:`~celery_safe.SafeCelery`, or a ``@shared_task``.
        when: made by :func:`every`, :func:`daily`, :func:`weekly`, :func:`cron` or :func:`once`,
            which take ``expires``, ``queue``, ``overlap``, ``misfire``, ``jitter`` and ``name``.
        *args: of the task.
        **kwargs: of the task.

    Raises:
        ScheduleError: at once, or when the app is finalised, if the arguments do not fit the task.
    """
    frame = sys._getframe(1)
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    if not isinstance(when, When):
        raise ScheduleError(f"schedule at {place}: {when!r} is no schedule; write every(minutes=5)")
    if not issubclass(type(task), Proxy) and not hasattr(task, "apply_async"):
        raise ScheduleError(f"schedule at {place}: {task!r} is no task; is its decorator missing?")
    entry = Scheduled(task, when, args, kwargs, place)
    if not is_shared(task):
        app = app_of(task)
        if not hasattr(app, "scheduled"):
            raise ScheduleError(f"schedule of {name_of(task)} at {place}: its app is no SafeCelery")
        if app.finalized and not is_lazy(task):
            _take(app, [entry])
            return entry
    with _lock:
        _waiting.append(entry)
    return entry


def install(app: Any) -> None:
    """Give a finalised app the entries of its tasks.

    Raises:
        ScheduleError: lists every entry that does not fit; none is installed then.
    """
    with _lock:
        mine = [e for e in _waiting if app_of(e.task) is app]
        _waiting[:] = [e for e in _waiting if e not in mine]
    if mine:
        _take(app, mine)


def _take(app: Any, written: Sequence[Scheduled]) -> None:
    wrong = [
        f"schedule of {e.task.name} at {e.place}: {problem}"
        for e in written
        for problem in _fit.problems(app, e.task, e.args, e.kwargs, e.when.rules.overlap)
    ]
    mine = [_with_plain_arguments(e) for e in written]
    names = _names([*app.scheduled.values(), *mine])[len(app.scheduled) :]
    taken = set(app.scheduled) | (set(app.conf.beat_schedule or {}) if app.configured else set())
    wrong += _twice(mine, names, taken)
    if wrong:
        raise ScheduleError("\n".join(wrong))
    for name, entry in zip(names, mine, strict=True):
        _install(app, name, entry)


def _with_plain_arguments(entry: Scheduled) -> Scheduled:
    args, kwargs = _fit.plain(entry.task, entry.args, entry.kwargs)
    return replace(entry, args=args, kwargs=kwargs)


def _install(app: Any, name: str, entry: Scheduled) -> None:
    when = from_spec({**entry.when.spec, "name": name}, entry.when.nowfun)
    app.scheduled[name] = replace(entry, when=when)
    app.add_periodic_task(
        when, app.signature(entry.task.name), entry.args, dict(entry.kwargs),
        name=name, **options(name, when),
    )  # fmt: skip


def options(name: str, when: When) -> dict[str, Any]:
    """The send options of an entry of beat."""
    rules = when.rules
    found: dict[str, Any] = {
        "headers": {WHEN: {"name": name, "overlap": rules.overlap, "spec": when.spec}}
    }
    if rules.queue is not None:
        found["queue"] = rules.queue
    if rules.expires is not None:
        found["expires"] = rules.expires
    return found


def restored(stored: Any, send_options: Mapping[str, Any]) -> Any:
    """The schedule that ``stored`` was before somebody kept no more of it than Celery's own fields.

    What has been changed since, say in Django's admin, is left as it is.
    """
    header = (send_options.get("headers") or {}).get(WHEN)
    if not header:
        return stored
    ours = from_spec(header["spec"])
    return ours if _told(stored) == _told(ours) else stored


def _told(when: Any) -> Any:
    """What every scheduler keeps of a schedule."""
    if isinstance(when, crontab):
        fields = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
        return [str(getattr(when, f"_orig_{field}")) for field in fields]
    if isinstance(when, interval):
        return when.run_every
    moment = getattr(when, "clocked_time", None) or getattr(when, "dtstart", None)
    return None if moment is None else int(moment.timestamp())


def _names(entries: Sequence[Scheduled]) -> list[str]:
    """The task with its arguments; with its times as well if that alone does not tell entries apart.

    The times are left out where they can be, so that a change of them keeps the entry and beat still
    knows when it ran last. The order in which modules are imported makes no difference.
    """
    short = [_short(e) for e in entries]
    count = Counter(short)
    return [
        e.when.rules.name or (f"{s} {e.when.words}" if count[s] > 1 else s)
        for s, e in zip(short, entries, strict=True)
    ]


def _short(entry: Scheduled) -> str:
    said = [repr(a) for a in entry.args] + [f"{k}={v!r}" for k, v in sorted(entry.kwargs.items())]
    name = f"{entry.task.name}({', '.join(said)})" if said else str(entry.task.name)
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _twice(entries: Sequence[Scheduled], names: Sequence[str], taken: set[str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for entry, name in zip(entries, names, strict=True):
        if name in seen or name in taken:
            where = f"at {seen[name]}" if name in seen else "already"
            yield (
                f"schedule at {entry.place}: {name!r} is scheduled {where}; "
                "remove one, or give one a name=... of its own"
            )
        seen.setdefault(name, entry.place)
