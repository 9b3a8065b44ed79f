"""CS704 parameter-removed-renamed-or-moved: messages in flight do not fit, or mean something else."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.compare import Pair
from lint_rules._engine.contracts import first_error
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS704"
NAME = "parameter-removed-renamed-or-moved"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Parameters that old messages give and that are gone, have another name or another position."""
    if project.compared is None:
        return
    for pair in project.compared.pairs:
        what = [] if pair.has_same_parameters else [*_lost(pair), *_moved(pair)]
        old, new = pair.old, pair.new
        swallowed = [n for n in old.parameters if n not in new.parameters]
        if not what and swallowed and project.compared.failing_send(pair):
            # `**kwargs` takes it by keyword alone, and a send gives it by position.
            what = [f"parameter {name} is gone" for name in swallowed]
        if not what:
            continue
        error = first_error(new, [*old.messages(everything=True), *old.extra_messages()])
        back = first_error(old, [*new.messages(everything=True)])
        fails = (
            f'fails with "{error}"'
            if error
            else "raises nothing and has values in the wrong parameters"
        )
        yield finding(
            new.module,
            new.module.definition_span(new.task.function),
            (CODE, NAME),
            f"task {new.name or new.task.name} has changed since {project.compared.label}: "
            f"{', '.join(what)}; an old message that a new worker gets {fails}"
            + (f', a new message that an old worker gets fails with "{back}"' if back else "")
            + "; deploy in two steps: first add what is new at the end with a default and keep what "
            "is old, then remove it when no old message is left",
        )


def _lost(pair: Pair) -> Iterator[str]:
    old, new = pair.old, pair.new
    for before, after in pair.renamed.items():
        yield f"parameter {before} is {after} now"
    for name in old.parameters:
        if name not in new.parameters and name not in pair.renamed and not new.takes_any_keyword:
            yield f"parameter {name} is gone"
        only_keyword = name in old.order and name in new.parameters and name not in new.order
        if only_keyword and not new.takes_any_position:
            yield f"parameter {name} is only given by keyword"
        if name in new.only_positional - old.only_positional:
            yield f"parameter {name} is only given by position"
    if old.takes_any_position and not new.takes_any_position:
        yield "*args is gone"
    if old.takes_any_keyword and not new.takes_any_keyword:
        yield "**kwargs is gone"


def _moved(pair: Pair) -> Iterator[str]:
    """What a message gives by position and the new worker takes for another parameter."""
    old, new = pair.old, pair.new
    if set(new.required) - set(old.parameters) - set(pair.renamed.values()):
        return  # those messages fail: CS703
    for at, name in enumerate(old.order):
        there = new.order.index(name) if name in new.order else at
        if there != at:
            yield f"parameter {name} is at position {there + 1} instead of {at + 1}"
