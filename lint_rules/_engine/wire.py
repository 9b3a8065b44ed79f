"""How a task's messages travel: the serializer, what workers accept, and the queue."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.contracts import Contract
from lint_rules._engine.facts import Setting
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project

#: Kombu's own serializers.
CONTENT_TYPES = {
    "json": "application/json",
    "pickle": "application/x-python-serialize",
    "yaml": "application/x-yaml",
    "msgpack": "application/x-msgpack",
}


def settings_of(project: Project, name: str) -> list[tuple[Module, Setting]]:
    """Every place that sets it."""
    return [*conf.settings(project, name)]


def literal(node: ast.expr) -> object:
    """The value of a literal; ``...`` for anything else."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def setting(project: Project, name: str, default: object) -> object:
    """The value that all places agree on; ``...`` if they do not, or it cannot be seen."""
    values = [literal(s.value) for _, s in settings_of(project, name)]
    if not values:
        return default
    return values[0] if all(v == values[0] for v in values) else ...


def serializer(project: Project, contract: Contract) -> object:
    """The serializer of a task's messages; ``...`` if it cannot be seen."""
    written = contract.task.options.get("serializer")
    if written is not None:
        return literal(written.value)
    if contract.task.has_unknown_options:
        return ...
    return setting(project, "task_serializer", "json")


def refusal(project: Project, name: object) -> str | None:
    """What a worker raises that does not accept the serializer; None if it may accept it."""
    accepted = setting(project, "accept_content", ["json"])
    if not isinstance(name, str) or not isinstance(accepted, list | tuple | set):
        return None
    content_type = CONTENT_TYPES.get(name)
    if content_type is None or {name, content_type} & set(map(str, accepted)):
        return None
    return (
        "ContentDisallowed: Refusing to deserialize untrusted content of type "
        f"{name} ({content_type})"
    )


def routes(project: Project) -> Iterator[tuple[Module, ast.expr, str, object]]:
    """The entries of ``task_routes`` that name a queue: file, place, task or pattern, queue."""
    for module, one in settings_of(project, "task_routes"):
        if not isinstance(one.value, ast.Dict):
            continue
        for key, value in zip(one.value.keys, one.value.values, strict=True):
            name = literal(key) if key is not None else ...
            target = literal(value)
            queue = target.get("queue", ...) if isinstance(target, dict) else target
            if key is not None and isinstance(name, str) and isinstance(queue, str):
                yield module, key, name, queue
