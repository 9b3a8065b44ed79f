"""How a task's messages travel: the serializer, and what workers accept."""

from __future__ import annotations

import ast

from lint_rules._engine import conf
from lint_rules._engine.constants import text
from lint_rules._engine.contracts import Contract
from lint_rules._engine.facts import Setting
from lint_rules._engine.lookup import Place
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
    return list(conf.settings(project, name))


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
    written = option(project, contract, "serializer")
    return setting(project, "task_serializer", "json") if written is None else written


def option(project: Project, contract: Contract, name: str) -> object:
    """An option of a task or its base class: None without one, ``...`` if it cannot be seen."""
    given = contract.task.option(name)
    if given is None:
        return ... if contract.task.has_unknown_options else None
    place = Place(given, contract.module.scope, contract.module)
    return text(project.lookup, place) or literal(given)


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
