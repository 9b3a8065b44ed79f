"""What may be a task, and what may make one; the project decides."""

from __future__ import annotations

import ast

from lint_rules._engine.collect_settings import SettingsCollector
from lint_rules._engine.facts import Arg, Function, Ref, Registration, TaskCandidate, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted

#: Last names of the decorators that make tasks.
_TASK = frozenset({"shared_task", "task", "periodic_task"})
#: Methods of an app that do: Celery 3 had the second, and projects' own classes of apps still do.
METHODS = frozenset({"task", "periodic_task"})


def presets(module: Module) -> set[str]:
    """Names of the top level such as ``slow = shared_task(queue="slow")``."""
    return {
        name
        for name, bound in module.bindings.items()
        if bound.kind in ("call", "alias") and bound.origin and bound.origin[-1] in _TASK
    }


def _names(node: ast.expr) -> list[str]:
    return [
        n.id if isinstance(n, ast.Name) else n.attr
        for n in ast.walk(node)
        if isinstance(n, ast.Name | ast.Attribute)
    ]


class TaskCollector(SettingsCollector):
    """The part of the walk that gathers what tasks are made of."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.may_fail = 0
        self.task_words = set(_TASK)

    # -- imports of Celery

    def visit_Import(self, node: ast.Import) -> None:
        super().visit_Import(node)
        if any(alias.name.partition(".")[0] == "celery" for alias in node.names):
            self._imports(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        super().visit_ImportFrom(node)
        self.task_words |= {a.asname for a in node.names if a.asname and a.name in _TASK}
        if node.module and not node.level and node.module.partition(".")[0] == "celery":
            self._imports(node)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> None:
        if not self.may_fail:
            self.module.celery_imports.append(node)

    def visit_Try(self, node: ast.Try) -> None:
        """Imports inside may fail, and what handles that may import what is older."""
        self.may_fail += 1
        self.generic_visit(node)
        self.may_fail -= 1

    visit_TryStar = visit_Try

    def visit_If(self, node: ast.If) -> None:
        """Imports under a question about versions are there for one of them."""
        asks = any("version" in name.lower() for name in _names(node.test))
        self.may_fail += asks
        getattr(super(), "visit_If", self.generic_visit)(node)
        self.may_fail -= asks

    # -- tasks

    def candidate(
        self, function: Function, decorator: ast.expr, others: tuple[Ref, ...], is_top: bool
    ) -> None:
        """A function under a decorator that may make it a task."""
        node = decorator
        given: tuple[Arg, ...] = ()
        if isinstance(node, ast.Call):
            given, node = arguments(node), node.func
        is_method = isinstance(node, ast.Attribute) and node.attr in METHODS
        self.made_by(dotted(node))
        ref = self.ref_of(node.value if is_method and isinstance(node, ast.Attribute) else node)
        self.module.candidates.append(
            TaskCandidate(
                function, decorator, ref, is_method, given, is_top, others, tuple(self.functions)
            )
        )

    def made_by(self, name: tuple[str, ...] | None) -> None:
        """Notes a function or class of the top level that makes tasks inside."""
        if name and name[-1] in self.task_words and (self.functions or self.classes):
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
