"""The switches that a worker finds when it starts while the store is away."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from celery_safe.gate.remembered import Remembered
from celery_safe.gate.switches import Switch


class Gate:
    def __init__(self, folder: Path, name: str = "one") -> None:
        self.folder, self.name = folder, name

    def conf(self, _name: str) -> Any:
        return str(self.folder)

    def group(self) -> str:
        return self.name


ON = Switch("hold", "r", "eve", 1.0, task="shop.*")


def test_the_next_worker_of_the_app_knows_what_the_last_one_knew(tmp_path: Path) -> None:
    over = Switch("drop", "r", "eve", 1.0, task="x", until=time.time() - 1)
    Remembered(Gate(tmp_path)).write([ON, over])
    assert Remembered(Gate(tmp_path)).read() == [ON]
    assert Remembered(Gate(tmp_path, "another app")).read() == []
    Remembered(Gate(tmp_path)).write([])
    assert Remembered(Gate(tmp_path)).read() == []


def test_it_is_written_when_it_changes(tmp_path: Path) -> None:
    one = Remembered(Gate(tmp_path))
    one.write([ON])
    (tmp_path / "one.switches").write_text("[]")
    one.write([ON])
    assert Remembered(Gate(tmp_path)).read() == []


def test_a_file_that_cannot_be_used_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    Remembered(Gate(tmp_path / "file" / "below")).write([ON])
    assert "cannot be written down" in caplog.text
    (tmp_path / "one.switches").write_text("{half")
    assert Remembered(Gate(tmp_path)).read() == []
    assert "cannot be read" in caplog.text
