"""CS191 banned-dispatch: the house sends tasks in another way."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS191"
NAME = "banned-dispatch"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Sends by a method of ``house.banned-dispatch``, outside the file that sends for all."""
    house = project.house
    through = project.definition(house.dispatch_through) if house.dispatch_through else None
    advice = f"call {house.dispatch_through}" if house.dispatch_through else "send it another way"
    for module, send in project.sends():
        if send.method not in house.banned_dispatch or (through and through[0] is module):
            continue
        if send.method == "send_task" or project.target(send).kind != "unknown":
            yield finding(
                module,
                send.call.func,
                (CODE, NAME),
                f"the house rules ban {send.receiver_text}.{send.method}(); {advice}",
            )
    for module, passed, target in project.passed():
        is_there = through is not None and through[0] is module
        is_banned = passed.node.attr in house.banned_dispatch and target.kind != "unknown"
        if is_banned and not is_there:
            yield finding(
                module,
                passed.node,
                (CODE, NAME),
                f"the house rules ban {module.code(passed.node)}, here handed over; {advice}",
            )
