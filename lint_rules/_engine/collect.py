"""Walks one parsed file and gathers its facts."""

from __future__ import annotations

import ast
from pathlib import Path

from lint_rules._engine.collect_contexts import CONTEXT_MANAGERS, ContextCollector, names_last
from lint_rules._engine.collect_schedules import ScheduleCollector
from lint_rules._engine.collect_settings import SETS
from lint_rules._engine.collect_tasks import TaskCollector, presets
from lint_rules._engine.facts import (
    Call,
    Context,
    Function,
    Passed,
    Ref,
    Send,
    Site,
    Statement,
    arguments,
)
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope, dotted, last_name
from lint_rules._engine.quiet import says_nothing
from lint_rules._engine.started import CALLED, kept_method, may_be_canvas

#: Methods that send a task, or make a signature that will.
SENDS = frozenset(
    {
        "delay", "apply_async", "send_task", "delay_on_commit", "apply_async_on_commit",
        "s", "si", "signature", "subtask", "map", "starmap", "chunks",
    }
)  # fmt: skip
#: Those that send at once when they are called.
_STARTS = frozenset({"delay", "apply_async"})
#: Functions that make a signature of a name.
_BY_NAME = frozenset({"signature", "subtask"})
#: Last names of the calls that rules ask for, by :meth:`Project.calls_of`.
CALLS = frozenset(
    {"Celery", "SafeCelery", "DjangoStore", "automatic", "crontab", "chain", "group", "chord"}
)


def collect(path: Path, name: tuple[str, ...], text: str, tree: ast.Module) -> Module:
    """The file with its facts."""
    module = Module(path, name, text)
    collector = _Collector(module)
    collector.visit(tree)
    collector.finish()
    module.makers |= presets(module)
    # What refers to nothing that is known cannot be a task's decorator.
    module.candidates = [
        c for c in module.candidates if c.decorator_ref.origin or c.decorator_ref.instance_of
    ]
    return module


def collect_names(path: Path, name: tuple[str, ...], text: str, tree: ast.Module) -> Module:
    """What other files may import from this one: no facts of its own."""
    module = Module(path, name, text)
    collector = _Names(module)
    collector.visit(tree)
    collector.finish()
    return module


class _Collector(TaskCollector, ContextCollector, ScheduleCollector):
    # -- functions and classes

    def visit_FunctionDef(self, node: Function) -> None:
        self.bind_definition(node.name)
        self.scope.functions[node.name] = node
        is_top = not self.functions and not self.classes
        if self.module.is_test_file and not self.functions and says_nothing(self.module, node):
            self._bind_only(node, is_top)
            return
        if node.name == "gen_task_name":
            self.module.gen_task_names.append(node)
        decorators = [(d, *self._decorator(d)) for d in node.decorator_list]
        if not self.functions and len(self.classes) < 2:
            self.module.functions[".".join((*self.classes, node.name))] = node
        if is_top:
            self.module.definitions[node.name] = node
            self.module.decorated[node.name] = bool(decorators)
        for decorator, _ref, _context in decorators:
            others = tuple(r for d, r, _ in decorators if d is not decorator)
            self.candidate(node, decorator, others, is_top)
        for decorator in node.decorator_list:
            self.visit(decorator)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        own = (*self.of_class(node.name), *(c for _, _, c in decorators))
        outer, self.contexts = self.contexts, own
        loops, self.rebound = self.rebound, frozenset()
        self.functions.append(node)
        with self._inside() as scope:
            scope.function = node
            self.module.scopes[node] = scope
            scope.bind_parameters(node.args)
            for statement in node.body:
                self.visit(statement)
        self.functions.pop()
        self.contexts, self.rebound = outer, loops

    def _bind_only(self, node: Function, is_top: bool) -> None:
        if len(self.classes) < 2:
            self.module.functions[".".join((*self.classes, node.name))] = node
        if is_top:
            self.module.definitions[node.name] = node
            self.module.decorated[node.name] = bool(node.decorator_list)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        outer, self.contexts = self.contexts, ()
        with self._inside() as scope:
            scope.is_lambda = True
            scope.bind_parameters(node.args)
            self.visit(node.body)
        self.contexts = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bind_definition(node.name)
        if not self.functions and not self.classes:
            self.module.definitions[node.name] = node
            self.module.classes[node.name] = [self.ref_of(base) for base in node.bases]
        for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self.visit(part)
        is_top = not self.functions and not self.classes
        self.classes.append(node.name)
        self.class_decorators.append(node.decorator_list)
        with self._inside(is_class=True) as scope:
            scope.name, scope.bases = node.name, node.bases
            if is_top:
                self.module.class_scopes[node.name] = scope
            for statement in node.body:
                self.visit(statement)
        self.classes.pop()
        self.class_decorators.pop()

    def _decorator(self, node: ast.expr) -> tuple[Ref, Context]:
        context = self.context(node)
        return context.ref, context

    # -- calls

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            function = self.functions[-1] if self.functions else None
            self.module.statements.append(Statement(node.value, function, self.scope))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        func = node.func
        if self.functions:
            function = self.functions[-1]
            site = Site(node, self.scope, self.contexts, function)
            self.module.sites.setdefault(function, []).append(site)
        self.made_by(dotted(func))
        if self._is_asked_for(func):
            callee = self.ref_of(func)
            self.module.calls.append(Call(node, arguments(node), callee, self.rebound, self.scope))
        if isinstance(func, ast.Attribute):
            if func.attr in SENDS:
                self._send(node, func.attr, func.value)
            elif func.attr == "append" and node.args and isinstance(func.value, ast.Name):
                self.scope.added.setdefault(func.value.id, []).append(node.args[0])
            elif func.attr in ("register_task", "register") and node.args:
                self.registration(func, node.args[0])
            elif func.attr == "config_from_object":
                self.config_load(node)
            elif func.attr == "update":
                self.conf_update(node, func)
            elif func.attr == "add_periodic_task":
                self.periodic_task(node)
        elif isinstance(func, ast.Name) and func.id in _BY_NAME and self._is_of_celery(func):
            self._send(node, func.id, func)
        elif may_be_canvas(func, self.scope):
            self._send(node, CALLED, func)
        elif isinstance(func, ast.Name) and (held := kept_method(func, self.scope, _STARTS)):
            self._send(node, held.attr, held.value, held)
        if isinstance(func, ast.Name) and func.id == "dict":
            self.made_entry(node)
        if last_name(func) in SETS:
            self.setting_call(node, func)
        if (dotted(func) or ("",))[-1] == "schedule":
            self.typed_schedule(node)
        for arg in arguments(node):
            if isinstance(arg.value, ast.Attribute) and arg.value.attr in _STARTS:
                inside = self.functions[-1].name if self.functions else None
                self.module.passed.append(
                    Passed(arg.value, node, self.ref_of(func), inside, self.scope)
                )
        self.generic_visit(node)

    def _is_of_celery(self, name: ast.Name) -> bool:
        """Whether a name was imported from Celery."""
        scope: Scope | None = self.scope
        while scope is not None and name.id not in scope.bindings:
            scope = scope.parent
        found = scope.bindings[name.id] if scope is not None else None
        return found is not None and (found.origin or ("",))[0] == "celery"

    def _send(
        self,
        node: ast.Call,
        method: str,
        receiver: ast.expr,
        kept: ast.Attribute | None = None,
    ) -> None:
        function = self.functions[-1] if self.functions else None
        self.module.sends.append(
            Send(
                node,
                arguments(node),
                method,
                self.ref_of(receiver),
                self.module.code(receiver),
                self.contexts,
                function.name if function is not None else None,
                function,
                self.scope,
                kept,
            )
        )

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.BitOr) and isinstance(node.right, ast.Call):
            self.module.pipes.append((node, self.scope))
        self.generic_visit(node)

    def _is_asked_for(self, func: ast.expr) -> bool:
        parts = dotted(func)
        if parts is None:
            return False
        if parts[-1] in CALLS or parts[-1].endswith("commit"):
            return True
        scope = self.scope if len(parts) == 1 else None
        while scope is not None:
            found = scope.bindings.get(parts[0])
            if found is not None:
                # What is imported from the project itself may be one of them by another name.
                own = self.module.name[0]
                return found.origin is not None and (
                    found.origin[-1] in CALLS or (found.kind == "import" and found.origin[0] == own)
                )
            scope = scope.parent
        return False


class _Names(_Collector):
    """Stays at the top level, apart from the bodies of context managers."""

    def visit_FunctionDef(self, node: Function) -> None:
        if any(names_last(d, *CONTEXT_MANAGERS) for d in node.decorator_list):
            super().visit_FunctionDef(node)
        elif not self.functions and not self.classes:
            self.bind_definition(node.name)
            self.module.definitions[node.name] = node
            self.scope.functions[node.name] = node
            self.module.decorated[node.name] = bool(node.decorator_list)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bind_definition(node.name)
        if not self.functions and not self.classes:
            self.module.definitions[node.name] = node
            self.module.classes[node.name] = [self.ref_of(base) for base in node.bases]
            with self._inside(is_class=True) as scope:
                scope.name, scope.bases = node.name, node.bases
                self.module.class_scopes[node.name] = scope
                for statement in node.body:
                    if isinstance(statement, ast.Assign | ast.AnnAssign):
                        self.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        """Of no interest here."""
