"""Arguments checked against their annotations before publishing, and made again in the worker.

Only parameters whose type JSON does not give back by itself, see :mod:`celery_safe.annotated`;
a task without such parameters costs one attribute.

Two levels. Firm (``validate=True``, an app under strict, and types that plain Celery could not have
sent): what does not fit is refused. Otherwise what ran on plain Celery runs on: a value that does
not fit is one warning, and goes out and arrives as it was given, and text is not made a UUID.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery_safe import annotated, arguments
from celery_safe.annotated import Kind
from celery_safe.errors import ArgumentError, ArgumentWarning, UncheckedArgumentWarning
from celery_safe.notices import is_third_party, warn_once

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class _Checked:
    """One parameter: its type, and what that needs."""

    type: TypeAdapter[Any]
    kind: Kind

    def validate(self, value: Any) -> Any:
        from pydantic import ValidationError
        from pydantic_core import PydanticSerializationError, to_json

        try:
            return self.type.validate_python(value)
        except ValidationError:
            # A strict model takes a date as text from JSON only.
            try:
                return self.type.validate_json(to_json(value))
            except (ValidationError, PydanticSerializationError):
                pass
            raise

    def dump(self, path: str, value: Any) -> Any:
        """What goes over the wire for ``value``.

        Raises:
            ArgumentError: the worker could not make the same value of it.
        """
        valid = self.validate(value)
        if self.kind < Kind.REBUILT:
            return value
        plain = self.type.dump_python(valid, mode="json", by_alias=True, round_trip=True)
        again = self.validate(plain)
        # Not a number is not equal to itself.
        comparable = "__eq__" in {name for cls in type(valid).__mro__[:-1] for name in vars(cls)}
        if comparable and again != valid and "nan" not in repr(valid):
            raise ArgumentError(
                f"{path}: {type(valid).__name__} does not survive the trip as JSON: {again!r} would "
                "arrive (a secret, an excluded field, or an alias or serializer that only goes one way)"
            )
        return plain

    def dump_mildly(self, path: str, value: Any) -> Any:
        """As :meth:`dump`, where it is what the annotation says to the letter; else as it was given.

        Raises:
            ValidationError: it does not even fit.
        """
        from pydantic import ValidationError

        try:
            self.type.validate_python(value, strict=True)
        except ValidationError:
            self.validate(value)
            return value
        return self.dump(path, value)

    def rebuild_mildly(self, value: Any) -> Any:
        """What :meth:`dump` can have made of a value, as that value; anything else as it came."""
        from pydantic import ValidationError
        from pydantic_core import to_json

        if self.kind < Kind.REBUILT:
            return value
        try:
            return self.type.validate_json(to_json(value), strict=True)
        except ValidationError:
            self.validate(value)
            return value


class Arguments:
    """The checked parameters of one task; the types are resolved when they are first needed.

    Args:
        task: whose arguments they are.
        function: what the user wrote.
        skip_first: it is bound, or a method: its first parameter is not sent.
    """

    def __init__(self, task: Any, function: Callable[..., Any], skip_first: bool) -> None:
        self.name, self._task, self._source = task.name, task, (function, skip_first)

    @functools.cached_property
    def _is_firm(self) -> bool:
        """Whether a value is refused even if plain Celery would have carried it."""
        if getattr(self._task, "validate", None) is not None:
            return True
        return bool(self._task.app.strict) and not is_third_party(self._source[0].__module__)

    @functools.cached_property
    def _signature(self) -> inspect.Signature:
        function, skip_first = self._source
        signature = inspect.signature(inspect.unwrap(function))
        return signature.replace(parameters=list(signature.parameters.values())[skip_first:])

    @functools.cached_property
    def checked(self) -> dict[str, _Checked]:
        """By the parameter's name; ``*args`` and ``**kwargs`` stand for each of their values."""
        found: dict[str, _Checked] = {}
        unknown: list[str] = []
        for parameter, hint in annotated.resolved(*self._source):
            checked = hint if isinstance(hint, Exception) else _checked(hint)
            if isinstance(checked, _Checked):
                found[parameter.name] = checked
            elif checked is not None:
                why = str(checked).partition("\n")[0]
                unknown.append(f"{parameter.name} ({type(checked).__name__}: {why})")
        if unknown:
            warnings.warn(
                f"task {self.name}: not checked before it is sent, since the annotation cannot be "
                f"used: {', '.join(unknown)}. Import the name at run time, or write validate=False",
                UncheckedArgumentWarning,
                stacklevel=2,
            )
        return found

    def _places(self, args: Any, kwargs: Any) -> Iterator[tuple[Any, str, _Checked]]:
        """Where in ``args`` (a number) or ``kwargs`` (a name) a checked value is, and its path."""
        parameters = list(self._signature.parameters.values())
        positional = [
            p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        rest = next((p for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        for i in range(len(args)):
            parameter = positional[i] if i < len(positional) else rest
            if parameter is not None and parameter.name in self.checked:
                path = parameter.name
                path += "" if parameter is not rest else f"[{i - len(positional)}]"
                yield i, path, self.checked[parameter.name]
        others = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
        for name in kwargs:
            known = name if name in self._signature.parameters else others
            if known in self.checked:
                yield name, name, self.checked[known]

    def _each(
        self,
        where: str,
        args: Any,
        kwargs: Any,
        change: Callable[[_Checked, bool, str, Any], Any],
        is_firm: bool,
    ) -> tuple[list[Any], dict[str, Any]]:
        from pydantic import ValidationError

        args, kwargs, found = list(args or ()), dict(kwargs or {}), list[str]()
        for place, path, checked in self._places(args, kwargs):
            values: Any = args if isinstance(place, int) else kwargs
            refuses = is_firm or checked.kind is Kind.OWN
            try:
                values[place] = change(checked, refuses, path, values[place])
            except (ValidationError, ArgumentError) as error:
                is_ours = isinstance(error, ArgumentError)
                problems = [str(error)] if is_ours else list(_problems(path, error))
                if refuses:
                    found += problems
                else:
                    self._warn(where, path.partition("[")[0], problems)
        if found:
            raise ArgumentError(_message(where, found))
        return args, kwargs

    def _warn(self, where: str, parameter: str, problems: list[str]) -> None:
        warn_once(
            self._task.app,
            ("argument", where, parameter),
            f"{_message(where, problems)}. It goes on as it is; mend the call or the annotation. "
            "validate=True refuses it, validate=False is silent",
            ArgumentWarning,
        )

    def dump(self, args: Any, kwargs: Any, *, is_firm: bool = False) -> tuple[Any, Any]:
        """What goes over the wire for a complete call.

        Args:
            args: by place.
            kwargs: by name.
            is_firm: refuse what does not fit whatever the level is.

        Raises:
            ArgumentError: with every place that does not fit.
        """
        if not self.checked:
            return args, kwargs

        def change(checked: _Checked, refuses: bool, path: str, value: Any) -> Any:
            return (checked.dump if refuses else checked.dump_mildly)(path, value)

        where = f"call of {self.name}"
        return self._each(where, args, kwargs, change, is_firm or self._is_firm)

    def rebuild(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """What the function gets for what came over the wire.

        Raises:
            ArgumentError: with every place that does not fit.
        """
        if not self.checked:
            return args, kwargs

        def change(checked: _Checked, refuses: bool, _: str, value: Any) -> Any:
            return (checked.validate if refuses else checked.rebuild_mildly)(value)

        return self._each(f"message for {self.name}", args, kwargs, change, self._is_firm)

    def dump_partial(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """Plain JSON for a signature that may lack its first arguments, so that nobody knows which these are."""
        if not self.checked:
            return args, kwargs
        _, kwargs = self.dump((), kwargs)
        return [_plain(value) for value in args or ()], kwargs


def _checked(hint: Any) -> _Checked | Exception | None:
    """How to check a parameter of this type; None if it needs no check, or why it cannot be."""
    try:
        needs = annotated.kind(hint)
        if needs is Kind.PLAIN:
            return None
        from pydantic import TypeAdapter

        return _Checked(TypeAdapter(hint), needs)
    except Exception as error:  # noqa: BLE001 (any type may be annotated; the caller says so)
        return error


def _plain(value: Any) -> Any:
    if next(arguments.problems("", value, changes=False), None) is None:
        return value
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value, by_alias=True, round_trip=True)
    except PydanticSerializationError:
        return value  # said, with its place, when the signature is sent


def _problems(path: str, error: Any) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_context=False):
        place = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"]
        )
        yield f"{path}{place}: {problem['msg']} (got {type(problem['input']).__name__})"


def _message(where: str, found: list[str]) -> str:
    if len(found) == 1:
        return f"{where}: {found[0]}"
    return f"{where}: {len(found)} arguments do not fit:" + "".join(f"\n  {f}" for f in found)


def install(task: Any, function: Callable[..., Any], skip_first: bool) -> None:
    """Check the arguments of a task that is being made, unless it says ``validate=False``."""
    if getattr(task, "validate", None) is False or not annotated.may_need(function):
        return
    checks = Arguments(task, function, skip_first)
    task.safe_arguments, run = checks, task.run

    @functools.wraps(run)
    def rebuild_and_run(*args: Any, **kwargs: Any) -> Any:
        if not task.request.called_directly:
            args, kwargs = checks.rebuild(args, kwargs)
        return run(*args, **kwargs)

    task.run = rebuild_and_run


def of(task: Any) -> Arguments | None:
    """The checks of a task, if it has any."""
    return getattr(task, "safe_arguments", None)
