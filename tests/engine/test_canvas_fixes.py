"""The fixes of the canvas rules leave code without the finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine import fix
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

HEAD = """\
from celery import chain, chord, group, shared_task
@shared_task(name="a")
def a(x): pass
@shared_task(name="b")
def b(): pass
"""


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("CS404", "group(a.delay(1), a.s(2))", "group(a.s(1), a.s(2))"),
        ("CS404", "group(a.delay(é) for é in [])", "group(a.s(é) for é in [])"),
        ("CS404", "chain(a(1), a.s())", "chain(a.s(1), a.s())"),
        ("CS404", "chord([a.s(1)])(a)", "chord([a.s(1)])(a.s())"),
        ("CS405", "chain(a.s(1), b.s())", "chain(a.s(1), b.si())"),
        ("CS405", "chain(a.s(1), a.s(2))", "chain(a.s(1), a.si(2))"),
        ("CS405", "a.s(1) | b.s()", "a.s(1) | b.si()"),
    ],
)
def test_a_fix(tmp_path: Path, code: str, before: str, after: str) -> None:
    rules = [rule for rule in all_rules() if rule.code == code]
    path = tmp_path / "tasks.py"
    path.write_text(f"{HEAD}def f():\n    {before}\n", encoding="utf-8")
    (found,) = check_paths([path], Config(), rules).findings
    assert found.fix is not None
    assert found.fix.applicability == fix.UNSAFE
    path.write_text(fix.apply(path.read_text(encoding="utf-8"), found.fix.edits), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{HEAD}def f():\n    {after}\n"
    assert not check_paths([path], Config(), rules).findings


def test_no_fix_where_nothing_written_would_fit(tmp_path: Path) -> None:
    rules = [rule for rule in all_rules() if rule.code == "CS405"]
    path = tmp_path / "tasks.py"
    path.write_text(f"{HEAD}def f():\n    chain(a.s(1), a.s(x=2))\n")
    (found,) = check_paths([path], Config(), rules).findings
    assert found.fix is not None  # a(x=2) fits alone
    path.write_text(f"{HEAD}def f():\n    last = b.s()\n    chain(a.s(1), last)\n")
    (found,) = check_paths([path], Config(), rules).findings
    assert found.fix is None  # it may be used elsewhere too
