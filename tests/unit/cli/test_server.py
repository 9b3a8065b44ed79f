"""Without its extra the command says what to install."""

from __future__ import annotations

import importlib.util

import pytest
from click.testing import CliRunner

from celery_safe.cli.server import command


@pytest.mark.parametrize("missing", ["pygls", "libcst"])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else find(name)
    )
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert f"needs {missing}: pip install 'celery-safe[lsp]'" in result.stderr
