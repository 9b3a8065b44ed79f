"""CS607 periodic-without-expires: after an outage of the workers each missed run is still to be done."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.collect_schedules import TYPED
from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS607"
NAME = "periodic-without-expires"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Beat entries whose message is good for ever; one finding where the whole project has it so."""
    found = []
    entries = [(m, e) for m, e in project.beat_entries() if project.schedules.is_certain(m, e)]
    for module, entry in entries:
        task = project.task_of_entry(module, entry)
        if not _may_expire(entry) and (task is None or "expires" not in task.options):
            found.append(_finding(module, entry))
    yield from once(found, len(entries), "beat entries")


def _may_expire(entry: BeatEntry) -> bool:
    if entry.table == TYPED:
        return _typed_may_expire(entry.schedule)
    if "expires" in entry.fields or None in entry.keys:
        return True
    if isinstance(entry.node, ast.Call) and any(k.arg is None for k in entry.node.keywords):
        return True
    options = entry.options
    if isinstance(options, ast.Dict):
        return any(
            k is None or (isinstance(k, ast.Constant) and k.value == "expires")
            for k in options.keys
        )
    if isinstance(entry.task, ast.Call) and isinstance(entry.task.func, ast.Attribute):
        return entry.task.func.attr in ("set", "signature", "subtask")
    return options is not None


def _typed_may_expire(when: ast.expr | None) -> bool:
    """Of ``daily(at="02:30", expires=3600)``; what runs once does not pile up."""
    if not isinstance(when, ast.Call) or (dotted(when.func) or ("",))[-1] == "once":
        return True
    return any(k.arg in (None, "expires") for k in when.keywords)


def _finding(module: Module, entry: BeatEntry) -> Finding:
    name = f"beat entry {entry.name!r}" if entry.name else "this beat entry"
    write = (
        '"options": {"expires": seconds}' if isinstance(entry.node, ast.Dict) else "expires=seconds"
    )
    return finding(
        module,
        entry.task or entry.node,
        (CODE, NAME),
        f"{name} has no expires, so runs pile up while no worker is there; write {write}, "
        "no more than its interval",
    )
