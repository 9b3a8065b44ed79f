"""A finding that holds for a whole project is reported once."""

from __future__ import annotations

from lint_rules._engine.facts import Finding
from lint_rules._engine.policy import once


def findings(count: int) -> list[Finding]:
    return [Finding("a.py", n, 1, n, 2, "CS110", "x", "no limit") for n in range(count, 0, -1)]


def test_what_nearly_all_have_is_one_finding_at_the_first_place() -> None:
    (one,) = once(findings(8), 10)
    assert (one.line, one.message) == (1, "no limit (8 of 10 tasks in this project, reported once)")


def test_what_some_have_is_reported_for_each() -> None:
    assert len(once(findings(7), 10)) == 7


def test_a_few_are_reported_for_each() -> None:
    assert len(once(findings(5), 5)) == 5
    assert len(once(findings(6), 6)) == 1


def test_none_are_none() -> None:
    assert once([], 0) == []
