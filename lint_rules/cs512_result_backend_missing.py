"""CS512 result-backend-missing: results are read, and nothing keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.waits import waits

CODE = "CS512"
NAME = "result-backend-missing"
PRESET = "strict"


_MESSAGE = (
    "no result_backend is set, so asking for the result raises an error; set one, or do not ask"
)
_READS = re.compile(r"\.(?:get|wait|ready|successful)\(")


def check(project: Project) -> Iterator[Finding]:
    """Sends whose result is asked for at once, in projects that set no ``result_backend``."""
    if not conf.is_seen(project) or not any(project.app_calls()):
        return
    if any(conf.settings(project, "result_backend", "task_always_eager")):
        return
    if any(load.target != "django.conf:settings" for load in project.config_loads()):
        return
    for module, send in project.sends():
        if send.method not in ("delay", "apply_async") or conf.is_for_tests(
            module, only_tests=True
        ):
            continue
        if project.task_of(send) is None:
            continue
        span = module.span(send.call)
        rest = module.lines[span.end_line - 1][span.end_column - 1 :]
        if _READS.match(rest):
            yield finding(module, send.call, (CODE, NAME), _MESSAGE)
    for wait in waits(project):
        sent = wait.send
        is_by_name = sent is not None and sent is not getattr(wait.site.call.func, "value", None)
        if is_by_name and not conf.is_for_tests(wait.module, only_tests=True):
            yield finding(wait.module, wait.site.call, (CODE, NAME), _MESSAGE)
