"""CS220 on-commit-then-raise: the exception rolls the transaction back, and the callback with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from lint_rules._engine.facts import Finding, Function
from lint_rules._engine.kept import kept
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding

CODE = "CS220"
NAME = "on-commit-then-raise"
PRESET = "default"

_ON_COMMIT = re.compile(r"^(on_(\w+_)?|(delay|apply_async)_on_)commit$")
#: How many calls are followed to an ``on_commit``.
_DEEPEST = 3


def check(project: Project) -> Iterator[Finding]:
    """``on_commit(...)`` and then ``raise``, one after the other inside ``transaction.atomic``."""
    for module in project.modules:
        for function in module.functions.values() if "atomic" in module.text else ():
            for call in _before_raise(function):
                if _registers(project, module, function, call):
                    yield finding(
                        module,
                        call,
                        (CODE, NAME),
                        f"{module.code(call.func)}() waits for a commit that does not come: the raise after it rolls the "
                        "transaction back and the callback is dropped; do it outside of atomic, or return",
                    )


@kept
def _before_raise(function: Function) -> list[ast.Call]:
    """The calls in a transaction with a ``raise`` after them in the same block."""
    return list(_discarded(function.body, any(map(_names_atomic, function.decorator_list))))


def _discarded(body: Sequence[ast.stmt], is_atomic: bool) -> Iterator[ast.Call]:
    waiting: list[ast.Call] = []
    for statement in body:
        if isinstance(statement, ast.Raise) and is_atomic:
            yield from waiting
        elif (
            is_atomic and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        ):
            waiting.append(statement.value)
        for inner, opens in _suites(statement):
            # What a handler of ours catches does not leave the block.
            is_caught = opens is None
            inside = not is_caught and (is_atomic or bool(opens))
            yield from _discarded(inner, inside)


def _suites(statement: ast.stmt) -> Iterator[tuple[Sequence[ast.stmt], bool | None]]:
    """The blocks in a statement; True if it opens a transaction, None if it catches what is raised."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        yield statement.body, any(_names_atomic(i.context_expr) for i in statement.items)
    elif isinstance(statement, ast.Try):
        yield statement.body, None if statement.handlers else False
        for handler in statement.handlers:
            yield handler.body, False
        yield statement.orelse, False
    elif isinstance(statement, ast.If | ast.For | ast.AsyncFor | ast.While):
        yield statement.body, False
        yield statement.orelse, False
    elif isinstance(statement, ast.Match):
        for case in statement.cases:
            yield case.body, False


def _registers(
    project: Project, module: Module, function: Function, call: ast.Call, depth: int = 0
) -> bool:
    """Whether it is ``on_commit(...)``, or calls a function of the project that does that."""
    parts = dotted(call.func)
    if not parts:
        return False
    if _ON_COMMIT.match(parts[-1]):
        return True
    called = _called(project, module, function, parts) if depth < _DEEPEST else None
    return called is not None and any(
        isinstance(node, ast.Call) and _registers(project, called[0], called[1], node, depth + 1)
        for node in ast.walk(called[1])
    )


def _called(
    project: Project, module: Module, function: Function, parts: tuple[str, ...]
) -> tuple[Module, Function] | None:
    """The function of the project that is called by a name."""
    if len(parts) == 1:
        for node in function.body:
            if isinstance(node, ast.FunctionDef) and node.name == parts[0]:
                return module, node
    binding = module.bindings.get(parts[0])
    if binding is None:
        return None
    found = project.definition(".".join((module.origin(binding, parts[0]), *parts[1:])))
    if found is None or found[1] not in found[0].functions:
        return None
    return found[0], found[0].functions[found[1]]


def _names_atomic(node: ast.expr) -> bool:
    parts = dotted(node.func if isinstance(node, ast.Call) else node)
    return parts is not None and "atomic" in parts[-1].lower()
