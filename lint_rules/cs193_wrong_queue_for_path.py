"""CS193 wrong-queue-for-path: the house has a queue of its own for the tasks of some files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lint_rules._engine.constants import text
from lint_rules._engine.facts import Finding
from lint_rules._engine.files import excluder
from lint_rules._engine.lookup import Place
from lint_rules._engine.project import Project, finding

CODE = "CS193"
NAME = "wrong-queue-for-path"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Tasks in the files of ``house.queues-by-path`` with another queue, or with none."""
    house = project.house
    for pattern, queues in house.queues_by_path.items():
        fits = excluder([pattern], house.root)
        wanted = " or ".join(f'queue="{queue}"' for queue in queues)
        for module, task in project.tasks():
            if task.has_unknown_options or not fits(Path(module.path)):
                continue
            value = task.option("queue")
            option = task.options.get("queue")
            queue = text(project.lookup, Place(value, module.scope, module)) if value else ""
            if queue is None or queue in queues:
                continue
            yield finding(
                module,
                option.node if option else module.decorator_span(task.decorator),
                (CODE, NAME),
                f"task {task.name} is in a file of {pattern!r}, for which the house rules want {wanted}",
            )
