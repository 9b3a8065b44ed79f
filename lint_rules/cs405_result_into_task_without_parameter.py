"""CS405 result-into-task-without-parameter: a chain hands on a result that the task does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.canvas import canvases, chord_bodies
from lint_rules._engine.facts import Edit, Finding, Fix, arguments
from lint_rules._engine.lookup import Place
from lint_rules._engine.project import Project, finding
from lint_rules._engine.signatures import Given, given, has_known_parameters, joined, misfit

CODE = "CS405"
NAME = "result-into-task-without-parameter"
PRESET = "default"

_FROM = {
    "chain": "the result of the task before it",
    "chord": "the list of results",
    "link": "the result of the task",
}


def check(project: Project) -> Iterator[Finding]:
    """``chain(a.s(), b.s())`` where ``b`` takes no argument, or not that one too."""
    for canvas in canvases(project):
        for place in canvas.fed:
            yield from _check(project, place, canvas.kind)
    for _, place in chord_bodies(project):
        yield from _check(project, place, "chord")


def _check(project: Project, place: Place, kind: str) -> Iterator[Finding]:
    target = project.target_at(place)
    if target.kind != "signature" or len(target.calls) != 1 or len(target.tasks) != 1:
        return
    task, maker = target.calls[0]
    call = given(arguments(maker))
    func = maker.func
    assert isinstance(func, ast.Attribute)
    if func.attr != "s" or call is None or not has_known_parameters(task, project.keeps_parameters):
        return
    if "immutable" in ast.unparse(place.node) or misfit(task, call, partial=True):
        return  # gets nothing, or is another rule's finding
    wrong = misfit(task, joined(call, Given(1, ())))
    if wrong is None:
        return
    module = place.module
    span = module.span(func)
    edit = Edit(span.end_line, span.end_column - 1, span.end_line, span.end_column, "si")
    is_here = maker is place.node and misfit(task, call) is None
    yield finding(
        module,
        place.node,
        (CODE, NAME),
        f"task {task.name} gets {_FROM[kind]} as its first argument here, and does not take it: "
        f"{wrong}" + ("; write .si(...)" if misfit(task, call) is None else ""),
        Fix("unsafe", "write .si", (edit,)) if is_here else None,
    )
