"""CS706 type-narrowed: messages in flight have values that the new code does not expect."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.compare import Comparison, Pair
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding
from lint_rules._engine.shapes import Shapes, lost

CODE = "CS706"
NAME = "type-narrowed"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Parameters whose annotation admits less than it did."""
    compared = project.compared
    if compared is None:
        return
    shapes = Shapes(compared.before), Shapes(compared.now)
    for pair in compared.pairs:
        for name, parameter in pair.new.parameters.items():
            before = pair.old.parameters.get(name)
            if before is None or before.annotation is None or parameter.annotation is None:
                continue
            gone = lost(
                shapes[0].of(before.annotation, pair.old.module),
                shapes[1].of(parameter.annotation, pair.new.module),
            )
            if gone:
                yield _narrowed(compared, pair, name, parameter, " or ".join(gone))
            elif pair.is_pydantic:
                yield from _fields(compared, pair, name, shapes)


def _narrowed(
    compared: Comparison, pair: Pair, name: str, parameter: ast.arg, gone: str
) -> Finding:
    return finding(
        pair.new.module,
        parameter,
        (CODE, NAME),
        f"parameter {name} of task {pair.new.name or pair.new.task.name} does not take "
        f"{gone} any more, as it did at {compared.label}: an old "
        "message that a new worker gets may have it, and Celery raises nothing, so the "
        "task fails later or does something else; deploy in two steps: first send the new "
        "type and take both, then take only the new one when no old message is left",
    )


def _fields(
    compared: Comparison, pair: Pair, name: str, shapes: tuple[Shapes, Shapes]
) -> Iterator[Finding]:
    """Fields of a model that the worker validates: ``pydantic=True``."""
    annotations = [c.parameters[name].annotation for c in (pair.old, pair.new)]
    if annotations[0] is None or annotations[1] is None:
        return
    old = shapes[0].fields(annotations[0], pair.old.module)
    new = shapes[1].fields(annotations[1], pair.new.module)
    for field, (types, is_required) in new.items():
        was = old.get(field)
        gone = lost(was[0], types) if was is not None else []
        if not old or not (gone or (is_required and (was is None or not was[1]))):
            continue
        what = f"does not take {' or '.join(gone)} any more" if gone else "is required now"
        yield finding(
            pair.new.module,
            pair.new.parameters[name],
            (CODE, NAME),
            f"field {field} of parameter {name} of task {pair.new.name or pair.new.task.name} {what}, "
            f"since {compared.label}: an old message that a new worker gets may not fit, and fails with "
            '"ValidationError" of pydantic; deploy in two steps: first with a default and both types and '
            "the workers before the senders, then without them when no old message is left",
        )
