"""Functions that another file connects to a signal about a row, as ``ready()`` of an app does."""

from __future__ import annotations

import ast
import re

from lint_rules._engine import unsaved
from lint_rules._engine.lookup import Place
from lint_rules._engine.project import Project

_CONNECTS = re.compile(rb"\b(?:(?:pre|post)_(?:save|delete)|m2m_changed)\.connect\(")


def connected(project: Project) -> dict[int, str]:
    """Those of all files, with the name of the signal; most of these files say nothing of Celery."""
    modules = [m for m in project.modules if _CONNECTS.search(m.text.encode())]
    found: dict[int, str] = {}
    for module in (*modules, *project.others_with(_CONNECTS, b".connect(")):
        for statement in module.statements:
            func, given = statement.call.func, statement.call
            if not isinstance(func, ast.Attribute) or func.attr != "connect":
                continue
            signal = unsaved.signal(func.value)
            named = next((k.value for k in given.keywords if k.arg == "receiver"), None)
            node = given.args[0] if given.args else named
            if signal is not None and isinstance(node, ast.Name | ast.Attribute):
                place = Place(node, statement.scope, module)
                function = project.lookup.find(place).function
                if function is not None:
                    found[id(function)] = signal
    return found
