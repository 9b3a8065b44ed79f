"""The tutorial's shop and its tests are clean under mypy strict and pyright strict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Stock Celery, for comparison, and old code with mistakes.
LEFT_OUT = {"plain.py", "legacy_tasks.py"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shop as a project of its own."""
    ignore = shutil.ignore_patterns("__pycache__", *LEFT_OUT)
    shutil.copytree(ROOT / "examples/shop", tmp_path / "shop", ignore=ignore)
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=280, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MYPYPATH": f"{ROOT}{os.pathsep}{folder}"},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_mypy_strict(copy: Path) -> None:
    (copy / "mypy.ini").write_text(
        "[mypy]\nstrict = True\npython_version = 3.10\n"
        "[mypy-celery.*,kombu.*,time_machine.*,sqlalchemy.*,redis.*]\nignore_missing_imports = True\nfollow_imports = skip\n"
        "[mypy-celery_safe.*]\nfollow_imports = silent\n"
    )
    output = run([sys.executable, "-m", "mypy", "--cache-dir", "cache", "-p", "shop"], copy)
    assert output.startswith("Success: no issues found in "), output
    assert int(output.split("found in ")[1].split()[0]) >= 10


def test_pyright_strict(copy: Path) -> None:
    config = {
        "include": ["shop"], "extraPaths": [str(ROOT), "."],
        "typeCheckingMode": "strict", "pythonVersion": "3.10",
    }  # fmt: skip
    (copy / "pyrightconfig.json").write_text(json.dumps(config))
    pyright = str(Path(sys.executable).with_name("pyright"))
    output = json.loads(
        run([pyright, "--outputjson", "--pythonpath", sys.executable, "-p", "."], copy)
    )
    found = [
        f"{Path(d['file']).name}:{d['range']['start']['line'] + 1}: {d['message']}"
        for d in output["generalDiagnostics"]
    ]
    assert found == []
    assert output["summary"]["filesAnalyzed"] >= 10
