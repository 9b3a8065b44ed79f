"""What may be a task, and what may make one; the project decides."""

from __future__ import annotations

import ast

from lint_rules._engine.collect_settings import SettingsCollector
from lint_rules._engine.facts import Arg, Function, Ref, Registration, TaskCandidate, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted

#: Last names of the decorators that make tasks.
_TASK = frozenset({"shared_task", "task"})


def presets(module: Module) -> set[str]:
    """Names of the top level such as ``slow = shared_task(queue="slow")``."""
    return {
        name
        for name, bound in module.bindings.items()
        if bound.kind in ("call", "alias") and bound.origin and bound.origin[-1] in _TASK
    }


class TaskCollector(SettingsCollector):
    """The part of the walk that gathers what tasks are made of."""

    def candidate(
        self, function: Function, decorator: ast.expr, others: tuple[Ref, ...], is_top: bool
    ) -> None:
        """A function under a decorator that may make it a task."""
        node = decorator
        given: tuple[Arg, ...] = ()
        if isinstance(node, ast.Call):
            given, node = arguments(node), node.func
        is_method = isinstance(node, ast.Attribute) and node.attr == "task"
        self.made_by(dotted(node))
        ref = self.ref_of(node.value if is_method and isinstance(node, ast.Attribute) else node)
        self.module.candidates.append(
            TaskCandidate(
                function, decorator, ref, is_method, given, is_top, others, tuple(self.functions)
            )
        )

    def made_by(self, name: tuple[str, ...] | None) -> None:
        """Notes a function or class of the top level that makes tasks inside."""
        if name and name[-1] in _TASK and (self.functions or self.classes):
            around = self.functions[0].name if self.functions else ""
            self.module.makers |= {around, *self.classes[:1]} - {""}

    def registration(self, func: ast.Attribute, given: ast.expr) -> None:
        """``app.register_task(Charge())``, or ``app.tasks.register(Charge())``."""
        app = func.value
        if func.attr == "register":
            if not isinstance(app, ast.Attribute) or app.attr != "tasks":
                return
            app = app.value
        task = self.ref_of(given.func if isinstance(given, ast.Call) else given)
        self.module.registrations.append(Registration(self.ref_of(app), task))
