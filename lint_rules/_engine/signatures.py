"""Whether the arguments of a call fit a function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.collect_schedules import TYPED
from lint_rules._engine.facts import Arg, Send, Task, arguments


def has_known_parameters(task: Task, keeps: Callable[[str], bool]) -> bool:
    """Whether the def line tells: no unknown decorator, base class or options, and typing on.

    ``keeps`` says of a decorator whether it leaves the parameters as they are.
    """
    if task.has_unknown_options or {"base", "typing"} & task.options.keys():
        return False
    if task.is_bound and task.self_name is None:
        return False  # another rule's finding
    return all(origin is not None and keeps(origin) for origin in task.others)


@dataclass(frozen=True)
class Given:
    """The arguments of a call as far as they can be seen: how many, and the names of keywords."""

    positional: int
    keywords: tuple[str, ...]


def given(arguments: Sequence[Arg]) -> Given | None:
    """Of ``f(1, x=2)``; None if a star hides some."""
    if any(a.star for a in arguments):
        return None
    keywords = tuple(a.keyword for a in arguments if a.keyword)
    return Given(len(arguments) - len(keywords), keywords)


def given_apart(arguments: Sequence[Arg]) -> Given | None:
    """Of ``f.apply_async((1,), {"x": 2})``; None if they are not written out."""
    parts: dict[str, ast.expr] = {}
    for n, arg in enumerate(arguments):
        if arg.star:
            return None
        if arg.keyword:
            parts[arg.keyword] = arg.value
        elif n < 2:
            parts[("args", "kwargs")[n]] = arg.value
    positional = _length(parts.get("args"))
    keywords = _keys(parts.get("kwargs"))
    return None if positional is None or keywords is None else Given(positional, keywords)


#: Methods that take the task's arguments as one sequence and one dictionary.
_APART = frozenset({"apply_async", "apply_async_on_commit", "signature", "subtask"})
_DIRECT = frozenset({"delay", "delay_on_commit", "s", "si"})


def given_to(send: Send, *, by_name: bool = False) -> Given | None:
    """What a send of a task, or a signature of it, gives to the task; None if that is not to be seen.

    ``by_name`` says that the name of the task comes first, as in ``send_task``.
    """
    if by_name or send.method == "send_task":
        return given_apart(without_name(send))
    if send.method in _APART:
        return given_apart(send.arguments)
    return given(send.arguments) if send.method in _DIRECT else None


def without_name(send: Send) -> list[Arg]:
    """The arguments of ``send_task("shop.charge", ...)`` that follow the name of the task."""
    named = [a for a in send.arguments if a.keyword in ("name", "task")]
    rest = send.arguments[0 if named else 1 :]
    return [a for a in rest if a not in named]


def given_by_beat(entry: BeatEntry) -> Given | None:
    """What beat gives to the task of an entry; None if that is not to be seen."""
    if entry.table == TYPED and isinstance(entry.node, ast.Call):
        return given(arguments(entry.node)[2:])
    fields = {name: entry.fields[name] for name in ("args", "kwargs") if name in entry.fields}
    call = given_apart([Arg(value, value, name) for name, value in fields.items()])
    if isinstance(entry.node, ast.Dict):
        return call if None not in entry.keys else None
    if isinstance(entry.node, ast.Call) and any(a.star for a in arguments(entry.node)):
        return None
    maker = entry.task
    if isinstance(maker, ast.Name):
        return call  # the task itself
    if not isinstance(maker, ast.Call) or not isinstance(maker.func, ast.Attribute):
        return None
    first = given(arguments(maker))
    if maker.func.attr == "si":
        return first
    return joined(first, call) if first and call and maker.func.attr == "s" else None


def positions(send: Send) -> int:
    """How many arguments a send gives by position, as far as they are written out before a star."""
    if send.method in _DIRECT:
        values = [a for a in send.arguments if not a.keyword and a.star != "**"]
        return next((n for n, a in enumerate(values) if a.star), len(values))
    call = given_to(send)
    return call.positional if call is not None else 0


def joined(maker: Given, later: Given) -> Given:
    """What ``task.s(1).delay(2)`` gives: the later arguments come first."""
    keywords = tuple(dict.fromkeys((*maker.keywords, *later.keywords)))
    return Given(maker.positional + later.positional, keywords)


def is_partial(send: Send) -> bool:
    """Whether it makes a signature that may get more arguments later."""
    immutable = any(a.keyword == "immutable" for a in send.arguments)
    return send.method == "s" or (send.method in ("signature", "subtask") and not immutable)


def values(send: Send) -> list[ast.expr]:
    """The values that a send hands to the task, as far as they are written out, containers opened."""
    if send.method not in _APART and send.method != "send_task":
        return _inner([a.value for a in send.arguments if not a.star])
    found: list[ast.expr] = []
    for n, arg in enumerate(_after_name(send)):
        name = arg.keyword or ("args", "kwargs")[n] if n < 2 else arg.keyword
        if name == "args" and isinstance(arg.value, ast.List | ast.Tuple):
            found += arg.value.elts
        elif name == "kwargs":
            found += [value for _, value in _pairs(arg.value) or ()]
    return _inner(found)


def _inner(nodes: Sequence[ast.expr]) -> list[ast.expr]:
    """Values with those in lists, tuples and dictionaries that are written out."""
    found: list[ast.expr] = []
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple):
            found += _inner(node.elts)
        elif isinstance(node, ast.Dict):
            found += _inner(node.values)
        elif not isinstance(node, ast.Starred):
            found.append(node)
    return found


def _after_name(send: Send) -> Sequence[Arg]:
    return without_name(send) if send.method == "send_task" else send.arguments


def bound(send: Send, task: Task) -> list[tuple[str, ast.expr]]:
    """The values that a send hands to the task, each with the name of its parameter."""
    names = [p.arg for p in task.parameters][1 if task.is_bound else 0 :]
    found: list[tuple[str, ast.expr]] = []
    if send.method in _DIRECT:
        positional = [a.value for a in send.arguments if not a.keyword]
        if any(a.star for a in send.arguments):
            positional = []
        found += [(a.keyword, a.value) for a in send.arguments if a.keyword]
    elif send.method in _APART or send.method == "send_task":
        parts = {
            a.keyword or ("args", "kwargs")[n]: a.value
            for n, a in enumerate(_after_name(send))
            if not a.star and (a.keyword or n < 2)
        }
        args, kwargs = parts.get("args"), parts.get("kwargs")
        positional = args.elts if isinstance(args, ast.List | ast.Tuple) else []
        for key, value in _pairs(kwargs) or ():
            name = key.value if isinstance(key, ast.Constant) else key
            if isinstance(name, str):
                found.append((name, value))
    else:
        return []
    if any(isinstance(value, ast.Starred) for value in positional):
        positional = []
    return [*zip(names, positional, strict=False), *found]


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _length(node: ast.expr | None) -> int | None:
    if node is None or _is_none(node):
        return 0
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    return None if any(isinstance(e, ast.Starred) for e in node.elts) else len(node.elts)


def _keys(node: ast.expr | None) -> tuple[str, ...] | None:
    if node is None or _is_none(node):
        return ()
    pairs = _pairs(node)
    if pairs is None:
        return None
    names = [k.value if isinstance(k, ast.Constant) else k for k, _ in pairs]
    return tuple(str(n) for n in names) if all(isinstance(n, str) for n in names) else None


def _pairs(node: ast.expr | None) -> list[tuple[ast.expr | str | None, ast.expr]] | None:
    """The keys and values of ``{"x": 1}`` and of ``dict(x=1)``; None of anything else."""
    if isinstance(node, ast.Dict):
        return list(zip(node.keys, node.values, strict=True))
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict" and not node.args:
        return [(k.arg, k.value) for k in node.keywords]
    return None


def misfit(task: Task, call: Given, *, partial: bool = False) -> str | None:
    """What is wrong with the call, or None if it fits; a ``partial`` one may get more arguments."""
    args = task.function.args
    positional = list(task.parameters)[1 if task.is_bound else 0 :]
    names = [p.arg for p in positional]
    if call.positional > len(names) and args.vararg is None:
        count = f"{len(names)} positional argument{'' if len(names) == 1 else 's'}"
        return f"it takes {count}, but {call.positional} are given"
    only_positional = {p.arg for p in args.posonlyargs}
    by_keyword = {p.arg for p in (*args.args, *args.kwonlyargs)} - {task.self_name}
    unknown = [k for k in call.keywords if k not in by_keyword]
    if unknown and args.kwarg is None:
        return f"it has no parameter {unknown[0]}"
    taken = set(names[: call.positional]) - only_positional
    twice = [k for k in call.keywords if k in taken]
    if twice and not partial:
        return f"{twice[0]} is given twice"
    if partial:
        return None
    covered = set(names[: call.positional]) | (set(call.keywords) - only_positional)
    required = [p.arg for p in task.parameters][: len(task.parameters) - len(args.defaults)]
    required = [n for n in required if n in names]
    required += [a.arg for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is None]
    missing = [name for name in required if name not in covered]
    return f"its parameter {missing[0]} is missing" if missing else None
