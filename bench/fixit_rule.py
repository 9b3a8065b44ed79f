"""One rule for fixit: a task without a name, by the look of its decorator."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m
from fixit import LintRule

NAMES = m.Name("shared_task") | m.Attribute(attr=m.Name("task"))


class UnnamedTask(LintRule):
    MESSAGE = "UnnamedTask: the task has no name"

    def visit_Decorator(self, node: cst.Decorator) -> None:
        if m.matches(node.decorator, NAMES):
            self.report(node)
