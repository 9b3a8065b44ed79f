"""CS604 random-schedule: each start of beat draws another time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.facts import Finding
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS604"
NAME = "random-schedule"
PRESET = "default"

#: Functions that draw, unlike the methods of a ``random.Random`` that has a seed.
_DRAWS = frozenset(
    {
        "random.betavariate", "random.choice", "random.choices", "random.expovariate",
        "random.gauss", "random.getrandbits", "random.normalvariate", "random.randint",
        "random.random", "random.randrange", "random.sample", "random.triangular",
        "random.uniform", "secrets.choice", "secrets.randbelow", "secrets.randbits",
        "uuid.uuid1", "uuid.uuid4",
    }
)  # fmt: skip
_DEEPEST = 4


def check(project: Project) -> Iterator[Finding]:
    """Schedules of beat entries that a random number is in."""
    for module, entry in project.beat_entries():
        if entry.schedule is None:
            continue
        draw = _draw(project, Place(entry.schedule, entry.scope, module))
        if draw is not None:
            yield _finding(module, entry, draw)


def _finding(module: Module, entry: BeatEntry, draw: str) -> Finding:
    name = f" of {entry.name!r}" if entry.name else ""
    return finding(
        module,
        entry.schedule or entry.node,
        (CODE, NAME),
        f"the schedule{name} is drawn by {draw} again at each start of beat, so a deploy may skip "
        "a run or repeat it; take a fixed time, or one computed from a fixed text",
    )


def _draw(
    project: Project, place: Place, depth: int = 0, seen: set[int] | None = None
) -> str | None:
    """The function that draws in an expression, or in what its names stand for, each asked once."""
    seen = set() if seen is None else seen
    for node in ast.walk(place.node):
        if isinstance(node, ast.Call):
            origin = project.lookup.find(Place(node.func, place.scope, place.module)).origin
            if origin in _DRAWS:
                return origin
        elif isinstance(node, ast.Name) and depth < _DEEPEST:
            for value in project.lookup.find(Place(node, place.scope, place.module)).values:
                if id(value.node) in seen:
                    continue
                seen.add(id(value.node))
                found = _draw(project, value, depth + 1, seen)
                if found is not None:
                    return found
    return None
