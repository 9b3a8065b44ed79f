"""CS606 crontab-never-or-unevenly: the value is impossible, or its step does not do what it says."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Sequence

from lint_rules._engine.crontabs import FIELDS, STEP, Impossible, given, never, values
from lint_rules._engine.facts import Arg, Call, Finding
from lint_rules._engine.project import Project, finding

CODE = "CS606"
NAME = "crontab-never-or-unevenly"
PRESET = "default"

_ROUND = {"minute": (60, "hour"), "hour": (24, "day")}
_OTHERS = ("nowfun", "app")
_NOT_SEVEN = "; Sunday is 0"


def check(project: Project) -> Iterator[Finding]:
    """Values out of range, days that no month has, and steps that a round is no multiple of."""
    for module, call in project.calls_of("celery.schedules.crontab"):
        if module.is_test_file:
            continue  # compared with another, or asked when it is due
        for node, message in _wrong(call, project.arguments_of(module, call)):
            yield finding(module, node, (CODE, NAME), message)


def _wrong(call: Call, arguments: Sequence[Arg]) -> Iterator[tuple[ast.expr, str]]:
    fields = given(arguments)
    if fields is None:
        return
    for name in fields.keys() - {*FIELDS, *_OTHERS}:
        close = difflib.get_close_matches(name, FIELDS, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        yield fields[name], f"crontab raises TypeError: it has no parameter {name}{hint}"
        return
    known = {name: node for name, node in fields.items() if name in FIELDS}
    last: ast.expr = call.call
    field = ""
    try:
        for name, node in known.items():
            last, field = node, name
            values(name, node)
            step = _uneven(name, node)
            if step:
                yield node, step
    except Impossible as error:
        seven = _NOT_SEVEN if "day_of_week" in str(error) and str(error).endswith("not 7") else ""
        empty = isinstance(last, ast.Constant) and last.value == ""
        raised = "ParseException" if empty else "ValueError"
        yield last, f"{field}={ast.unparse(last)} raises {raised}: {error}{seven}"
        return
    why = never(known)
    if why:
        yield call.call, f"this crontab never fires, or raises ValueError: {why}"


def _uneven(name: str, node: ast.expr) -> str | None:
    """What ``*/45`` does, if the last gap of a round is far from the others."""
    text = node.value if isinstance(node, ast.Constant) else None
    match = STEP.match(text) if isinstance(text, str) else None
    if match is None or name not in _ROUND:
        return None
    step, (size, unit) = int(match[1]), _ROUND[name]
    if size % step == 0:
        return None
    fires = [*range(0, size, step)]
    gap = size - fires[-1]
    if len(fires) == 1:
        return f"{text!r} fires at {name} 0 of each {unit} alone, not every {step} {name}s"
    if step <= size / 2 and gap * 2 >= step:
        return None
    at = ", ".join(map(str, fires))
    return f"{text!r} fires at {name} {at} of each {unit}, so the last gap is {gap} and not {step}"
