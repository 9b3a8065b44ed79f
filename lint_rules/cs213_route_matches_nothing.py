"""CS213 route-matches-nothing: the task was renamed or moved, and goes to the default queue now."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from lint_rules._engine.absent import absent
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.queues import Route, routes

CODE = "CS213"
NAME = "route-matches-nothing"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Patterns in ``task_routes`` of the project's own package that no task's name fits."""
    for route in routes(project):
        why = _why(project, route)
        if why is not None:
            yield finding(
                route.module,
                route.node,
                (CODE, NAME),
                f"no task fits the route {route.pattern!r}, so what it was for goes to the default queue: {why}",
            )


def _why(project: Project, route: Route) -> str | None:
    """Why no task fits; None if one does, or may."""
    pattern = route.pattern
    if not any(c in pattern for c in "*?["):
        missing = absent(project, pattern)
        if missing is None:
            return None
        return missing.why + (f"; did you mean {missing.nearest!r}?" if missing.nearest else "")
    names = project.names()
    tasks = [task for _, task in project.tasks()]
    if not names or not project.sees_all() or any(project.name_of(t) is None for t in tasks):
        return None
    first = pattern.partition(".")[0]
    if any(fnmatch.fnmatch(name, pattern) for name in names) or any(c in first for c in "*?["):
        return None
    # A folder above may be part of one name and not of the other.
    if any(fnmatch.fnmatch(f"{name}", f"*.{pattern}") for name in names):
        return None
    is_own = any(name.partition(".")[0] == first for name in names)
    return f"the names of {first}'s tasks are others" if is_own else None
