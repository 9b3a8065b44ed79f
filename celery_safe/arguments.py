"""Which argument of a call does not survive JSON, and where in it.

Only asked when the serializer has already refused a message, or under strict, where a silent
change counts as well. kombu's own encoder is the judge (``kombu/utils/json.py``): types that
the project registered with it are fine.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from kombu.exceptions import EncodeError
from kombu.utils.json import JSONEncoder

from celery_safe.errors import ArgumentError

_EXACT = (str, int, float, bool, type(None))
_MAX_DEPTH = 200


class UnencodableArgument(ArgumentError, EncodeError):
    """Raised at the call, instead of kombu's error that does not say which argument it was."""


def named(task: Any, args: Any, kwargs: Any) -> Iterator[tuple[str, Any]]:
    """The values of a call with the names of the task's parameters, as far as they are known."""
    names: list[str] = []
    rest = "args"
    if task is not None:
        try:
            parameters = inspect.signature(task.run).parameters.values()
        except (TypeError, ValueError):
            parameters = ()  # type: ignore[assignment]
        for parameter in parameters:
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                names.append(parameter.name)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                rest = parameter.name
    for i, value in enumerate(args or ()):
        yield (names[i], value) if i < len(names) else (f"{rest}[{i - len(names)}]", value)
    for name, value in (kwargs or {}).items():
        yield str(name), value


def problems(path: str, value: Any, *, changes: bool, depth: int = 0) -> Iterator[str]:
    """What JSON cannot carry in ``value``, and with ``changes`` what it would change.

    Args:
        path: how the user would write the place, as in ``order.items[3]``.
        value: anything.
        changes: report silent changes too.
        depth: how deep this is.
    """
    if depth > _MAX_DEPTH:
        yield f"{path}: nested more than {_MAX_DEPTH} levels deep, or it contains itself"
    elif isinstance(value, dict):
        yield from _dict(path, value, changes, depth)
    elif isinstance(value, list | tuple):
        if changes and type(value) is not list:
            yield f"{path}: {_type(value)} arrives as list"
        for i, item in enumerate(value):
            yield from problems(f"{path}[{i}]", item, changes=changes, depth=depth + 1)
    elif isinstance(value, _EXACT):
        if changes and type(value) not in _EXACT:
            plain = next(t for t in (str, int, float) if isinstance(value, t))
            yield f"{path}: {_type(value)} arrives as {plain.__name__}"
    else:
        yield from _other(path, value, changes, depth)


def _dict(path: str, value: Mapping[Any, Any], changes: bool, depth: int) -> Iterator[str]:
    if changes and type(value) is not dict:
        yield f"{path}: {_type(value)} arrives as dict"
    if changes and value.keys() == {"__type__", "__value__"}:
        yield f"{path}: a dict with just __type__ and __value__ is what kombu writes for its own types"
    for key, item in value.items():
        inner = (
            f"{path}.{key}" if isinstance(key, str) and key.isidentifier() else f"{path}[{key!r}]"
        )
        if not isinstance(key, _EXACT):
            yield f"{inner}: a key of {_type(key)}; JSON's keys are str"
            continue
        if changes and type(key) is not str:
            yield f"{inner}: a key of {_type(key)} arrives as str"
        yield from problems(inner, item, changes=changes, depth=depth + 1)


def _other(path: str, value: Any, changes: bool, depth: int) -> Iterator[str]:
    try:
        encoded: Any = JSONEncoder().default(value)
    except Exception as error:  # noqa: BLE001 (any encoder of the project may fail in its way)
        yield f"{path}: {_type(value)}{_reason(error)}{_advice(value)}"
        return
    is_marked = isinstance(encoded, dict) and encoded.keys() == {"__type__", "__value__"}
    if changes and not is_marked:
        yield f"{path}: {_type(value)} arrives as {_type(encoded)}"
    elif changes and type(value).__module__ not in ("datetime", "decimal", "uuid", "builtins"):
        base = next((b.__name__ for b in type(value).__mro__[1:] if b is not object), "")
        yield f"{path}: {_type(value)} arrives as {base}"
    # What an encoder made is encoded in its turn.
    inner = encoded["__value__"] if is_marked else encoded
    yield from problems(path, inner, changes=False, depth=depth + 1)


def _type(value: Any) -> str:
    cls = type(value)
    bases = [
        b for b in cls.__mro__[1:] if b.__module__ in ("builtins", "decimal", "datetime", "uuid")
    ]
    known = next((b.__name__ for b in bases if b is not object), None)
    if isinstance(value, Enum):
        return f"{known} enum {cls.__name__}" if known else f"enum {cls.__name__}"
    if cls.__module__ != "builtins" and known:
        return f"{known} subclass {cls.__name__}"
    return cls.__name__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _reason(error: Exception) -> str:
    if isinstance(error, TypeError) and "is not JSON serializable" in str(error):
        return ""
    return f" ({type(error).__name__}: {error})"


def _advice(value: Any) -> str:
    if isinstance(value, set | frozenset):
        return "; send sorted(...) of it"
    if isinstance(value, Enum):
        return "; send its .value"
    if hasattr(value, "pk") and hasattr(value, "_meta"):
        return "; send its primary key"
    return ""


def refuse(where: str, found: list[str]) -> UnencodableArgument:
    """The one error for all that was ``found``."""
    if len(found) == 1:
        return UnencodableArgument(f"{where}: {found[0]}")
    lines = "".join(f"\n  {line}" for line in found)
    return UnencodableArgument(
        f"{where}: {len(found)} arguments JSON cannot carry as they are:{lines}"
    )


def check(task: Any, name: str, args: Any, kwargs: Any) -> None:
    """Raise for everything that JSON cannot carry or would change."""
    found = [p for path, v in named(task, args, kwargs) for p in problems(path, v, changes=True)]
    if found:
        raise refuse(f"call of {name}", found)


def explain(
    task: Any, name: str, args: Any, kwargs: Any, options: Mapping[str, Any]
) -> Exception | None:
    """The error that says where JSON failed, or None if nothing in the call explains it."""
    found = [p for path, v in named(task, args, kwargs) for p in problems(path, v, changes=False)]
    for option in ("link", "link_error", "chain", "chord", "headers"):
        value = options.get(option)
        if value:
            found += problems(option, value, changes=False)
    return refuse(f"call of {name}", found) if found else None


def is_json(serializer: str | None) -> bool:
    """Whether JSON's rules apply."""
    return serializer in ("json", "application/json")
