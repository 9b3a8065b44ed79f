"""The layers hold, and the check that says so can fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINT_IMPORTS), "--no-cache", "--config", "pyproject.toml"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Contracts: 0 kept" not in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("celery_safe/errors.py", "import celery_safe.message", "The layers of celery_safe"),
        ("celery_safe/message.py", "import libcst", "The runtime never imports the checker"),
        ("lint_rules/__init__.py", "import celery", "The checker reads code and runs nothing"),
        (
            "celery_safe/broker/database.py",
            "import celery_safe.settings",
            "The embedded broker needs kombu",
        ),
    ],
)
def test_a_broken_contract_is_seen(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for package in ("celery_safe", "lint_rules"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / module).parent.mkdir(exist_ok=True)
    with (tmp_path / module).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    assert any(row.startswith(contract) for row in broken), done.stdout + done.stderr


def test_the_engine_imports_no_rule() -> None:
    """import-linter cannot name the rules by a pattern."""
    for path in (ROOT / "lint_rules/_engine").rglob("*.py"):
        assert not re.search(r"(?:from|import) lint_rules\.cs\d", path.read_text(encoding="utf-8"))
