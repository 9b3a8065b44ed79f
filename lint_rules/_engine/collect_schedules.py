"""Beat entries: in the dictionaries of every settings style, from ``add_periodic_task`` and ``schedule()``."""

from __future__ import annotations

import ast

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.collect_settings import SettingsCollector
from lint_rules._engine.facts import Ref, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted

#: The positional parameters of ``app.add_periodic_task``.
_PARAMETERS = ("schedule", "sig", "args", "kwargs", "name")
#: What stands for the table of an entry of celery_safe.schedule.
TYPED = "schedule()"
_MUST_HAVE = frozenset({"task", "schedule"})
_ENDS = ("beat_schedule", "beat_schedules", "beatschedule")
_SIGNATURES = frozenset({"s", "si", "signature", "subtask"})


class ScheduleCollector(SettingsCollector):
    """The part of the walk that gathers beat entries.

    A dictionary is one by its keys ``task`` and ``schedule``, wherever it stands: schedules are
    also built in functions and lists. Inside of what is named like a beat schedule every
    dictionary is one, whatever it lacks.
    """

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        #: What the dictionaries are put into: a name, or a target that has one.
        self._table: str | ast.expr = ""
        self._keys: dict[int, ast.expr] = {}
        self._updates: dict[int, str] = {}
        self._tuples: set[int] = set()

    # -- what the dictionaries are put into

    def visit_Assign(self, node: ast.Assign) -> None:
        self._enter(node.targets[0], node.value)
        super().visit_Assign(node)
        self._table = ""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._enter(node.target, node.value)
        super().visit_AnnAssign(node)
        self._table = ""

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._enter(node.target, node.value)
        super().visit_AugAssign(node)
        self._table = ""

    def _enter(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            text = _text(target.slice)
            if text and names_schedule(text):  # app.conf["beat_schedule"] = {...}
                self._table = text
                self._from(value)
                return
            self._keys[id(_alone(value))] = target.slice
            target = target.value
            if isinstance(target, ast.Subscript) and names_schedule(_text(target.slice) or ""):
                self._table = _text(target.slice) or ""  # config["beat_schedule"]["name"] = {...}
                return
        self._table = target
        if _is_schedule(target):
            self._from(value)

    def _from(self, value: ast.expr) -> None:
        """Note the names in what a beat schedule is made of: ``{**A, **b()} | C``."""
        if isinstance(value, ast.Dict):
            for key, part in zip(value.keys, value.values, strict=True):
                if key is None:
                    self._from(part)
        elif isinstance(value, ast.BinOp):
            self._from(value.left)
            self._from(value.right)
        elif isinstance(value, ast.IfExp):
            self._from(value.body)
            self._from(value.orelse)
        elif isinstance(value, ast.Call):
            self._from(value.func)
            for argument in value.args:
                self._from(argument)
        elif parts := dotted(value):
            inside = self.functions[-1] if self.functions else None
            self.module.beat_tables.append((self.ref_of(value), parts[-1], inside))

    def conf_update(self, node: ast.Call, func: ast.Attribute) -> None:
        """``app.conf.beat_schedule.update({...})``, and what any ``conf.update`` is."""
        super().conf_update(node, func)
        parts = dotted(func.value)
        if parts and names_schedule(parts[-1]):
            for argument in node.args:
                self._from(argument)
                self._updates[id(argument)] = parts[-1]
            for keyword in node.keywords:
                if keyword.arg:
                    self._one(parts[-1], ast.Constant(keyword.arg), keyword.value)

    def _one(self, table: str, key: ast.expr, value: ast.expr) -> None:
        """``beat_schedule.update(nightly={...})``, or ``setdefault("nightly", {...})``."""
        self._updates[id(value)], self._keys[id(value)] = table, key

    def setting_call(self, node: ast.Call, func: ast.expr) -> None:
        """``beat_schedule.setdefault("nightly", {...})``, and what sets settings."""
        super().setting_call(node, func)
        parts = dotted(func) or ()
        if len(parts) < 2 or parts[-1] != "setdefault" or len(node.args) != 2:
            return
        if names_schedule(parts[-2]):
            self._one(parts[-2], *node.args)

    def made_entry(self, node: ast.Call) -> None:
        """``dict(task="shop.close", schedule=60)``, as if it were written with braces."""
        pairs = [(k.arg, k.value) for k in node.keywords if k.arg]
        if {name for name, _ in pairs} >= _MUST_HAVE and len(pairs) == len(node.keywords):
            keys: list[ast.expr | None] = [
                ast.copy_location(ast.Constant(name), value) for name, value in pairs
            ]
            written = ast.copy_location(ast.Dict(keys, [value for _, value in pairs]), node)
            if id(node) in self._keys:
                self._keys[id(written)] = self._keys[id(node)]
            outer = self._table
            self._table = self._updates.get(id(node), outer)
            self._entry(written)
            self._table = outer

    def visit_keyword(self, node: ast.keyword) -> None:
        """``conf.update(beat_schedule={...})``."""
        if not node.arg or not names_schedule(node.arg):
            self.visit(node.value)
            return
        outer, self._table = self._table, node.arg
        self._from(node.value)
        self.visit(node.value)
        self._table = outer

    # -- dictionaries

    def visit_Dict(self, node: ast.Dict) -> None:
        texts = {text for key in node.keys if (text := _text(key))}
        outer = self._table
        if id(node) in self._updates:
            self._table = self._updates[id(node)]
        is_inside = id(node) in self._keys and _is_schedule(self._table)
        if texts >= _MUST_HAVE or (is_inside and not _MUST_HAVE.isdisjoint(texts)):
            self._entry(node)
            self._table = ""  # what is inside of an entry is none
        here = self._table
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.visit(value)
                continue
            self.visit(key)
            if isinstance(value, ast.Dict | ast.BinOp | ast.Call | ast.Name | ast.Tuple):
                self._named(key, value)
            self.visit(value)
            self._table = here
        self._table = outer

    def _named(self, key: ast.expr, value: ast.expr) -> None:
        text = _text(key)
        if text and names_schedule(text):  # {"beat_schedule": {...}}
            self._table = text
            self._from(value)
        else:
            self._keys[id(_alone(value))] = key

    def _entry(self, node: ast.Dict) -> None:
        fields = {
            text: value
            for key, value in zip(node.keys, node.values, strict=True)
            if (text := _text(key))
        }
        name = _text(self._keys.get(id(node))) or _text(fields.get("name"))
        task = fields.get("task")
        table, table_ref = "", Ref()
        if isinstance(self._table, str):
            table = self._table
        else:
            table, table_ref = ".".join(dotted(self._table) or ()), self.ref_of(self._table)
        self.module.beat_entries.append(
            BeatEntry(
                name, task, self.ref_of(task) if task else Ref(), fields, tuple(node.keys),
                node, table, table_ref, self.scope,
                self.functions[-1] if self.functions else None, id(node) in self._tuples,
            )
        )  # fmt: skip

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if _alone(node) is not node and id(_alone(node)) in self._keys:
            self._tuples.add(id(_alone(node)))
        self.generic_visit(node)

    # -- calls

    def periodic_task(self, node: ast.Call) -> None:
        """``app.add_periodic_task(schedule, task.s(...), ...)``."""
        fields: dict[str, ast.expr] = {}
        for n, arg in enumerate(arguments(node)):
            if arg.star:
                break
            name = arg.keyword or (_PARAMETERS[n] if n < len(_PARAMETERS) else "")
            fields[name] = arg.value
        task = fields.pop("sig", None)
        if isinstance(task, ast.Call):
            made = task.func
            if isinstance(made, ast.Attribute) and made.attr in _SIGNATURES and dotted(made.value):
                task_ref = self.ref_of(made.value)
            else:
                task_ref = Ref()
        else:
            task_ref = self.ref_of(task) if task else Ref()
        if task is None and "schedule" not in fields:
            return
        self.module.beat_entries.append(
            BeatEntry(
                _text(fields.pop("name", None)), task, task_ref, fields, (), node,
                "add_periodic_task", Ref(), self.scope, self.functions[-1] if self.functions else None,
            )
        )  # fmt: skip

    def typed_schedule(self, node: ast.Call) -> None:
        """``schedule(task, every(minutes=5), ...)``; whose it is, is known when all names are."""
        if len(node.args) < 2 or any(isinstance(a, ast.Starred) for a in node.args[:2]):
            return
        task, when = node.args[:2]
        name = next((k.value for k in _keywords(when) if k.arg == "name"), None)
        self.module.beat_entries.append(
            BeatEntry(
                _text(name), task, self.ref_of(task), {"schedule": when}, (), node, TYPED,
                self.ref_of(node.func), self.scope, self.functions[-1] if self.functions else None,
            )
        )  # fmt: skip


def _keywords(node: ast.expr) -> list[ast.keyword]:
    return node.keywords if isinstance(node, ast.Call) else []


def _alone(value: ast.expr) -> ast.expr:
    """What stands in ``({...},)``: a comma too many around an entry."""
    return value.elts[0] if isinstance(value, ast.Tuple) and len(value.elts) == 1 else value


def names_schedule(name: str) -> bool:
    """Whether a name is one of the setting's, or a variable's that is called like it."""
    return name.lower().endswith(_ENDS)


def _is_schedule(table: str | ast.expr) -> bool:
    if isinstance(table, ast.Attribute):
        table = table.attr
    elif isinstance(table, ast.Name):
        table = table.id
    return isinstance(table, str) and names_schedule(table)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
