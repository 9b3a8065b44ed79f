"""A small project in a folder, and what a rule finds in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

#: From the files of a project and a code to the places that are found.
Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    def run(files: dict[str, str], code: str) -> list[tuple[str, int]]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = check_paths([tmp_path], Config(), [r for r in all_rules() if r.code == code])
        assert not result.unchecked
        return [(Path(f.path).relative_to(tmp_path).as_posix(), f.line) for f in result.findings]

    return run
