"""Asks the rules, which may be anybody's: one that does not work is told, and stops no other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lint_rules._engine.findings import Finding
from lint_rules._engine.project import Project
from lint_rules._engine.registry import Rule

#: Is told of a rule that does not work, and why.
Fail = Callable[[Rule, str], None]


def found(rule: Rule, project: Project, fail: Fail) -> Iterator[Finding]:
    """What a rule finds, up to where it fails."""
    try:
        yield from map(rule.own, rule.check(project))
    # One that ends the process is no success either.
    except (Exception, SystemExit) as error:  # noqa: BLE001 (they are told, and not ours)
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        fail(rule, " ".join(f"{type(error).__name__} at {place}: {error}".split()))


def placed(
    findings: Iterable[Finding],
    lines: Mapping[str, Sequence[str]],
    rules: Iterable[Rule],
    fail: Fail,
) -> Iterator[Finding]:
    """The findings at places that there are, in ``lines`` of files."""
    by_code = {rule.code: rule for rule in rules}
    for one in findings:
        if one.path in lines and one.is_inside(lines[one.path]):
            yield one
        else:
            fail(by_code[one.code], f"{one.path}:{one.line} is no place of this run")
