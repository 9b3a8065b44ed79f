"""The index of a project: what `celery-safe index` prints and `celery-safe map` draws."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lint_rules._engine.config import Config, ConfigError, load
from lint_rules._engine.facts import Unchecked
from lint_rules._engine.inventory import beat
from lint_rules._engine.inventory import routing as routes
from lint_rules._engine.inventory import tasks as found
from lint_rules._engine.inventory.deep import look_into
from lint_rules._engine.inventory.records import BeatEntry, Inventory, SendEntry, TaskEntry, Unknown
from lint_rules._engine.inventory.sends import Sends
from lint_rules._engine.project import Project
from lint_rules._engine.rules import read_project


def of_paths(paths: Sequence[Path]) -> Inventory:
    """The index of ``paths``, with the configuration above them.

    Raises:
        ConfigError: a path is missing, or the configuration is wrong.
    """
    missing = [str(p) for p in paths if not p.exists()]
    if missing:
        raise ConfigError(f"no such file or folder: {', '.join(missing)}")
    common = Path(os.path.commonpath([p.absolute() for p in paths]))
    return take(paths, load(common if common.is_dir() else common.parent))


def take(paths: Iterable[Path], config: Config) -> Inventory:
    """The index of the Python files below ``paths``; what cannot be read is among its unknowns."""
    project, unchecked, files = read_project(paths, config)
    deep = {id(module): look_into(module) for module in project.modules}
    unchecked += [
        Unchecked(str(m.path), "is nested too deeply to be indexed whole")
        for m in project.modules
        if not deep[id(m)].is_whole
    ]
    routing = routes.Routing(project)
    entries = {
        id(task): found.entry(project, module, task, routing.queue_of(module, task))
        for module, task in project.tasks()
    }
    sends = Sends(project, routing, deep, entries)
    tasks = sorted(entries.values(), key=_place)
    sent = sorted(sends.entries(), key=_place)
    scheduled = sorted(beat.entries(project, routing, entries), key=_place)
    return Inventory(
        files,
        tuple(sorted(found.apps(project, deep), key=_place)),
        tuple(tasks),
        tuple(sent),
        tuple(sorted(sends.canvas(), key=_place)),
        tuple(scheduled),
        tuple(sorted(routes.settings(project), key=_place)),
        tuple(routing.queues(tasks, sent)),
        tuple(routing.routes),
        tuple(sorted(sends.transactions(), key=_place)),
        tuple(_unknowns(project, unchecked, tasks, sent, scheduled)),
    )


def _place(entry: object) -> tuple[str, int]:
    return entry.path, entry.line  # type: ignore[attr-defined]


def _unknowns(
    project: Project,
    unchecked: Sequence[Unchecked],
    tasks: Iterable[TaskEntry],
    sends: Iterable[SendEntry],
    scheduled: Iterable[BeatEntry],
) -> Iterator[Unknown]:
    """What there may be beyond the index."""
    for one in sorted(unchecked):
        yield Unknown(one.path, None, "file", one.reason)
    if project.names() is None:
        module = next(m for m in project.modules if m.gen_task_names)
        what = "gen_task_name is overridden in a way that is not understood"
        yield Unknown(str(module.path), None, "names", what)
    for task in tasks:
        if task.name is None and task.name_from == "written":
            what = f"the name of {task.module}.{task.function} cannot be seen"
            yield Unknown(task.path, task.line, "name", what)
    yield from _decorators(project)
    for send in sends:
        if send.why is not None:
            yield Unknown(
                send.path, send.line, "send", f"{send.receiver}.{send.method}: {send.why}"
            )
    for entry in scheduled:
        if entry.why is not None and entry.is_certain:
            what = f"beat entry {entry.name or '?'}: {entry.why}"
            yield Unknown(entry.path, entry.line, "task", what)


def _decorators(project: Project) -> Iterator[Unknown]:
    """Decorators of others on tasks: what they make of the function is not seen."""
    for module, task in project.tasks():
        if task.definition is not None:
            continue
        for decorator, origin in zip(
            [d for d in task.function.decorator_list if d is not task.decorator],
            task.others, strict=True,
        ):  # fmt: skip
            if origin is None or not project.is_own(origin):
                what = f"the decorator {origin or module.code(decorator)} is not in the project"
                yield Unknown(str(module.path), decorator.lineno, "decorator", what)
