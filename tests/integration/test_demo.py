"""`make demo` shows what it promises, ends in time and leaves nothing behind."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.broker
def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "examples/shop/demo.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CS501" in done.stdout
    rows = dict(re.findall(r"^(plain Celery|SafeCelery) +(.*)$", done.stdout, re.M))
    assert rows["plain Celery"].startswith("LOST, started 1x ")
    assert rows["SafeCelery"].startswith("finished, started 2x ")
    assert "LOST" not in rows["SafeCelery"]
    assert time.monotonic() - start < 120
    assert list(tmp_path.glob("celery-safe-demo-*")) == []
