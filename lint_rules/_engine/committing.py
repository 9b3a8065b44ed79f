"""Context managers of a project that commit what was written when their block ends."""

from __future__ import annotations

import ast
import re

from lint_rules._engine.kept import kept
from lint_rules._engine.names import dotted

_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
_EXITS = frozenset({"__exit__", "__aexit__"})
#: Methods of a session or a connection that write.
_WRITES = frozenset(
    {
        "add", "add_all", "delete", "merge", "flush", "insert", "update",
        "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings",
    }
)  # fmt: skip
#: Functions that write through the session they are given, and methods such as ``order.save(session)``.
_WRITERS = re.compile(
    r"(?:^|_)(?:save|create|insert|update|upsert|delete|remove|add|set|mark|store|write|register)(?:_|$)"
)


@kept
def commits(definition: ast.stmt) -> bool:
    """Whether a function or class is a context manager that calls ``commit()`` after its block."""
    if isinstance(definition, ast.ClassDef):
        return any(
            isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
            and method.name in _EXITS
            and _calls_commit(method)
            for method in definition.body
        )
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    names = [dotted(d) for d in definition.decorator_list]
    yields = any(isinstance(node, ast.Yield) for node in ast.walk(definition))
    return (
        yields
        and any(n is not None and n[-1] in _MANAGERS for n in names)
        and _calls_commit(definition)
    )


def writes(block: ast.With | ast.AsyncWith, held: str) -> bool:
    """Whether a block writes through the session or connection that it calls ``held``."""
    calls = [n for s in block.body for n in ast.walk(s) if isinstance(n, ast.Call)]
    return any(_writes(call, held) for call in calls)


def _writes(call: ast.Call, held: str) -> bool:
    parts = dotted(call.func) or ("",)
    if parts[0] == held:
        # Through itself, or what it holds: `uow.session.add(order)`.
        return len(parts) in (2, 3) and parts[-1] in _WRITES
    given = [*call.args, *(k.value for k in call.keywords)]
    is_given = any(isinstance(node, ast.Name) and node.id == held for node in given)
    return is_given and _WRITERS.search(parts[-1]) is not None


def _calls_commit(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        for node in ast.walk(function)
    )
