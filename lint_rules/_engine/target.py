"""What a send is for, as far as it shows."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from lint_rules._engine.facts import Task


@dataclass(frozen=True, eq=False)
class Target:
    """What a send is for.

    ``kind`` is task (the receiver is the task itself), signature, canvas, name (of ``send_task``),
    or unknown; ``why`` says why it is unknown, or which part of it is.
    ``ends`` are the tasks whose results are the result of all.
    ``calls`` are the calls that made the signatures, each with the task that it is of.
    """

    kind: str = "unknown"
    tasks: tuple[Task, ...] = ()
    why: str = ""
    calls: tuple[tuple[Task, ast.Call], ...] = ()
    ends: tuple[Task, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether each task that it may be for is known."""
        return self.kind != "unknown" and not self.why


def together(found: Iterable[Target]) -> Target:
    """One target of all that are possible."""
    every = [target for target in found if target.kind != "nothing"]
    if len(every) == 1:
        return every[0]
    kinds = {target.kind for target in every}
    whys = [target.why for target in every if target.why]
    tasks = {id(task): task for target in every for task in target.tasks}
    if not every or "unknown" in kinds:
        why = whys[0] if whys else "receiver is None"
        return Target("unknown", tuple(tasks.values()), why)
    kind = kinds.pop() if len(kinds) == 1 else "canvas"
    calls = {id(call[1]): call for target in every for call in target.calls}
    ends = {id(task): task for target in every for task in target.ends}
    return Target(
        kind,
        tuple(tasks.values()),
        whys[0] if whys else "",
        tuple(calls.values()),
        tuple(ends.values()),
    )
