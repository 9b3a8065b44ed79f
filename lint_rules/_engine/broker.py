"""Which broker a project uses, and after how long it hands out again what is not acknowledged."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine import conf
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project
from lint_rules._engine.seconds import seconds

_REDIS = re.compile(r"redis|\bvalkey", re.IGNORECASE)
_SQS = re.compile(r"\bsqs\b", re.IGNORECASE)
#: Brokers that redeliver only when a connection is lost, and those that this does not know.
_OTHER = re.compile(r"amqp|rabbit|kafka|gcpubsub|mongodb|sqla\+|embedded", re.IGNORECASE)
#: Seconds that kombu's transports wait by default (``visibility_timeout``).
_DEFAULTS = {"Redis": 3600.0, "SQS": 1800.0}
_FOLLOW = 3


@dataclass(frozen=True)
class Visibility:
    """The visibility timeout in seconds; ``is_written`` tells that it is not the broker's default."""

    broker: str
    seconds: float
    is_written: bool

    def __str__(self) -> str:
        written = "visibility_timeout" if self.is_written else "default visibility_timeout"
        return f"{self.broker}'s {written} of {self.seconds:g} s"


def visibility(project: Project) -> Visibility | None:
    """The longest visibility timeout of a project whose broker is Redis or SQS; None if not seen."""
    broker = _broker(project)
    if broker is None:
        return None
    found: list[float] = []
    for module, setting in conf.settings(project, "broker_transport_options"):
        for value in _values(module, setting.value):
            if not isinstance(value, ast.Dict):
                return None
            found += _written(project, module, value)
    if -1 in found or (not found and any("visibility_timeout" in m.text for m in project.modules)):
        return None
    return (
        Visibility(broker, max(found), True)
        if found
        else Visibility(broker, _DEFAULTS[broker], False)
    )


def _written(project: Project, module: Module, options: ast.Dict) -> Iterator[float]:
    """Its visibility timeout; -1 if there may be one that cannot be seen."""
    for key, value in zip(options.keys, options.values, strict=True):
        if key is None:
            yield -1
        elif isinstance(key, ast.Constant) and key.value == "visibility_timeout":
            known = seconds(module, value, lookup=project.lookup)
            yield -1 if known is None else known


def _broker(project: Project) -> str | None:
    """``Redis`` or ``SQS``, if nothing says that it may be another."""
    text = "\n".join(_urls(project))
    if _OTHER.search(text):
        return None
    if _REDIS.search(text):
        return "Redis"
    return "SQS" if _SQS.search(text) else None


def _urls(project: Project) -> Iterator[str]:
    """The code of all broker URLs, with the constants in it."""
    names = ("broker_url", "broker_read_url", "broker_transport")
    for module, setting in conf.settings(project, *names):
        yield from _code(module, setting.value)


def _code(module: Module, node: ast.expr, depth: int = _FOLLOW) -> Iterator[str]:
    yield ast.unparse(node)
    for part in ast.walk(node) if depth else ():
        if isinstance(part, ast.Name):
            for value in module.values_of(part.id):
                if value is not node:
                    yield from _code(module, value, depth - 1)


def _values(module: Module, node: ast.expr) -> Iterator[ast.expr]:
    """The value itself, or what a constant of the file holds; ``dict(a=1)`` as a dictionary."""
    if isinstance(node, ast.Name) and module.values_of(node.id):
        for value in module.values_of(node.id):
            yield from _values(module, value) if value is not node else (node,)
    elif isinstance(node, ast.Call) and dotted(node.func) == ("dict",) and not node.args:
        keys: list[ast.expr | None] = [
            ast.Constant(k.arg) if k.arg else None for k in node.keywords
        ]
        yield ast.Dict(keys, [k.value for k in node.keywords])
    else:
        yield node
