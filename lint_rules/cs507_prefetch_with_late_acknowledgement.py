"""CS507 prefetch-with-late-acknowledgement: short tasks wait in a worker behind a long one."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.literals import number
from lint_rules._engine.project import Project, finding

CODE = "CS507"
NAME = "prefetch-with-late-acknowledgement"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``task_acks_late`` for all tasks, with a prefetch multiplier of more than one, or none."""
    late = [
        (m, s)
        for m, s in conf.settings(project, "task_acks_late")
        if conf.is_true(s.value) and not conf.is_for_tests(m, only_tests=True)
    ]
    multipliers = [s.value for _, s in conf.settings(project, "worker_prefetch_multiplier")]
    numbers = [number(value) for value in multipliers]
    if not conf.is_seen(project) or any(n is None or n == 1 for n in numbers):
        return
    if any(conf.settings(project, "worker_disable_prefetch")):
        return
    for module, setting in late[:1]:
        yield finding(
            module,
            setting.node,
            (CODE, NAME),
            "each process of a worker holds four messages by default, so short tasks wait behind a "
            "long one while other workers are idle, and all four come back when it dies; write "
            "worker_prefetch_multiplier = 1",
        )
