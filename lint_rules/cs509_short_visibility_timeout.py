"""CS509 short-visibility-timeout: the broker gives out again what is still being worked on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.literals import number
from lint_rules._engine.project import Project, finding

CODE = "CS509"
NAME = "short-visibility-timeout"
PRESET = "default"

#: Seconds; less is shorter than the first countdown of most retries, and than many a run.
_SHORT = 60


def check(project: Project) -> Iterator[Finding]:
    """A ``visibility_timeout`` under a minute that is written out."""
    for module, setting in conf.settings(project, "broker_transport_options"):
        if not isinstance(setting.value, ast.Dict) or conf.is_for_tests(module, only_tests=True):
            continue
        for key, value in zip(setting.value.keys, setting.value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "visibility_timeout":
                seconds = number(value)
                if seconds is not None and seconds < _SHORT:
                    yield finding(
                        module,
                        value,
                        (CODE, NAME),
                        f"after {seconds:g} s the broker delivers again what waits for its "
                        "countdown or is acknowledged late, so it runs twice; write seconds "
                        "above the longest countdown, retry delay and run (3600 is the default)",
                    )
