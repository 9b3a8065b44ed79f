"""Which parameters of a task have a type that JSON does not give back by itself.

``PLAIN`` needs nothing. ``EXACT`` is carried by kombu's JSON as it is (UUID, dates, Decimal), and
checked. ``REBUILT`` is written as plain JSON and made again in the worker: enums of text or numbers,
tuples, sets, dictionaries whose keys are not text. ``OWN`` too, and no caller of plain Celery can have
sent one: pydantic models, dataclasses, other enums, timedeltas.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID
from weakref import WeakKeyDictionary

#: Function -> the local names around it. Not an attribute: a function may be anybody's.
_around: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


class Kind(IntEnum):
    """What a type needs; of a container it is the most that one of its parts needs."""

    PLAIN = 0
    EXACT = 1
    REBUILT = 2
    OWN = 3


_EXACT = (UUID, date, time, Decimal)  # a datetime is a date
_REBUILT = (tuple, set, frozenset)
_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_SETS = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
#: Constraints of a plain type, as in ``Annotated[int, Gt(0)]``.
_CONSTRAINTS = ("annotated_types", "pydantic")
_PLAIN_TYPES = (str, int, float, bool, None, Any, object, list, dict)
_PLAIN_NAMES = {"str", "int", "float", "bool", "None", "Any", "object", "list", "dict",
                "str | None", "int | None", "float | None", "bool | None"}  # fmt: skip


def kind(hint: Any, seen: frozenset[Any] = frozenset()) -> Kind:
    """What a parameter with this annotation needs."""
    if hint in (None, Any) or isinstance(hint, typing.TypeVar):
        return Kind.PLAIN
    if isinstance(hint, typing.NewType):
        return kind(hint.__supertype__, seen)
    if type(hint).__name__ == "TypeAliasType":
        return kind(hint.__value__, seen)
    origin = get_origin(hint)
    if origin is not None:
        return _of_generic(hint, origin, seen)
    if not isinstance(hint, type) or hint in seen:
        return Kind.PLAIN
    if dataclasses.is_dataclass(hint) or _is_model(hint) or issubclass(hint, timedelta):
        return Kind.OWN
    if issubclass(hint, Enum):
        return Kind.REBUILT if issubclass(hint, (str, int, float)) else Kind.OWN
    if issubclass(hint, _REBUILT):
        return Kind.REBUILT
    if issubclass(hint, _EXACT):
        return Kind.EXACT
    if typing.is_typeddict(hint):
        parts = get_type_hints(hint, include_extras=True).values()
        return max((kind(part, seen | {hint}) for part in parts), default=Kind.PLAIN)
    return Kind.PLAIN


def _of_generic(hint: Any, origin: Any, seen: frozenset[Any]) -> Kind:
    args = get_args(hint)
    if origin is Annotated:
        constrained = any(type(m).__module__.partition(".")[0] in _CONSTRAINTS for m in args[1:])
        return max(kind(args[0], seen), Kind.EXACT if constrained else Kind.PLAIN)
    if origin is Literal:
        return max((kind(type(a)) for a in args if isinstance(a, Enum)), default=Kind.PLAIN)
    if origin in (Union, types.UnionType) or origin in _LISTS or not isinstance(origin, type):
        return max((kind(a, seen) for a in args), default=Kind.PLAIN)
    if origin in _DICTS:
        is_text = not kind(args[0], seen) and args[0] in (str, Any, typing.Hashable)
        return max(Kind.PLAIN if is_text else Kind.REBUILT, *(kind(a, seen) for a in args))
    if origin in _SETS or origin is tuple:
        return max(Kind.REBUILT, *(kind(a, seen) for a in args if a is not ...))
    return kind(origin, seen)


def _is_model(hint: type) -> bool:
    # Where pydantic is not imported no class is a model of it.
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(hint, pydantic.BaseModel)


def may_need(function: Callable[..., Any]) -> bool:
    """Whether a look at the annotations, unresolved, leaves it open that one needs something."""
    hints = getattr(inspect.unwrap(function), "__annotations__", {})
    return any(
        hint not in (_PLAIN_NAMES if isinstance(hint, str) else _PLAIN_TYPES)
        for name, hint in hints.items()
        if name != "return"
    )


def remember(function: Any) -> None:
    """Keep the local names that annotations of ``function`` use, if it is defined in a function.

    Called while it is decorated, when the frame of the function around it still is on the stack.
    """
    outer = getattr(function, "__qualname__", "").rpartition(".<locals>.")[0].rpartition(".")[2]
    hints = getattr(function, "__annotations__", {})
    words = {word for hint in hints.values() for word in re.findall(r"[^\W\d]\w*", str(hint))}
    frame = sys._getframe(1) if outer and words else None
    while frame is not None:
        is_outer = frame.f_code.co_name == outer
        if is_outer and frame.f_globals is getattr(function, "__globals__", None):
            _around[function] = {k: v for k, v in frame.f_locals.items() if k in words}
            return
        frame = frame.f_back


def resolved(
    function: Callable[..., Any], skip_first: bool
) -> Iterator[tuple[inspect.Parameter, Any]]:
    """Every annotated parameter with its type, or with the error why its annotation names none."""
    function = inspect.unwrap(function)
    local = _around.get(getattr(function, "__func__", function), {})
    parameters = list(inspect.signature(function).parameters.values())
    for parameter in parameters[1:] if skip_first else parameters:
        if parameter.annotation is parameter.empty:
            continue
        holder = SimpleNamespace(__annotations__={"it": parameter.annotation})
        try:
            hint = get_type_hints(
                holder, getattr(function, "__globals__", {}), local, include_extras=True
            )["it"]  # fmt: skip
        except Exception as error:  # noqa: BLE001 (an annotation may be any expression)
            yield parameter, error
            continue
        # The default says it, whatever the annotation says.
        yield parameter, (hint | None if parameter.default is None and hint is not None else hint)
