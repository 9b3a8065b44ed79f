"""What `make bench` measures on is the same each time, and is Python that the checker has work with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_the_project_is_the_same_each_time_and_all_of_it_is_checked(tmp_path: Path) -> None:
    for name in ("one", "two"):
        command = [sys.executable, str(BENCH / "project.py"), str(tmp_path / name), "6000"]
        subprocess.run(command, check=True, capture_output=True)
    first, second = (
        {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.py")}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert first == second
    assert sum(raw.count(b"\n") for raw in first.values()) >= 6000
    result = check_paths([tmp_path / "one"], Config(), all_rules())
    assert result.unchecked == []
    assert result.files == len(first)
    assert "CS101" in {f.code for f in result.findings}


def test_a_tool_that_fails_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from lint import measured\nfrom tools import Tool\n"
        "print(measured(Tool('x', (sys.executable, '-c', 'raise SystemExit(\"broken\")'), accepted=(0,)), 60))\n"
        "print(measured(Tool('x', (sys.executable, '-c', 'import time; time.sleep(60)')), 0.2))\n"
        "print(measured(Tool('x', (sys.executable, '-c', 'print(\"ab ab\")'), 'ab'), 60).findings)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(BENCH)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "failed with exit code 1: broken",
        "stopped after 0 s",
        "2",
    ]
