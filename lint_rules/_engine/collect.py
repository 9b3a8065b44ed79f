"""Walks one parsed file and gathers its facts."""

from __future__ import annotations

from pathlib import Path

import libcst as cst

from lint_rules._engine.celery_facts.settings import NEW_NAME
from lint_rules._engine.facts import Call, ConfigLoad, Ref, Send, Setting, TaskCandidate
from lint_rules._engine.module import ATOMIC, CONTEXT_MANAGER, Module
from lint_rules._engine.names import Binding, bindings, dotted

_SENDS = frozenset(
    {"delay", "apply_async", "send_task", "delay_on_commit", "apply_async_on_commit", "s", "si"}
)


def collect(path: Path, text: str, tree: cst.Module) -> Module:
    """The file with its facts."""
    module = Module(path, text, tree)
    tree.visit(_Collector(module))
    return module


class _Collector(cst.CSTVisitor):
    """Walks a file once and gathers its facts."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.module = module
        self.functions: list[cst.FunctionDef] = []
        self.classes: list[str] = []
        self.local: dict[int, dict[str, Binding]] = {}
        self.atomic: list[bool] = [False]
        self.contexts: list[tuple[str, ...]] = [()]

    # -- names

    def ref_of(self, node: cst.CSTNode) -> Ref:
        parts = dotted(node)
        return self.resolve_name(parts) if parts else Ref()

    def resolve_name(self, parts: tuple[str, ...], seen: int = 0) -> Ref:
        root, rest = parts[0], parts[1:]
        for function in reversed(self.functions):
            if id(function) not in self.local:
                self.local[id(function)] = bindings(function, self.module.package)
            found = self.local[id(function)].get(root)
            if found is None:
                continue
            if found.kind == "import" and found.origin:
                return Ref(".".join((*found.origin, *rest)))
            if (
                found.kind == "call"
                and found.origin
                and found.origin[0] != root
                and not rest
                and seen < 9
            ):
                return Ref(None, self.resolve_name(found.origin, seen + 1).origin)
            return Ref()
        found = self.module.bindings.get(root)
        if found is None:
            return Ref()
        origin = self.module.origin(found, root)
        return Ref(".".join((origin, *rest)))

    # -- scopes

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        if node.name.value == "gen_task_name":
            self.module.defines_gen_task_name = True
        if not self.functions and not self.classes:
            self.module.decorated[node.name.value] = bool(node.decorators)
        for decorator in node.decorators:
            self._candidate(node, decorator)
        origins = [self._context(d.decorator) for d in node.decorators]
        self.atomic.append(any(self._is_atomic(d.decorator) for d in node.decorators))
        self.contexts.append(tuple(o for o in origins if o))
        self.functions.append(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self.functions.pop()
        self.atomic.pop()
        self.contexts.pop()

    def visit_Lambda(self, node: cst.Lambda) -> None:
        self.atomic.append(False)
        self.contexts.append(())

    def leave_Lambda(self, original_node: cst.Lambda) -> None:
        self.atomic.pop()
        self.contexts.pop()

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        if not self.functions and not self.classes:
            self.module.classes[node.name.value] = [self.ref_of(b.value) for b in node.bases]
        self.classes.append(node.name.value)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        self.classes.pop()

    def visit_With_body(self, node: cst.With) -> None:
        is_atomic = any(self._is_atomic(i.item) for i in node.items)
        if is_atomic and self.functions and not self.classes:
            function = self.functions[-1]
            if any(self.ref_of(d.decorator).origin in CONTEXT_MANAGER for d in function.decorators):
                self.module.atomic_wrappers.add(function.name.value)
        origins = [self._context(i.item) for i in node.items]
        self.atomic.append(self.atomic[-1] or is_atomic)
        self.contexts.append((*self.contexts[-1], *(o for o in origins if o)))

    def leave_With_body(self, node: cst.With) -> None:
        self.atomic.pop()
        self.contexts.pop()

    def _context(self, node: cst.BaseExpression) -> str | None:
        return self.ref_of(node.func if isinstance(node, cst.Call) else node).origin

    def _is_atomic(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Call):
            for arg in node.args:
                is_using = arg.keyword.value == "using" if arg.keyword else not arg.star
                using = (
                    arg.value.evaluated_value if isinstance(arg.value, cst.SimpleString) else None
                )
                if is_using and using not in (None, "default"):
                    return False  # what the task reads is not in this transaction
                if is_using and "replica" in self.module.code(arg.value).lower():
                    return False  # nothing is written in this one
            node = node.func
        return self.ref_of(node).origin in ATOMIC

    # -- facts

    def _candidate(self, function: cst.FunctionDef, decorator: cst.Decorator) -> None:
        node: cst.BaseExpression = decorator.decorator
        arguments: tuple[cst.Arg, ...] = ()
        if isinstance(node, cst.Call):
            arguments = tuple(node.args)
            node = node.func
        if isinstance(node, cst.Attribute) and node.attr.value == "task":
            ref, is_method = self.ref_of(node.value), True
        else:
            ref, is_method = self.ref_of(node), False
        if ref.origin or ref.instance_of:
            others = tuple(
                self._context(d.decorator) for d in function.decorators if d is not decorator
            )
            top = not self.functions and not self.classes
            self.module.candidates.append(
                TaskCandidate(function, decorator, ref, is_method, arguments, top, others)
            )

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.module.attributes_read.add(node.attr.value)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        value = node.raw_value
        if value.isidentifier():
            self.module.attributes_read.add(value)

    def visit_Call(self, node: cst.Call) -> None:
        callee = self.ref_of(node.func)
        if callee.origin:
            self.module.calls.append(Call(node, callee.origin))
        func = node.func
        if not isinstance(func, cst.Attribute):
            return
        if func.attr.value in _SENDS:
            self.module.sends.append(
                Send(
                    node,
                    func.attr.value,
                    self.ref_of(func.value),
                    self.module.code(func.value),
                    self.atomic[-1],
                    self.functions[-1].name.value if self.functions else None,
                    self.contexts[-1],
                )
            )
        if func.attr.value == "config_from_object":
            self._config_load(node)
        if func.attr.value == "update" and _ends_with_conf(func.value):
            self._conf_update(node)

    def _config_load(self, node: cst.Call) -> None:
        target: str = "?"
        namespace: str | None = None
        for n, arg in enumerate(node.args):
            name = arg.keyword.value if arg.keyword else "obj" if n == 0 and not arg.star else "?"
            text = arg.value.evaluated_value if isinstance(arg.value, cst.SimpleString) else None
            if name == "obj":
                target = str(text) if text is not None else self.ref_of(arg.value).origin or "?"
            elif name == "namespace":
                is_none = isinstance(arg.value, cst.Name) and arg.value.value == "None"
                namespace = None if is_none else str(text) if text is not None else "?"
            elif name == "?":
                namespace = "?"
        self.module.config_loads.append(ConfigLoad(node, target, namespace))

    def _conf_update(self, node: cst.Call) -> None:
        for arg in node.args:
            if arg.keyword:
                self._setting(arg.keyword.value, arg.value, arg.keyword)
            else:
                self._dict(arg.value)

    def _dict(self, node: cst.BaseExpression) -> None:
        if isinstance(node, cst.Dict):
            for element in node.elements:
                if isinstance(element, cst.DictElement) and isinstance(
                    element.key, cst.SimpleString
                ):
                    self._setting(str(element.key.evaluated_value), element.value, element.key)
        elif isinstance(node, cst.Call) and dotted(node.func) == ("dict",):
            for arg in node.args:
                if arg.keyword:
                    self._setting(arg.keyword.value, arg.value, arg.keyword)

    def _setting(self, written: str, value: cst.BaseExpression, node: cst.CSTNode) -> None:
        name = NEW_NAME.get(written) or written.removeprefix("CELERY_").lower()
        top = isinstance(node, cst.Name) and not self.classes and not self.functions
        self.module.settings.append(Setting(name, written, value, node, top))

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._assigned(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value:
            self._assigned(node.target, node.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._assigned(node.target, node.value)

    def _assigned(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if isinstance(target, cst.Attribute) and _ends_with_conf(target.value):
            self._setting(target.attr.value, value, target.attr)
        elif isinstance(target, cst.Subscript) and _ends_with_conf(target.value):
            index = target.slice[0].slice
            if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
                self._setting(str(index.value.evaluated_value), value, target)
        elif isinstance(target, cst.Name) and not self.functions:
            name = target.value
            if name.startswith(("CELERY", "BROKER_")) or self._holds_settings():
                self._setting(name, value, target)
            if "celery" in target.value.lower():
                self._dict(value)

    def _holds_settings(self) -> bool:
        """Whether plain lower-case names here are settings: ``celeryconfig.py``, ``class CeleryConfig``."""
        where = self.classes[-1] if self.classes else self.module.name[-1]
        return "celery" in where.lower() and (bool(self.classes) or "conf" in where.lower())


def _ends_with_conf(node: cst.BaseExpression) -> bool:
    parts = dotted(node)
    return parts is not None and len(parts) > 1 and parts[-1] == "conf"
