"""How a task retries: its calls of ``.retry`` and where ``self`` goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from lint_rules._engine.facts import Task
from lint_rules._engine.names import dotted


@dataclass(frozen=True, eq=False)
class Guard:
    """A ``try`` around a place: its handlers, first to last."""

    node: cst.Try
    handlers: tuple[cst.ExceptHandler, ...]


class _Body(cst.CSTVisitor):
    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self.names = names
        self.guards: list[Guard] = []
        self.retries: list[tuple[cst.Call, tuple[Guard, ...]]] = []
        self.callees: set[int] = set()
        self.escapes = False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return self._runs_elsewhere(node.body)

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return self._runs_elsewhere(node.body)

    def _runs_elsewhere(self, body: cst.CSTNode) -> bool:
        inner = _Body(self.names)  # no guard of ours is around its retries
        body.visit(inner)
        self.escapes = self.escapes or inner.escapes or bool(inner.retries)
        return False

    def visit_Try_body(self, node: cst.Try) -> None:
        self.guards.append(Guard(node, tuple(node.handlers)))

    def leave_Try_body(self, node: cst.Try) -> None:
        self.guards.pop()

    def visit_Call(self, node: cst.Call) -> None:
        parts = dotted(node.func)
        self.callees.add(id(node.func))
        if parts and len(parts) > 1 and parts[-1] == "retry":
            if len(parts) == 2 and parts[0] in self.names:
                self.retries.append((node, tuple(self.guards)))
            else:
                self.escapes = True  # current_task.retry(), cls.task.retry(): some retry

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if node.attr.value == "retry" and id(node) not in self.callees:
            self.escapes = True  # handed over, to be called elsewhere
        # `self.x` is no escape of self, `f(self)` is.
        return not isinstance(node.value, cst.Name)

    def visit_Name(self, node: cst.Name) -> None:
        if node.value in self.names or node.value == "current_task":
            self.escapes = True


class Retries:
    """What the body of a task shows: ``calls`` of retry with their guards; whether self ``escapes``."""

    def __init__(self, task: Task) -> None:
        own = {task.name, *([task.self_name] if task.self_name else [])}
        body = _Body(frozenset(own))
        task.function.body.visit(body)
        self.calls = body.retries
        self.escapes = body.escapes


def caught(handler: cst.ExceptHandler) -> Iterator[cst.BaseExpression | None]:
    """The expressions that ``handler`` catches; None for a bare ``except``."""
    if handler.type is None:
        yield None
    elif isinstance(handler.type, cst.Tuple):
        for element in handler.type.elements:
            yield element.value
    else:
        yield handler.type
