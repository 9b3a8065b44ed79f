"""CS608 timezone-unset: the hours of crontabs are UTC, whatever the servers' clocks say."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.crontabs import given
from lint_rules._engine.facts import Finding, arguments
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS608"
NAME = "timezone-unset"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """The first crontab with an hour, if no setting of the project names a time zone."""
    if not conf.is_seen(project) or any(conf.settings(project, "timezone", "enable_utc")):
        return
    crontabs = {id(c.call) for _, c in project.calls_of("celery.schedules.crontab")}
    found = []
    for module, entry in project.beat_entries():
        schedule = entry.schedule
        if isinstance(schedule, ast.Call) and id(schedule) in crontabs:
            hour = (given(arguments(schedule)) or {}).get("hour")
            if hour is not None and not (isinstance(hour, ast.Constant) and "*" in str(hour.value)):
                message = (
                    "this hour is UTC, as no setting names a time zone; write timezone "
                    '(CELERY_TIMEZONE), "UTC" if that is meant'
                )
                found.append(finding(module, hour, (CODE, NAME), message))
    yield from once(found, len(found), "crontabs with an hour")
