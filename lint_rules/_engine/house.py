"""``[tool.celery-safe.lint.house]``: rules of one house, all off until they are configured."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lint_rules._engine.celery_facts.options import TASK_OPTIONS

#: What sends a task, and so may be banned.
DISPATCH = ("delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "send_task")


class HouseError(Exception):
    """The table is wrong; the message says which key, and what to write."""


@dataclass(frozen=True)
class House:
    """The house rules.

    ``required_task_options`` are options that every task has; ``a|b`` is one of them.
    ``banned_dispatch`` are methods that nobody calls on a task but the file of ``dispatch_through``,
    the dotted name of the function that everybody calls in their place.
    ``required_decorators`` are dotted names of decorators that every task has below its own.
    ``queues_by_path`` has the queues of the tasks in the files that fit a glob pattern below ``root``.
    """

    required_task_options: tuple[str, ...] = ()
    banned_dispatch: tuple[str, ...] = ()
    dispatch_through: str = ""
    required_decorators: tuple[str, ...] = ()
    queues_by_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    root: Path = Path()


_KEYS = {f.name.replace("_", "-"): f.name for f in fields(House) if f.name != "root"}


def parse(table: object, root: Path) -> House:
    """Read the table.

    Raises:
        HouseError: an unknown key, option or method, or a value of the wrong type.
    """
    if not isinstance(table, dict):
        raise HouseError(f"house must be a table, not {table!r}")
    values: dict[str, Any] = {}
    for key, value in table.items():
        _known("house has no key", key, _KEYS)
        values[_KEYS[key]] = _value(key, value)
    for option in values.get("required_task_options", ()):
        for one in option.split("|"):
            _known("house.required-task-options: Celery has no task option", one, TASK_OPTIONS)
    for method in values.get("banned_dispatch", ()):
        _known("house.banned-dispatch: nothing is sent by", method, DISPATCH)
    if "dispatch_through" in values and "banned_dispatch" not in values:
        raise HouseError("house.dispatch-through needs house.banned-dispatch beside it")
    return House(**values, root=root)


def _value(key: str, value: Any) -> object:
    if key == "dispatch-through":
        return _dotted(key, value)
    if key == "queues-by-path":
        if not isinstance(value, dict):
            raise HouseError(f'house.{key} must be a table such as {{"shop/mail/*" = "mail"}}')
        return {
            pattern: (queues,)
            if isinstance(queues, str)
            else _strings(f"{key}.{pattern!r}", queues)
            for pattern, queues in value.items()
        }
    strings = _strings(key, value)
    if key == "required-decorators":
        for name in strings:
            _dotted(key, name)
    return strings


def _strings(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
        return tuple(value)
    raise HouseError(f"house.{key} must be a list of strings, not {value!r}")


def _dotted(key: str, value: Any) -> str:
    parts = value.split(".") if isinstance(value, str) else []
    if len(parts) > 1 and all(part.isidentifier() for part in parts):
        return str(value)
    raise HouseError(f"house.{key}: write the module and the name, as 'shop.send', not {value!r}")


def _known(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        close = difflib.get_close_matches(name, list(known), n=1)
        hint = (
            f" (did you mean {close[0]!r}?)" if close else f"; it knows {', '.join(sorted(known))}"
        )
        raise HouseError(f"{what} {name!r}{hint}")
