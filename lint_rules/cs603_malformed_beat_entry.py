"""CS603 malformed-beat-entry: beat does not start, or the entry fails each time that it is due."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.celery_facts.options import SEND_OPTIONS
from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding, tuple_of_one

CODE = "CS603"
NAME = "malformed-beat-entry"
PRESET = "default"

_KEYS = frozenset({"task", "schedule", "args", "kwargs", "options", "relative"})
#: Also taken: what an entry has of its own; the scheduler fills in the name.
_SILENT = frozenset({"name", "app", "last_run_at", "total_run_count"})
Wrong = tuple[ast.expr, str, "Fix | None"]


def check(project: Project) -> Iterator[Finding]:
    """Entries that stand in a beat schedule for sure."""
    has_own_scheduler = _has_own_scheduler(project)
    for module, entry in project.beat_entries():
        if not project.schedules.is_certain(module, entry):
            continue
        wrong = [*_parts(module, entry)]
        if isinstance(entry.node, ast.Dict):
            wrong += _keys(entry, has_own_scheduler=has_own_scheduler)
        else:
            wrong += _signature(module, entry)
        for node, message, fix in wrong:
            name = f"beat entry {entry.name!r}" if entry.name else "beat entry"
            yield finding(module, node, (CODE, NAME), f"{name}: {message}", fix)


def _has_own_scheduler(project: Project) -> bool:
    """Whether entries may go to a scheduler that takes other keys, as django-celery-beat does."""
    return any(conf.settings(project, "beat_scheduler")) or any(
        "celery_beat" in m.text or "redbeat" in m.text for m in project.modules
    )


def _keys(entry: BeatEntry, *, has_own_scheduler: bool) -> Iterator[Wrong]:
    """Keys that no entry takes, and those that each needs."""
    if None in entry.keys:
        return
    for key in entry.keys:
        name = key.value if isinstance(key, ast.Constant) else None
        if key is None or not isinstance(name, str) or name in _KEYS | _SILENT:
            continue
        close = difflib.get_close_matches(name, sorted(_KEYS), 1, 0.75)
        if name in SEND_OPTIONS and not has_own_scheduler:
            yield key, f'beat stops at the key {name!r}; write "options": {{"{name}": ...}}', None
        elif close and name not in SEND_OPTIONS:
            yield key, f"beat stops at the key {name!r}; did you mean {close[0]!r}?", None
    for name in ("task", "schedule"):
        texts = [k.value for k in entry.keys if isinstance(k, ast.Constant)]
        near = any(difflib.get_close_matches(str(t), [name], 1, 0.75) for t in texts)
        if name not in entry.fields and len(texts) == len(entry.keys) and not near:
            yield entry.node, f"it has no {name!r}", None


def _parts(module: Module, entry: BeatEntry) -> Iterator[Wrong]:
    """Values of a type that cannot be what they are for."""
    args, schedule = entry.args, entry.schedule
    if entry.is_in_tuple:
        yield (
            entry.node,
            "a comma makes a tuple of it: beat stops at it or never runs it; remove the comma",
            None,
        )
    if isinstance(args, ast.Constant) and args.value is not None:
        text = module.code(args)
        is_text = isinstance(args.value, str)
        why = "is sent letter by letter" if is_text else "is no list of arguments"
        edits = tuple_of_one(module, args)
        fix = Fix("unsafe" if is_text else "safe", f"write ({text},)", edits)
        yield args, f"args={text} {why}; write ({text},)", fix
    elif isinstance(args, ast.JoinedStr | ast.Dict) and not (
        isinstance(args, ast.Dict) and not args.keys
    ):
        yield args, f"args={module.code(args)} is no list of arguments", None
    for name in ("kwargs", "options"):
        value = entry.fields.get(name)
        if value is not None and _is_no_dict(value):
            yield value, f"{name} must be a dictionary; each run fails", None
    if isinstance(entry.options, ast.Dict):
        yield from _options(entry.options)
    if isinstance(schedule, ast.Tuple | ast.List | ast.Dict | ast.JoinedStr) or (
        isinstance(schedule, ast.Constant) and isinstance(schedule.value, str | bytes | None)
    ):
        what = "beat stops at it; write seconds, a timedelta or crontab(...)"
        yield schedule, f"{module.code(schedule)} is no schedule: {what}", None


def _options(options: ast.Dict) -> Iterator[Wrong]:
    for key in options.keys:
        name = key.value if isinstance(key, ast.Constant) else None
        if key is None or not isinstance(name, str) or name in SEND_OPTIONS:
            continue
        close = difflib.get_close_matches(name, SEND_OPTIONS, 1, 0.8)
        if close:
            yield key, f"Celery ignores the option {name!r}; did you mean {close[0]!r}?", None


def _is_no_dict(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return bool(node.value)
    return isinstance(node, ast.List | ast.Tuple | ast.Set) and bool(node.elts)


def _signature(module: Module, entry: BeatEntry) -> Iterator[Wrong]:
    """``add_periodic_task(60, "shop.close")``: it wants ``close.s()``."""
    task = entry.task
    if isinstance(task, ast.Constant):
        yield task, f"{module.code(task)} is no signature; write the task's .s()", None
    elif task is not None and _is_send(task.func if isinstance(task, ast.Call) else task):
        yield task, f"{module.code(task)} is no signature; write .s(...)", None


def _is_send(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and func.attr in ("delay", "apply_async")
