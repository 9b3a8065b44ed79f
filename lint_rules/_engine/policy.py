"""Findings of a policy: what holds for a whole project is said once, with a count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lint_rules._engine.facts import Finding

#: From this share of the cases on, and more than so many of them, it is the project's way.
SHARE = 0.8
MORE_THAN = 5


def once(findings: Iterable[Finding], total: int, noun: str = "tasks") -> list[Finding]:
    """The findings, or the first alone with a count where (nearly) the whole project has them.

    Args:
        findings: one for each case that is against the policy.
        total: how many cases the project has, those in order included.
        noun: what they are, in the plural.
    """
    found = sorted(findings)
    if len(found) <= MORE_THAN or len(found) < SHARE * total:
        return found
    count = f"{len(found)} of {total} {noun} in this project, reported once"
    return [replace(found[0], message=f"{found[0].message} ({count})", fix=None)]
