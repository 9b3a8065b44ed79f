"""Settings, queues and routes of the index, and the queue that a message goes to."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterable, Iterator

from lint_rules._engine.celery_facts.settings import SETTINGS
from lint_rules._engine.constants import text
from lint_rules._engine.facts import Setting, Task
from lint_rules._engine.inventory.records import Queue, Route, SendEntry, SettingEntry, TaskEntry
from lint_rules._engine.inventory.text import literal, source
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project


def settings(project: Project) -> Iterator[SettingEntry]:
    """Every Celery setting."""
    for module, one in project.settings:
        is_prefixed = one.written.startswith(("CELERY", "BROKER_")) and one.is_module_level
        if one.name not in SETTINGS and not is_prefixed:
            continue  # another name of a file or class that is called as if it held settings
        known, value = literal(one.value)
        yield SettingEntry(
            str(module.path), one.node.lineno, one.name, one.written, source(one.value),
            known, value,
        )  # fmt: skip


class Routing:
    """What routes and settings say about queues."""

    def __init__(self, project: Project) -> None:
        self._project = project
        every = project.settings
        self.routes = [r for m, s in every if s.name == "task_routes" for r in self._routes(m, s)]
        self._declared = sorted(
            {q for m, s in every if s.name == "task_queues" for q in self._queues(m, s)}
        )
        defaults = {self._text(m, s.value) for m, s in every if s.name == "task_default_queue"}
        #: The queue of what no route catches; None if it cannot be seen.
        self.default = "celery" if not defaults else defaults.pop() if len(defaults) == 1 else None
        # A router that is a function, or routes that are computed, may send anything anywhere.
        self._is_known = all(
            isinstance(s.value, ast.Dict) for m, s in every if s.name == "task_routes"
        ) and all(r.queue for r in self.routes)

    def queue_of(self, module: Module, task: Task) -> str | None:
        """The queue of a task without a word in the send; None if it cannot be seen.

        Celery merges the route into the options of the task, which win.
        """
        given = task.option("queue")
        if given is not None:
            return self._text(module, given)
        name = self._project.name_of(task)
        exact = [r for r in self.routes if r.pattern == name]
        globs = [
            r
            for r in self.routes
            if name and "*" in r.pattern and fnmatch.fnmatchcase(name, r.pattern)
        ]
        for route in (*exact, *globs):
            return route.queue
        return self.default if self._is_known else None

    def sent_to(self, module: Module, options: dict[str, ast.expr]) -> str | None:
        """The queue that a send names."""
        node = options.get("queue") or options.get("routing_key")
        return self._text(module, node) if node is not None else None

    def in_options(self, place: Place | None) -> str | None:
        """The queue that ``{"queue": "mail"}`` names, the options of a beat entry."""
        if place is None or not isinstance(place.node, ast.Dict):
            return None
        for key, value in zip(place.node.keys, place.node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "queue":
                return text(self._project.lookup, Place(value, place.scope, place.module))
        return None

    def _text(self, module: Module, node: ast.expr) -> str | None:
        return text(self._project.lookup, Place(node, module.scope, module))

    def _routes(self, module: Module, setting: Setting) -> Iterator[Route]:
        yield from self._routes_in(module, setting.value)

    def _routes_in(self, module: Module, node: ast.expr) -> Iterator[Route]:
        if isinstance(node, ast.List | ast.Tuple):
            pair = list(node.elts)
            if len(pair) == 2 and isinstance(pair[0], ast.Constant):
                yield from self._route(module, pair[0], pair[1])
            else:
                for element in pair:
                    yield from self._routes_in(module, element)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    yield from self._route(module, key, value)

    def _route(self, module: Module, key: ast.expr, value: ast.expr) -> Iterator[Route]:
        pattern = self._text(module, key)
        if pattern is None:
            return
        queue: ast.expr | None = value
        if isinstance(value, ast.Dict):
            queue = next(
                (v for k, v in zip(value.keys, value.values, strict=True)
                 if isinstance(k, ast.Constant) and k.value == "queue"), None,
            )  # fmt: skip
        name = self._text(module, queue) if queue is not None else None
        yield Route(str(module.path), key.lineno, pattern, name)

    def _queues(self, module: Module, setting: Setting) -> Iterator[str]:
        node = setting.value
        if isinstance(node, ast.Dict):
            for key in node.keys:
                name = self._text(module, key) if key is not None else None
                if name:
                    yield name
            return
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and (dotted(call.func) or ("",))[-1] == "Queue":
                first = call.args[0] if call.args else None
                first = first or next((k.value for k in call.keywords if k.arg == "name"), None)
                found = self._text(module, first) if first is not None else None
                if found:
                    yield found

    def queues(self, tasks: Iterable[TaskEntry], sends: Iterable[SendEntry]) -> Iterator[Queue]:
        """Every queue that is named, by whom, and the tasks that go there."""
        used: dict[str, set[str]] = {}
        holds: dict[str, set[str]] = {}
        for name in self._declared:
            used.setdefault(name, set()).add("setting")
        if self.default:
            used.setdefault(self.default, set()).add("default")
        for route in self.routes:
            if route.queue:
                used.setdefault(route.queue, set()).add("route")
        for task in tasks:
            if task.queue:
                used.setdefault(task.queue, set()).add("task")
                holds.setdefault(task.queue, set()).add(
                    task.name or f"{task.module}.{task.function}"
                )
        for send in sends:
            if send.queue:
                used.setdefault(send.queue, set()).add("send")
                if send.task:
                    holds.setdefault(send.queue, set()).add(send.task)
        for name in sorted(used):
            yield Queue(name, tuple(sorted(used[name])), tuple(sorted(holds.get(name, ()))))
