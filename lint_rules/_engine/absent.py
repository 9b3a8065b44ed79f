"""Whether no task has a name: said only where all that could define it has been seen."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules._engine import disk
from lint_rules._engine.module import Module

if TYPE_CHECKING:
    from lint_rules._engine.project import Project

#: A task made without a decorator, so that its name may be any.
_MADE_BY_CALL = re.compile(r"^(?!\s*@).*(?:\bshared_task|\.task|register_task)\(", re.MULTILINE)
#: How alike a name and that of a task must be to be meant for each other, from 0 to 1: where all
#: tasks are seen, and where another may be called so.
_NEAR, _VERY_NEAR = 0.85, 0.95


@dataclass(frozen=True)
class Absent:
    """No task is called so: ``why``, and the name of the task that may be meant."""

    why: str
    nearest: str | None


def absent(project: Project, name: str) -> Absent | None:
    """Why no task is called ``name``; None if one is, or if that cannot be known.

    It cannot be known for tasks of other distributions, where names are computed in an unknown
    way, and where a file that may define the task was not read.
    """
    names = project.names()
    if names is None or name in names or name.startswith("celery."):
        return None
    if any(_is_same(name, known) for known in names) or _is_assigned(project, name):
        return None
    home, _, function = name.rpartition(".")
    if not home:
        return _unlike_all(project, name)
    parts = tuple(home.split("."))
    modules = project.modules_at(parts)
    if not modules:
        if not _is_gone(project, parts):
            return _unlike_all(project, name)
        return Absent(f"the project has no module {home}", _nearest(name, names))
    reasons = [_lacks(project, module, function) for module in modules]
    why = reasons[0]
    if why is None or None in reasons:
        return None
    return Absent(why, _nearest(name, names))


def _is_same(name: str, known: str) -> bool:
    """Whether a name is another by the folder that imports begin at: ``shop.tasks.x``, ``tasks.x``."""
    if known.endswith("." + name):
        return True
    return "." in known and name.endswith("." + known)


def _is_assigned(project: Project, name: str) -> bool:
    """Whether the very text is given to something somewhere, as a class's or a call's ``name`` is.

    But for ``task=``, which names the task of a beat entry.
    """
    given = re.compile(rf"""(?:(?<!task)(?<!task )=|return)\s*\(?\s*["']{re.escape(name)}["']""")
    return any(name in m.text and given.search(m.text) for m in project.modules)


def _lacks(project: Project, module: Module | None, function: str) -> str | None:
    """Why a module has no task of that function name; None if it may have."""
    if module is None or module.stars or _MADE_BY_CALL.search(module.text):
        return None
    where = ".".join(module.name)
    binding = module.bindings.get(function)
    if binding is None:
        return f"{where} has no {function}"
    origin = f"{where}.{function}"
    task = project.task_at(origin)
    if task is not None:
        called = project.name_of(task)
        return f"the task {function} is called {called!r}" if called else None
    is_plain = binding.kind == "def" and module.decorated.get(function) is False
    return f"{origin} is no task" if is_plain else None


def _is_gone(project: Project, parts: tuple[str, ...]) -> bool:
    """Whether a module that is not there should be: others of its package are."""
    if not project.has_package(parts[0]) or any(
        _MADE_BY_CALL.search(m.text) for m in project.modules
    ):
        return False
    ends = ("/".join(parts) + ".py", "/".join(parts) + "/__init__.py")
    if any(Path(u.path).as_posix().endswith(ends) for u in project.unchecked):
        return False
    # On the disk, though not in this run.
    above = {folder for m in project.modules for folder in m.path.absolute().parents}
    return not any(disk.is_file(folder / end) for folder in above for end in ends)


def _unlike_all(project: Project, name: str) -> Absent | None:
    """For names that are no path: only a misspelt one is known to be wrong."""
    names = project.names() or {}
    sees_all = (
        project.sees_all()
        and all(project.name_of(task) is not None for _, task in project.tasks())
        and not any(_MADE_BY_CALL.search(m.text) for m in project.modules)
    )
    close = difflib.get_close_matches(name, [*names], 1, _NEAR if sees_all else _VERY_NEAR)
    return Absent("no task of the project is called so", close[0]) if close else None


def _nearest(name: str, names: Mapping[str, object]) -> str | None:
    last = name.rpartition(".")[2]
    same = [known for known in names if known.rpartition(".")[2] == last]
    if len(same) == 1:
        return same[0]
    close = difflib.get_close_matches(name, same or list(names), 1, 0.8)
    return close[0] if close else None
