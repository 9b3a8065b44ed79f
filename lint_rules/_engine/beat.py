"""What the engine knows about an entry of a beat schedule."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lint_rules._engine.facts import Function, Ref
from lint_rules._engine.names import Scope


@dataclass(frozen=True, eq=False)
class BeatEntry:
    """One line of a beat schedule.

    Attributes:
        name: its key, or None if that is not written out.
        task: what is sent: a name, or the signature of ``add_periodic_task``.
        task_ref: what ``task``, or the receiver of its ``.s()``, refers to.
        fields: every value that is written out, by its key.
        keys: the keys of a dictionary, as they stand; None for ``**``.
        node: the dictionary, or the call of ``add_periodic_task``.
        table: the name of what it is put into, ``CELERY_BEAT_SCHEDULE`` or ``app.conf.beat_schedule``.
        table_ref: what ``table`` refers to.
        scope: the names that it sees.
        inside: the innermost function around it.
        is_in_tuple: whether it stands alone in a tuple, ``({...},)``.
    """

    name: str | None
    task: ast.expr | None
    task_ref: Ref
    fields: dict[str, ast.expr]
    keys: tuple[ast.expr | None, ...]
    node: ast.expr
    table: str
    table_ref: Ref
    scope: Scope
    inside: Function | None = None
    is_in_tuple: bool = False

    @property
    def schedule(self) -> ast.expr | None:
        """When it is due."""
        return self.fields.get("schedule")

    @property
    def args(self) -> ast.expr | None:
        """The positional arguments of the task."""
        return self.fields.get("args")

    @property
    def kwargs(self) -> ast.expr | None:
        """The keyword arguments of the task."""
        return self.fields.get("kwargs")

    @property
    def options(self) -> ast.expr | None:
        """What ``apply_async`` gets beside the arguments."""
        return self.fields.get("options")
