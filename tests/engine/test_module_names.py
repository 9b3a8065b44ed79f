"""The dotted names of files are those under which Python imports them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.files import ModuleNames


@pytest.mark.parametrize(
    ("files", "path", "name"),
    [
        (["a/__init__.py"], "a/b.py", "a.b"),
        (["a/__init__.py"], "a/__init__.py", "a"),
        ([], "a/b.py", "b"),
        (["a/__init__.py"], "a/commands/b.py", "a.commands.b"),
        (["a/__init__.py", "a/x/y/__init__.py"], "a/x/y/b.py", "a.x.y.b"),
        (["a/__init__.py"], "a/my-scripts/b.py", "b"),
        (["repo/__init__.py", "repo/manage.py", "repo/a/__init__.py"], "repo/a/b.py", "a.b"),
        (["repo/__init__.py", "repo/pyproject.toml"], "repo/src/b.py", "b"),
    ],
)
def test_names(tmp_path: Path, files: list[str], path: str, name: str) -> None:
    for one in (*files, path):
        (tmp_path / one).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / one).write_text("")
    assert ".".join(ModuleNames().of(tmp_path / path)) == name
