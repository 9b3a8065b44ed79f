"""Sends, canvas and transactions of the index."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.by_name import names_its_task
from lint_rules._engine.facts import Send, Task
from lint_rules._engine.inventory.deep import At, Deep, at
from lint_rules._engine.inventory.naming import label
from lint_rules._engine.inventory.records import (
    CanvasEntry,
    SendEntry,
    TaskEntry,
    Transaction,
)
from lint_rules._engine.inventory.routing import Routing
from lint_rules._engine.inventory.tasks import place
from lint_rules._engine.inventory.text import source
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project
from lint_rules._engine.target import Target

#: Methods whose keyword arguments are options of the message, not arguments of the task.
_WITH_OPTIONS = frozenset({"apply_async", "apply_async_on_commit", "send_task"})
_CANVAS = {
    f"{home}.{name}": name
    for home in ("celery", "celery.canvas")
    for name in ("chain", "group", "chord", "chunks", "xmap", "xstarmap")
}


class Sends:
    """What is sent, by whom, where to."""

    def __init__(
        self,
        project: Project,
        routing: Routing,
        deep: dict[int, Deep],
        tasks: dict[int, TaskEntry],
    ) -> None:
        self._project = project
        self._routing = routing
        self._deep = deep
        self._tasks = tasks
        self._module_of = {id(task): module for module, task in project.tasks()}
        self._task_at = {(id(m), at(t.function)): t for m, t in project.tasks()}

    def entries(self) -> Iterator[SendEntry]:
        """Every send, and every method that sends and is handed over."""
        for module, send in self._project.sends():
            target = self._project.target(send)
            if send.method in _OF_MANY and not target.tasks and not self._is_by_name(send):
                continue  # inspect.signature(...), uploaded_file.chunks() and the like
            if not target.tasks and _is_of_a_pool(module, send):
                continue
            options = {
                a.keyword: a.value
                for a in send.arguments
                if a.keyword and a.keyword not in _ARGUMENTS and send.method in _WITH_OPTIONS
            }
            is_function = isinstance(send.call.func, ast.Name) and send.method in _OF_MANY
            receiver = "celery" if is_function else send.receiver_text
            yield self._entry(
                module, send.call, send.method, receiver, target,
                options, in_transaction=self._project.transaction(send) is not None,
            )  # fmt: skip
        for module, passed, target in self._project.passed():
            if target.is_known or passed.node.attr != "s":
                yield self._entry(
                    module, passed.call, passed.node.attr, module.code(passed.node.value), target,
                    {}, is_passed=True,
                )  # fmt: skip

    def _is_by_name(self, send: Send) -> bool:
        """Whether the name of the task is a text; a variable may hold a whole signature."""
        first = send.arguments[0].value if send.arguments else None
        is_text = isinstance(first, ast.Constant | ast.JoinedStr | ast.BinOp)
        return is_text and names_its_task(self._project, send)

    def _entry(
        self,
        module: Module,
        call: ast.Call,
        method: str,
        receiver: str,
        target: Target,
        options: dict[str, ast.expr],
        *,
        in_transaction: bool = False,
        is_passed: bool = False,
    ) -> SendEntry:
        task = target.tasks[0] if len(target.tasks) == 1 and target.is_known else None
        home = self._module_of[id(task)] if task is not None else None
        around, functions = self._deep[id(module)].around.get(at(call), ("", ()))
        senders = [t for f in functions if (t := self._task_at.get((id(module), f)))]
        return SendEntry(
            path=str(module.path),
            line=call.lineno,
            method=method,
            receiver=receiver,
            receiver_kind=target.kind,
            task=self._label(task) if task is not None else None,
            task_path=str(home.path) if home is not None else None,
            task_line=place(task) if task is not None else None,
            tasks=tuple(dict.fromkeys(map(self._label, target.tasks))),
            why=target.why or None,
            module=".".join(module.name),
            sender=around or None,
            sender_task=self._label(senders[-1]) if senders else None,
            queue=self._queue(module, options, task),
            options={k: source(v) for k, v in options.items()},
            in_transaction=in_transaction,
            is_passed=is_passed,
        )

    def _label(self, task: Task) -> str:
        return label(self._project, self._module_of[id(task)], task)

    def _queue(self, module: Module, options: dict[str, ast.expr], task: Task | None) -> str | None:
        if "queue" in options or "routing_key" in options:
            return self._routing.sent_to(module, options)
        return self._tasks[id(task)].queue if task is not None else None

    def canvas(self) -> Iterator[CanvasEntry]:
        """Every chain, group and chord, and every pipe of signatures."""
        for module in self._project.modules:
            sent = {at(s.call): s for s in module.sends}
            for call in module.calls:
                origin = call.callee.origin and self._project.canonical(call.callee.origin)
                if origin in _CANVAS:
                    yield self._canvas(module, call.call, _CANVAS[origin], sent)
            inner: set[int] = set()
            for pipe in self._deep[id(module)].pipes:
                if id(pipe) not in inner and any(at(n) in sent for n in _calls(pipe)):
                    inner.update(id(n) for n in ast.walk(pipe))
                    yield self._canvas(module, pipe, "chain", sent)

    def _canvas(
        self, module: Module, node: ast.expr, kind: str, sent: dict[At, Send]
    ) -> CanvasEntry:
        targets = [self._project.target(sent[at(c)]) for c in _calls(node) if at(c) in sent]
        known = [t for t in targets if t.kind in ("task", "name") and t.is_known]
        names = tuple(self._label(t.tasks[0]) for t in known)
        return CanvasEntry(str(module.path), node.lineno, kind, names, source(node))

    def transactions(self) -> Iterator[Transaction]:
        """Every context manager and decorator that opens a transaction."""
        for module in self._project.modules:
            deep = self._deep[id(module)]
            for node, context in deep.contexts_at.values():
                if self._project.opens_transaction(context):
                    kind, end = deep.bodies[at(node)]
                    yield Transaction(str(module.path), node.lineno, end, kind, source(node))


#: Methods that many other things have as well.
_OF_MANY = frozenset({"signature", "subtask", "map", "starmap", "chunks"})
_ARGUMENTS = frozenset({"args", "kwargs", "name"})


def _calls(node: ast.AST) -> list[ast.Call]:
    """The calls in an expression, in the order of the source."""
    return sorted((n for n in ast.walk(node) if isinstance(n, ast.Call)), key=at)


def _is_of_a_pool(module: Module, send: Send) -> bool:
    """``pool.apply_async(work, (1,))`` of multiprocessing, where the file speaks of that."""
    name = send.receiver_text.rpartition(".")[2].lower()
    if send.method != "apply_async" or not name.endswith("pool"):
        return False
    return any(word in module.text for word in ("multiprocessing", "billiard", "ThreadPool"))
