"""CS116 invalid-rate-limit: the worker cannot read it, and fails when it starts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS116"
NAME = "invalid-rate-limit"
PRESET = "default"

#: ``100``, ``100/s``, ``0.5/m``, ``10/h``; celery.utils.time.rate reads no other.
_RATE = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(/[smh]?)?")
_UNITS = {"sec": "s", "min": "m", "hou": "h"}


def check(project: Project) -> Iterator[Finding]:
    """Rates that are written out, of a task or in the settings."""
    for module, task in project.tasks():
        rate = task.option("rate_limit")
        if rate is not None and (why := _wrong(rate)):
            place = task.options["rate_limit"].value if "rate_limit" in task.options else None
            where = place or module.decorator_span(task.decorator)
            yield finding(module, where, (CODE, NAME), f"task {task.name}: {why}")
    for module, setting in conf.settings(project, "task_default_rate_limit"):
        if why := _wrong(setting.value):
            yield finding(module, setting.value, (CODE, NAME), why)


def _wrong(node: ast.expr) -> str | None:
    """What is wrong with a rate; None if nothing is, or if it is not written out."""
    rate = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(rate, str) or not rate or _RATE.fullmatch(rate):
        return None
    count, _, unit = rate.partition("/")
    right = _UNITS.get(unit.strip().lower()[:3]) or (unit.strip().lower() or "?")[0]
    is_near = right in "smh" and count.strip().isdigit()
    advice = (
        f'write "{count.strip()}/{right}"' if is_near else 'write a number per s, m or h, as "10/m"'
    )
    return f"no worker starts with the rate limit {rate!r}, since Celery cannot read it; {advice}"
