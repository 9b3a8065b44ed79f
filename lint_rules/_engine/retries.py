"""How a task retries: its calls of ``.retry`` and where ``self`` goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lint_rules._engine.facts import Function, Task
from lint_rules._engine.kept import kept
from lint_rules._engine.names import dotted


@dataclass(frozen=True, eq=False)
class Guard:
    """A ``try`` around a place: its handlers, first to last."""

    handlers: tuple[ast.ExceptHandler, ...]


class _Body(ast.NodeVisitor):
    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.guards: list[Guard] = []
        self.retries: list[tuple[ast.Call, tuple[Guard, ...]]] = []
        self.callees: set[int] = set()
        self.escapes = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._runs_elsewhere(node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._runs_elsewhere(node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._runs_elsewhere([node.body])

    def _runs_elsewhere(self, body: Sequence[ast.AST]) -> None:
        inner = _Body(self.names)  # no guard of ours is around its retries
        for node in body:
            inner.visit(node)
        self.escapes = self.escapes or inner.escapes or bool(inner.retries)

    def visit_Try(self, node: ast.Try) -> None:
        self.guards.append(Guard(tuple(node.handlers)))
        for statement in node.body:
            self.visit(statement)
        self.guards.pop()
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    visit_TryStar = visit_Try

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        """``with suppress(Exception):`` is an ``except`` that passes."""
        for item in node.items:
            self.visit(item.context_expr)
        held = [i.context_expr for i in node.items]
        suppressed = [
            part
            for call in held
            if isinstance(call, ast.Call) and (dotted(call.func) or ("",))[-1] == "suppress"
            for part in call.args
        ]
        if suppressed:
            kept: list[ast.stmt] = [ast.Pass()]
            handler = ast.ExceptHandler(ast.Tuple(suppressed, ast.Load()), None, kept)
            self.guards.append(Guard((handler,)))
        for statement in node.body:
            self.visit(statement)
        if suppressed:
            self.guards.pop()

    visit_AsyncWith = visit_With

    def visit_Call(self, node: ast.Call) -> None:
        parts = dotted(node.func)
        self.callees.add(id(node.func))
        if parts and len(parts) > 1 and parts[-1] == "retry":
            if len(parts) == 2 and parts[0] in self.names:
                self.retries.append((node, tuple(self.guards)))
            else:
                self.escapes = True  # current_task.retry(), cls.task.retry(): some retry
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr == "retry" and id(node) not in self.callees:
            self.escapes = True  # handed over, to be called elsewhere
        # `self.x` is no escape of self, `f(self)` is.
        if not isinstance(node.value, ast.Name):
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.names or node.id == "current_task":
            self.escapes = True


class Retries:
    """What the body of a task shows: ``calls`` of retry with their guards; whether self ``escapes``."""

    def __init__(self, task: Task) -> None:
        own = {task.name, *([task.self_name] if task.self_name else [])}
        bodies = _bodies(task.function)
        if (names := frozenset(own)) not in bodies:
            bodies[names] = _Body(names)
            for statement in task.function.body:
                bodies[names].visit(statement)
        body = bodies[names]
        self.calls = body.retries
        self.escapes = body.escapes


@kept
def _bodies(_: Function) -> dict[frozenset[str], _Body]:
    """Of a function, by the names that it has for the task."""
    return {}


def caught(handler: ast.ExceptHandler) -> Iterator[ast.expr | None]:
    """The expressions that ``handler`` catches; None for a bare ``except``."""
    if isinstance(handler.type, ast.Tuple):
        yield from handler.type.elts
    else:
        yield handler.type
