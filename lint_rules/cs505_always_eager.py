"""CS505 always-eager: tasks run inside the request that sends them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS505"
NAME = "always-eager"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """``task_always_eager = True`` that stands under no condition, in a file that is not for tests."""
    for module, setting in conf.settings(project, "task_always_eager"):
        node = setting.node
        is_loose = isinstance(node, ast.keyword | ast.Constant) or node.col_offset == 0
        if setting.is_module_level and module.lines[node.lineno - 1][:1].isspace():
            continue  # in a branch
        if is_loose and conf.is_true(setting.value) and not conf.is_for_tests(module):
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"{setting.written} = True runs every task in the process that sends it: no "
                "worker, no retry later, no time limit; set it for tests only",
            )
