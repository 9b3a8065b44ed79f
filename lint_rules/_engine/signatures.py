"""Whether the arguments of a call fit a function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from lint_rules._engine.facts import Task


@dataclass(frozen=True)
class Given:
    """The arguments of a call as far as they can be seen: how many, and the names of keywords."""

    positional: int
    keywords: tuple[str, ...]


def given(arguments: Sequence[cst.Arg]) -> Given | None:
    """Of ``f(1, x=2)``; None if a star hides some."""
    if any(a.star for a in arguments):
        return None
    keywords = tuple(a.keyword.value for a in arguments if a.keyword)
    return Given(len(arguments) - len(keywords), keywords)


def given_apart(arguments: Sequence[cst.Arg]) -> Given | None:
    """Of ``f.apply_async((1,), {"x": 2})``; None if they are not written out."""
    parts: dict[str, cst.BaseExpression] = {}
    for n, arg in enumerate(arguments):
        if arg.star:
            return None
        if arg.keyword:
            parts[arg.keyword.value] = arg.value
        elif n < 2:
            parts[("args", "kwargs")[n]] = arg.value
    positional = _length(parts.get("args"))
    keywords = _keys(parts.get("kwargs"))
    return None if positional is None or keywords is None else Given(positional, keywords)


def _length(node: cst.BaseExpression | None) -> int | None:
    if node is None or (isinstance(node, cst.Name) and node.value == "None"):
        return 0
    if not isinstance(node, cst.List | cst.Tuple):
        return None
    if any(isinstance(e, cst.StarredElement) for e in node.elements):
        return None
    return len(node.elements)


def _keys(node: cst.BaseExpression | None) -> tuple[str, ...] | None:
    if node is None or (isinstance(node, cst.Name) and node.value == "None"):
        return ()
    if not isinstance(node, cst.Dict):
        return None
    names = []
    for element in node.elements:
        if not isinstance(element, cst.DictElement) or not isinstance(
            element.key, cst.SimpleString
        ):
            return None
        names.append(str(element.key.evaluated_value))
    return tuple(names)


def misfit(task: Task, call: Given, *, partial: bool = False) -> str | None:
    """What is wrong with the call, or None if it fits; a ``partial`` one may get more arguments."""
    params = task.function.params
    positional = [*params.posonly_params, *params.params]
    if task.is_bound:
        positional = positional[1:]
    names = [p.name.value for p in positional]
    has_rest = isinstance(params.star_arg, cst.Param)
    if call.positional > len(names) and not has_rest:
        count = f"{len(names)} positional argument{'' if len(names) == 1 else 's'}"
        return f"it takes {count}, but {call.positional} are given"
    by_keyword = {p.name.value for p in (*params.params, *params.kwonly_params)}
    unknown = [k for k in call.keywords if k not in by_keyword]
    if unknown and params.star_kwarg is None:
        return f"it has no parameter {unknown[0]}"
    only_positional = {p.name.value for p in params.posonly_params}
    taken = set(names[: call.positional]) - only_positional
    twice = [k for k in call.keywords if k in taken]
    if twice and not partial:
        return f"{twice[0]} is given twice"
    if partial:
        return None
    covered = set(names[: call.positional]) | set(call.keywords)
    missing = [
        p.name.value
        for p in (*positional, *params.kwonly_params)
        if p.default is None and p.name.value not in covered
    ]
    return f"its parameter {missing[0]} is missing" if missing else None
