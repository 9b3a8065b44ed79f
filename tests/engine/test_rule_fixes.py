"""The fixes of every rule, applied to its own cases: nothing to fix is left, and nothing is worse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.facts import Finding
from lint_rules._engine.fix import SAFE, UNSAFE, plan
from lint_rules._engine.rules import Rule, all_rules, check_paths

CASES = Path(__file__).resolve().parents[1] / "rules"
RULES = [rule for rule in all_rules() if not rule.runs_last]


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_fixed_cases_are_clean(rule: Rule) -> None:
    path = CASES / f"{rule.stem}.py"

    def lint(texts: Mapping[Path, str] | None = None) -> list[Finding]:
        return list(check_paths([path], Config(), [rule], texts).findings)

    before = lint()
    fixed, left = plan(before, frozenset({SAFE, UNSAFE}), lint)
    assert not left
    mended = [finding for finding in before if finding.fix]
    assert len(fixed) == (1 if mended else 0)
    for one in fixed:
        after = lint({path: one.after})
        assert not [finding for finding in after if finding.fix]
        assert len(after) == len(before) - len(mended)
