"""CS312 retry-gives-argument-twice: retry(kwargs=...) keeps the positional arguments of the call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Function
from lint_rules._engine.literals import assigned
from lint_rules._engine.names import last_name
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import Retries
from lint_rules._engine.signatures import positions

CODE = "CS312"
NAME = "retry-gives-argument-twice"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``retry(kwargs={"order": order})`` of a task that is sent as ``delay(order)``."""
    given: dict[int, int] = {}
    for _, send in project.sends():
        task = project.task_of(send)
        if task is not None:
            given[id(task)] = max(given.get(id(task), 0), positions(send))
    for module, task in project.tasks():
        count = given.get(id(task), 0)
        own = [p.arg for p in task.parameters][1 if task.is_bound else 0 :][:count]
        for call, _ in Retries(task).calls if own else ():
            keywords = {k.arg: k.value for k in call.keywords}
            written = keywords.get("kwargs")
            if call.args or None in keywords or "args" in keywords:
                continue
            names = _keys(written, task.function)
            twice = [name for name in own if name in names]
            if twice and written is not None:
                yield finding(
                    module,
                    written,
                    (CODE, NAME),
                    f"retry(kwargs=...) keeps the positional arguments, and {twice[0]} is one of them "
                    f"where task {task.name} is sent: the retry raises TypeError; write args=() too",
                )


def _keys(node: ast.expr | None, function: Function) -> list[object]:
    """The keys of a dictionary that is written out, here or in the one assignment of its name."""
    if isinstance(node, ast.Name):
        values = assigned(function, node.id)
        node = values[0] if len(values) == 1 else None
    if isinstance(node, ast.Call):
        return [k.arg for k in node.keywords] if last_name(node.func) == "dict" else []
    if not isinstance(node, ast.Dict):
        return []
    return [k.value for k in node.keys if isinstance(k, ast.Constant)]
