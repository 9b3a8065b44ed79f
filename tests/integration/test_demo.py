"""`make demo` shows what it promises and ends in time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_demo() -> None:
    done = subprocess.run(
        [sys.executable, "examples/shop/demo.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for code in ("CS101", "CS501", "CS601"):
        assert f" {code} " in done.stdout
