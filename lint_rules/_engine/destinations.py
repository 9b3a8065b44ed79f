"""The queue that each task of a project goes to, and what says so."""

from __future__ import annotations

import ast
import fnmatch
from dataclasses import dataclass

from lint_rules._engine import wire
from lint_rules._engine.constants import text
from lint_rules._engine.contracts import Contract
from lint_rules._engine.lookup import Place
from lint_rules._engine.project import Project
from lint_rules._engine.queues import Route, routes


@dataclass(frozen=True, eq=False)
class Destination:
    """A queue, ``...`` if it cannot be seen.

    ``how`` is option (of the task or its base class), route or default; ``route`` is the one.
    """

    queue: object
    how: str
    route: Route | None = None


class Destinations:
    """Those of one revision of a project, found as Celery does: options win over routes."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.default = wire.setting(project, "task_default_queue", "celery")
        self._routes = list(routes(project))
        tables = wire.settings_of(project, "task_routes")
        # A router that is a function, or a part that is computed, may send anything anywhere.
        self._is_known = all(
            isinstance(s.value, ast.Dict) and None not in s.value.keys for _, s in tables
        )

    def of(self, contract: Contract) -> Destination:
        """Where the messages of a task go if their send says nothing."""
        queue = wire.option(self._project, contract, "queue")
        if queue is not None:
            return Destination(queue if isinstance(queue, str) else ..., "option")
        if not self._is_known or contract.name is None:
            return Destination(..., "route")
        found = self.route(contract.name)
        if found is not None:
            return Destination(self.queue_of(found), "route", found)
        return Destination(self.default, "default")

    def route(self, name: str) -> Route | None:
        """The route of a task: by its name, else the first pattern that fits."""
        exact = [r for r in self._routes if r.pattern == name]
        fits = (
            r for r in self._routes if "*" in r.pattern and fnmatch.fnmatchcase(name, r.pattern)
        )
        return exact[0] if exact else next(fits, None)

    def queue_of(self, route: Route) -> object:
        """The queue of a route, ``...`` if it names none or cannot be seen."""
        if route.queue is None:
            return ...
        place = Place(route.queue, route.module.scope, route.module)
        return text(self._project.lookup, place) or ...

    def by_pattern(self) -> dict[str, Route]:
        """Every route that is written out."""
        return {route.pattern: route for route in reversed(self._routes)}
