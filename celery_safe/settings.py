"""Puts the policy table below the user's configuration, and refuses the dangerous.

Touches private parts of Celery: ``Settings.maps``, whose last map holds Celery's own defaults
(``celery/app/utils.py``), and ``_TO_OLD_KEY`` (``celery/app/defaults.py``).
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from celery.app.defaults import _TO_OLD_KEY

from celery_safe import spelling
from celery_safe.defaults import SETTINGS, transport_defaults
from celery_safe.errors import StrictError, UnsafeLimitsWarning, UnsafeSetting, WaiverError
from celery_safe.notices import complain

_CONTENT = (
    "accept_content",
    "result_accept_content",
    "task_serializer",
    "result_serializer",
    "event_serializer",
)
_PICKLE = {"pickle", "application/x-python-serialize"}
_TIMEOUT = ("task_acks_on_timeout", "task_acks_on_failure_or_timeout")
_DANGEROUS_OPTIONS = ("serializer", "acks_on_timeout", "acks_on_failure_or_timeout")
DANGERS = (*_CONTENT, *_TIMEOUT, "safe_max_redeliveries")


def check_waivers(waive: Mapping[str, str] | None) -> dict[str, str]:
    """The waivers, each with a reason.

    Raises :class:`WaiverError` for one without, or for what is no dangerous setting.
    """
    for name, reason in (waive or {}).items():
        if name not in DANGERS:
            near = difflib.get_close_matches(str(name), DANGERS, 1)
            hint = (
                f"; did you mean {near[0]!r}?"
                if near
                else f"; what can be waived: {', '.join(DANGERS)}"
            )
            raise WaiverError(f"waive={{{name!r}: ...}}: that is no dangerous setting{hint}")
        if not isinstance(reason, str) or not reason.strip():
            raise WaiverError(
                f'waive={{{name!r}: {reason!r}}}: write the reason, as in {{{name!r}: "until Q3"}}'
            )
    return dict(waive or {})


def install(app: Any) -> None:
    """Connect before any handler of the user can, so that tasks they touch are already safe."""

    def below(source: Any, **_: Any) -> None:
        values = {row.setting: copy.deepcopy(row.value) for row in SETTINGS}
        _fit_limits(source, values)
        defaults = source.maps[-1]
        defaults.update({_name_in(defaults, name): value for name, value in values.items()})

    app.on_after_configure.connect(below, weak=False, sender=app)


def _name_in(defaults: Mapping[str, Any], name: str) -> str:
    """The name by which ``defaults`` has a setting: the old one if the user's names are old ones.

    Before 5.7 Celery looks for the new name in all maps first, so that ours would hide the user's.
    """
    old = _TO_OLD_KEY.get(name)
    return old if old in defaults and name not in defaults else name


def _fit_limits(conf: Any, values: dict[str, Any]) -> None:
    """Our half of a pair of limits gives way to the half that the user wrote."""
    hard_set, soft_set = (
        conf.value_set_for("task_time_limit"),
        conf.value_set_for("task_soft_time_limit"),
    )
    hard, soft = conf.get("task_time_limit"), conf.get("task_soft_time_limit")
    if hard_set and not soft_set:
        values["task_soft_time_limit"] = (
            min(values["task_soft_time_limit"], hard * 5 / 6) if hard else None
        )
    if soft_set and not hard_set and soft:
        values["task_time_limit"] = max(values["task_time_limit"], soft * 6 / 5)


def reconcile_limits(task: Any, written: Mapping[str, Any]) -> None:
    """A task's own limit stays as written; the default other one adapts, so that no ``.delay()`` raises."""
    conf = task.app.conf
    own_hard, own_soft = written.get("time_limit"), written.get("soft_time_limit")
    # Before 5.7 a task without limits has None, and the worker takes the app's.
    hard, soft = (
        task.time_limit or conf.task_time_limit,
        task.soft_time_limit or conf.task_soft_time_limit,
    )
    if own_hard and not own_soft and soft and soft >= own_hard:
        task.soft_time_limit = own_hard * 5 / 6
    elif own_soft and not own_hard and hard and hard <= own_soft:
        task.time_limit = own_soft * 6 / 5


def reconcile_call(app: Any, task: Any, options: dict[str, Any]) -> None:
    """The same for one call: billiard starts the hard limit's clock only after the soft one's has run out."""
    hard, soft = options.get("time_limit"), options.get("soft_time_limit")
    if hard and not soft:
        default = getattr(task, "soft_time_limit", None) or app.conf.task_soft_time_limit
        if default and default >= hard:
            options["soft_time_limit"] = hard * 5 / 6


def check(app: Any) -> None:
    """Raise :class:`UnsafeSetting` that lists every danger in force and not waived, and for bad spelling."""
    for source in app.conf.maps:
        if hasattr(getattr(source, "obj", None), "to_celery"):
            raise UnsafeSetting(
                "config_from_object() was given the name of a SafeSettings; give it the object itself, "
                "as in app.config_from_object(settings)"
            )
    refuse(app, dangers(app.conf))
    spelling.check(app)


def check_again(app: Any) -> None:
    """As :func:`check`, but only if something was written since: this runs at every publish.

    A list of the configuration that is changed in place is seen by the worker's start alone.
    """
    changes = app.conf.changes
    seen = (id(app.conf), len(app.conf.maps), [(k, repr(v)) for k, v in changes.items()])
    if seen != app.checked:
        check(app)
        app.checked = seen


def check_visibility(app: Any) -> Iterator[str]:
    """What a worker warns of: a visibility timeout that the user wrote below a time limit, in seconds."""
    written = (app.conf.broker_transport_options or {}).get("visibility_timeout")
    if not isinstance(written, int | float) or visibility_timeout(app) is None:
        return
    limits = {"task_time_limit": app.conf.task_time_limit or 0}
    limits |= {
        f"the time limit of {task.name}": getattr(task, "time_limit", None) or 0
        for task in app.tasks.values()
    }
    name = max(limits, key=lambda n: limits[n])
    if limits[name] >= written:
        yield (
            f"broker_transport_options: visibility_timeout is {written} s, {name} is {limits[name]} s: "
            "a task that runs longer than the visibility timeout is delivered a second time. "
            f"Raise it to {int(limits[name] * 1.5)}, or leave it out: celery-safe then keeps it above"
        )


def visibility_timeout(app: Any) -> float | None:
    """Seconds after which the broker delivers again what a living worker holds; None if it never does."""
    driver = str(app.conf.broker_url or "").partition(":")[0]
    if "visibility_timeout" not in transport_defaults(driver):
        return None
    merged = transport_options(app, driver, app.conf.broker_transport_options or {})
    return None if merged.get("consumer_lease") else float(merged["visibility_timeout"])


def check_delay(app: Any, name: str, options: Mapping[str, Any]) -> None:
    """Warn once per task of a delay beyond the visibility timeout: a worker holds it unacknowledged."""
    delay, eta = options.get("countdown"), options.get("eta")
    if delay is None and isinstance(eta, datetime):
        now = datetime.now(eta.tzinfo or app.timezone)
        delay = (eta - (now if eta.tzinfo else now.replace(tzinfo=None))).total_seconds()
    if not isinstance(delay, int | float) or delay <= 0:
        return
    timeout = visibility_timeout(app)
    if timeout is not None and delay > timeout:
        complain(
            app,
            ("delay", name),
            f"call of {name}: it is due in {delay:.0f} s, the visibility timeout is {timeout:.0f} s: "
            "Redis delivers it again each time that the timeout passes, so it may run more than once. "
            f'Write broker_transport_options = {{"visibility_timeout": {int(delay * 1.5)}}}, '
            "or keep the date in your database and send the task when it is due",
            StrictError,
            UnsafeLimitsWarning,
            strict=False,
        )


def check_task_options(app: Any, name: str, base: type, options: Mapping[str, Any]) -> None:
    """The same for the options of one task and what it inherits from ``base``."""
    refuse(app, _option_dangers(options), f" of task {name}")
    inherited = {o: getattr(base, o, None) for o in _DANGEROUS_OPTIONS if o not in options}
    refuse(app, _option_dangers(inherited), f" of task {name}, by its class {base.__name__}")


def check_send_options(app: Any, name: str, options: Mapping[str, Any]) -> None:
    """The same for the options of one call."""
    if "serializer" in options:
        refuse(app, _option_dangers({"serializer": options["serializer"]}), f" of a call of {name}")


def refuse(app: Any, found: Iterator[tuple[str, str, str]], where: str = "") -> None:
    """Raise for what ``found`` yields (waivable setting, what is written, why) and no waiver covers."""
    lines = [
        f'{text}{where}: {why}. To accept it: SafeCelery(..., waive={{"{setting}": "the reason"}})'
        for setting, text, why in found
        if setting not in app.waivers
    ]
    if lines:
        raise UnsafeSetting("\n".join(lines))


def dangers(conf: Any) -> Iterator[tuple[str, str, str]]:
    """What is dangerous in ``conf``: setting, what is written, why."""
    for name in _CONTENT:
        value = conf.get(name)
        for item in [value] if isinstance(value, str) else value or ():
            if _is_pickle(item):
                yield (
                    name,
                    f"{name}={value!r}",
                    "pickle runs code from whoever can write to the broker",
                )
    for name in _TIMEOUT:
        if conf.get(name) is False:
            yield name, f"{name}=False", "a task that times out would be redelivered for ever"
    cap = conf.get("safe_max_redeliveries")
    if not isinstance(cap, int) or isinstance(cap, bool) or cap < 1:
        yield (
            "safe_max_redeliveries",
            f"safe_max_redeliveries={cap!r}",
            "nothing would bound redelivery",
        )
    annotations = conf.get("task_annotations")
    for entry in [annotations] if isinstance(annotations, Mapping) else annotations or ():
        for options in entry.values() if isinstance(entry, Mapping) else ():
            if isinstance(options, Mapping):
                yield from _option_dangers(options)


def _option_dangers(options: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if _is_pickle(options.get("serializer")):
        yield (
            "task_serializer",
            "serializer='pickle'",
            "pickle runs code from whoever can write to the broker",
        )
    # 5.7 copies the second to the first, so that both are False where one was written and waived.
    for name in ("acks_on_failure_or_timeout", "acks_on_timeout"):
        if options.get(name) is False:
            yield (
                f"task_{name}",
                f"{name}=False",
                "a task that times out would be redelivered for ever",
            )
            return


def _is_pickle(value: Any) -> bool:
    return isinstance(value, str) and value.lower() in _PICKLE


def transport_options(app: Any, driver: str, configured: Mapping[str, Any]) -> dict[str, Any]:
    """Ours for ``driver`` (a broker URL's scheme) with the user's on top, key by key."""
    ours = transport_defaults(driver)
    if "visibility_timeout" in ours:
        limits = [
            app.conf.task_time_limit or 0,
            *(getattr(t, "time_limit", None) or 0 for t in app._tasks.values()),
        ]
        ours["visibility_timeout"] = max(
            ours["visibility_timeout"], *(int(limit * 1.5) for limit in limits)
        )
    return {**ours, **configured}
