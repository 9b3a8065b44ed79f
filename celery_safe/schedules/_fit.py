"""Whether an entry fits its task: the arguments, their types, what JSON carries, and what it needs."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from celery_safe import annotated, arguments, validation
from celery_safe.annotated import Kind
from celery_safe.errors import ArgumentError


def plain(task: Any, args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as every scheduler can store them, and so that their text is always the same."""
    checks = validation.of(task)
    if checks is not None:
        with contextlib.suppress(ArgumentError):  # which problems() says
            args, kwargs = checks.dump(args, kwargs, is_firm=True)
    return tuple(args), dict(kwargs)


def problems(
    app: Any, task: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], overlap: str
) -> Iterator[str]:
    """What is wrong, one line each."""
    signature = _signature(task)
    if signature is not None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            yield f"{error}; it takes {signature}"
            return
        yield from _types(task, args, kwargs)
    checks = validation.of(task)
    if checks is not None:
        try:
            args, kwargs = checks.dump(args, kwargs, is_firm=True)
        except ArgumentError as error:
            yield str(error).removeprefix(f"call of {task.name}: ")
            return
    if arguments.is_json(getattr(task, "serializer", None) or app.conf.task_serializer):
        for path, value in arguments.named(task, args, kwargs):
            yield from arguments.problems(path, value, changes=app.strict)
    if overlap != "allow" and app._store is None:
        yield (
            f"overlap={overlap!r} is held by a lease in the message store, and the app has none: "
            "SafeCelery(..., store=...), see docs/how-to/use-a-store.md"
        )


def _signature(task: Any) -> inspect.Signature | None:
    """None for a task that Python cannot look into, as one in C."""
    try:
        return inspect.signature(task.run)
    except (TypeError, ValueError):
        return None


def _types(task: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[str]:
    """Values that are not of the plain type that is annotated; the others are checked at each call."""
    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    hints = {
        parameter.name: hint
        for parameter, hint in annotated.resolved(task.run, skip_first=False)
        if not isinstance(hint, Exception)
    }
    given = dict(arguments.named(task, args, kwargs))
    for name, value in given.items():
        hint = hints.get(name, Any)
        try:
            if annotated.kind(hint) is Kind.PLAIN:
                TypeAdapter(hint).validate_python(value, strict=True)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_context=False):
                yield f"{name}: {problem['msg']}, not {value!r}"
        except (PydanticUserError, TypeError):
            continue  # a type that pydantic knows nothing of
