"""Whatever is in the files: no crash, findings inside their file, fixes that parse and stay."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.programs import program

from lint_rules._engine import fix, writing
from lint_rules._engine.config import Config
from lint_rules._engine.formats import render
from lint_rules._engine.module import Module
from lint_rules._engine.report import Result
from lint_rules._engine.rules import all_rules, check_paths
from lint_rules._engine.session import Session

RULES = all_rules()
CONFIG = Config(preset="strict")
KINDS = frozenset({fix.SAFE, fix.UNSAFE})
PROGRAMS = st.randoms(use_true_random=False).map(program)
PROJECTS = st.fixed_dictionaries(
    {"shop/tasks.py": PROGRAMS, "shop/views.py": PROGRAMS},
    optional={"shop/__init__.py": PROGRAMS, "settings.py": PROGRAMS},
)
bounded = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def written(folder: Path, texts: dict[str, str]) -> list[Path]:
    paths = [folder / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return paths


def assert_sound(result: Result, texts: dict[Path, str]) -> None:
    """Every finding is at a place that its file has; each file is checked or said not to be."""
    assert len(result.unchecked) + result.files == len(texts)
    render(result, "json")
    for finding in result.findings:
        lines = Module(Path(), (), texts[Path(finding.path)]).lines
        start, end = (finding.line, finding.column), (finding.end_line, finding.end_column)
        assert (1, 1) <= start <= end
        assert end[0] <= len(lines)
        assert start[1] <= len(lines[start[0] - 1]) + 1
        assert end[1] <= len(lines[end[0] - 1]) + 1
        assert finding.message
        assert "\n" not in finding.message


@bounded
@given(PROJECTS)
def test_no_program_crashes_it(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("project")
    paths = written(folder, texts)
    result = check_paths([folder], CONFIG, RULES)
    assert_sound(result, dict(zip(paths, texts.values(), strict=True)))
    session = Session([folder], CONFIG, RULES)
    session.check()
    assert session.check().findings == result.findings


@bounded
@given(PROJECTS)
def test_fixes_of_any_program_parse_and_stay(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("project")
    written(folder, texts)

    def relint(new: object) -> object:
        return check_paths([folder], CONFIG, RULES, new).findings  # type: ignore[arg-type] (as plan gives it)

    fixed, _ = fix.plan(check_paths([folder], CONFIG, RULES).findings, KINDS, relint)  # type: ignore[arg-type] (the same)
    for one in fixed:
        ast.parse(one.after)
        writing.write(one)
    again, _ = fix.plan(check_paths([folder], CONFIG, RULES).findings, KINDS, relint)  # type: ignore[arg-type] (the same)
    assert [one.diff() for one in again] == []


@bounded
@given(PROGRAMS, st.data())
def test_no_cut_or_noise_crashes_it(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    raw = text.encode()
    at = data.draw(st.integers(0, len(raw)))
    raw = raw[:at] + data.draw(st.binary(max_size=8)) + raw[at + data.draw(st.integers(0, 20)) :]
    path = tmp_path_factory.mktemp("project") / "tasks.py"
    path.write_bytes(raw)
    result = check_paths([path], CONFIG, RULES)
    assert len(result.unchecked) + result.files == 1
    assert all("\n" not in one.reason for one in result.unchecked)


@settings(bounded, max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_crash_it(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("project") / "tasks.py"
    path.write_bytes(raw)
    result = check_paths([path], CONFIG, RULES)
    assert len(result.unchecked) + result.files == 1
