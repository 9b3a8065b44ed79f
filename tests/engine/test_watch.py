"""Watching: another result after each change, and only then."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lint_rules._engine import config, rules, watch
from lint_rules._engine.job import Job

BAD = "from celery.schedules import crontab\ncrontab(hour=3)\n"
LINT = [str(Path(sys.executable).with_name("celery-safe")), "lint"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(BAD)


def job() -> Job | None:
    try:
        loaded = config.load(Path())
        chosen = rules.chosen(rules.all_rules(), loaded)
    except config.ConfigError:
        return None
    return Job((Path(),), loaded, chosen, lambda _: None)


def test_there_is_a_result_after_each_change_and_only_then() -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            Path("b.py").write_text(BAD)

    results = watch.results(job, 0.1, wait)
    assert [f.path for f in next(results).findings] == ["a.py"]
    assert [f.path for f in next(results).findings] == ["a.py", "b.py"]
    assert waited == [0.1] * 3
    Path("a.py").write_text("x = 1\n")
    assert [f.path for f in next(results).findings] == ["b.py"]
    Path("b.py").unlink()
    assert next(results).findings == []
    Path("b.py").write_text("def f(:\n")
    assert [u.path for u in next(results).unchecked] == ["b.py"]


def test_the_configuration_is_read_again_and_a_wrong_one_waited_for() -> None:
    results = watch.results(job)
    assert len(next(results).findings) == 1
    settings = Path("pyproject.toml")
    settings.write_text('[tool.celery-safe.lint]\nignore = ["CS6"]\n')
    assert next(results).findings == []
    settings.write_text("[tool.celery-safe.lint]\nignored = []\n")
    assert next(results).findings == []
    settings.unlink()
    assert len(next(results).findings) == 1
    settings.write_text("[tool.celery-safe.lint]\nignored = []\n")
    assert list(watch.results(job)) == []


def wait_for(stream: int, text: bytes) -> bytes:
    seen, deadline = b"", time.monotonic() + 60
    while text not in seen:
        assert time.monotonic() < deadline, seen
        if select.select([stream], [], [], 0.02)[0]:
            seen += os.read(stream, 65536)
    return seen


def test_the_command_watches_until_it_is_stopped() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*LINT, "--watch"], stdout=theirs, stderr=theirs,
        # A shell starts what runs in the background with SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        first = wait_for(ours, b"Ctrl-C ends")
        assert b"CS601" in first
        assert b"\x1b[" in first  # a terminal has colour
        Path("a.py").write_text("x = 1\n")
        assert b"0 findings" in wait_for(ours, b"Ctrl-C ends")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def test_progress_is_shown_on_a_terminal_when_it_takes_long() -> None:
    for number in range(40):
        Path(f"m{number}.py").write_text(BAD * 300)
    ours, theirs = pty.openpty()
    slow = (
        "import sys, time; from celery_safe.cli.lint import command; from lint_rules._engine import run\n"
        "old = run.Run.module\n"
        "def module(*args, **more): time.sleep(0.05); return old(*args, **more)\n"
        "run.Run.module = module; command(['.', '--no-cache'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", slow], stdout=subprocess.DEVNULL, stderr=theirs
    )
    try:
        assert b" files read" in wait_for(ours, b"\r\x1b[K")
        assert process.wait(60) == 1
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
    assert (
        b"files read" not in subprocess.run([*LINT, "."], capture_output=True, check=False).stderr
    )
