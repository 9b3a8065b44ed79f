"""Whether today's task takes a call that was made for an earlier one."""

from __future__ import annotations

import inspect
import typing
from typing import Any

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def difference(task: Any, name: str, args: Any, kwargs: Any) -> str | None:
    """What does not fit, for people; None if everything does.

    Types count where the task's parameters have annotations, and as pydantic's lax mode sees them:
    ``"1"`` is an ``int``, a list is a ``tuple``. An annotation that pydantic does not know is skipped.

    Args:
        task: the registered task, or None.
        name: the task's name.
        args: positional arguments.
        kwargs: keyword arguments.
    """
    if task is None:
        return f"task {name} is not known to this app"
    try:
        signature = inspect.signature(task.run)
    except (TypeError, ValueError):
        return None
    wrong = _names(signature, args, kwargs) or _types(task.run, signature, args, kwargs)
    if not wrong:
        return None
    takes = signature.replace(return_annotation=inspect.Signature.empty)
    return f"task {name} does not take the call today: {'; '.join(wrong)}; it takes {takes}"


def _names(signature: inspect.Signature, args: Any, kwargs: Any) -> list[str]:
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        reason = str(error)
    else:
        return []
    parameters = signature.parameters
    kinds = {p.kind for p in parameters.values()}
    positional = [p for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, _NAMED[0])]
    wrong = []
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        named = {n for n, p in parameters.items() if p.kind in _NAMED}
        wrong += [f"not taken: {n} (--unset {n})" for n in kwargs if n not in named]
    given = {p.name for p in positional[: len(args)]}
    wrong += [f"given twice: {n}" for n in kwargs if n in given]
    wrong += [
        f"missing: {n} (--set kwargs.{n}=...)" for n, p in parameters.items()
        if p.kind in _NAMED and p.default is p.empty and n not in given and n not in kwargs
    ]  # fmt: skip
    if inspect.Parameter.VAR_POSITIONAL not in kinds and len(args) > len(positional):
        wrong.append(f"{len(args)} positional arguments instead of at most {len(positional)}")
    return wrong or [reason]


def _types(run: Any, signature: inspect.Signature, args: Any, kwargs: Any) -> list[str]:
    try:
        hints = typing.get_type_hints(inspect.unwrap(run), include_extras=True)
    except Exception:  # noqa: BLE001 (an annotation may be any expression, and may need what is not here)
        return []
    bound = signature.bind(*args, **kwargs)
    wrong = []
    for name, value in bound.arguments.items():
        parameter = signature.parameters[name]
        if name not in hints or parameter.kind not in _NAMED or value == parameter.default:
            continue
        adapter = _adapter(hints[name])
        if adapter is None:
            continue
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            wrong.append(f"{name}: {first['msg']}, not {type(value).__name__}")
    return wrong


def _adapter(hint: Any) -> TypeAdapter[Any] | None:
    """What checks an annotation; None for a class that pydantic does not know."""
    try:
        return TypeAdapter(hint, config=ConfigDict(coerce_numbers_to_str=True))
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            return None
        return TypeAdapter(hint)  # a model has a configuration of its own
