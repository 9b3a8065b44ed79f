"""CS112 removed-import: Celery no longer has what is imported, so the program does not start."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.celery_facts.removed_imports import MODULES, NAMES, Removed
from lint_rules._engine.facts import Edit, Finding, Fix
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS112"
NAME = "removed-import"
PRESET = "default"

Import = ast.Import | ast.ImportFrom


def check(project: Project) -> Iterator[Finding]:
    """Imports of what newer versions of Celery do not have, where no older one is asked for."""
    imports = [(m, node) for m in project.modules for node in m.celery_imports]
    gone = [(m, n, found) for m, n in imports for found in _removed(n)]
    for module, node, (alias, name, removed) in gone:
        major, minor = map(int, removed.since.split("."))
        if project.celery.is_surely_before((major, minor)):
            continue
        advice = f"import {removed.instead}" if removed.instead else removed.advice
        yield finding(
            module,
            node if len(node.names) == 1 else alias,
            (CODE, NAME),
            f"{name} is gone since Celery {removed.since}, so the import fails"
            + (f"; {advice}" if advice else ""),
            _fix(module, node, alias, removed),
        )


def _removed(node: Import) -> Iterator[tuple[ast.alias, str, Removed]]:
    """What of an import is gone: the name itself, or a module above it."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            name = f"{base}.{alias.name}"
            named = NAMES.get(name)
        else:
            base, name, named = alias.name, alias.name, None
        while named is None and base:
            named = MODULES.get(base)
            if named is not None and named.instead and isinstance(node, ast.ImportFrom):
                named = Removed(named.since, f"{named.instead}{name.removeprefix(base)}")
            base = base.rpartition(".")[0]
        if named is not None:
            yield alias, name, named


def _fix(module: Module, node: Import, alias: ast.alias, removed: Removed) -> Fix | None:
    """The new import in place of the old, under the name that the file uses."""
    if not removed.instead or isinstance(node, ast.Import) or len(node.names) > 1:
        return None
    base, _, name = removed.instead.rpartition(".")
    used = alias.asname or alias.name
    content = f"from {base} import {name}" + (f" as {used}" if used != name else "")
    span = module.span(node)
    edit = Edit(span.line, span.column, span.end_line, span.end_column, content)
    return Fix("safe", f"write {content}", (edit,))
