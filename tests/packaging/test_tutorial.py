"""The tutorial, followed as it is written, in an environment that has nothing yet."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.tutorial import Step, steps

from celery_safe.testing.local import until

ROOT = Path(__file__).resolve().parents[2]


class Reader:
    """Somebody who follows it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "worker.log"
        self.worker: subprocess.Popen[bytes] | None = None
        left_out = ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")
        self.env = {k: v for k, v in os.environ.items() if k not in left_out}
        self.env["PIP_NO_COMPILE"] = "1"  # most of it is never imported

    def follow(self, step: Step) -> None:
        for text in step.wait:
            until(lambda: text in self.log.read_text(), f"{text!r} in {self.log}", 120)  # noqa: B023
        if step.kind in ("python", "toml"):
            (self.folder / step.file).write_text(step.text)
        elif step.kind == "console":
            command, _, expected = step.text.removeprefix("$ ").partition("\n")
            self.compare(command, expected, self.run(command))
        elif " worker " in step.text:
            with self.log.open("wb") as log:
                self.worker = subprocess.Popen(
                    ["sh", "-c", f"exec {step.text}"], cwd=self.folder, env=self.env, stdout=log,
                    stderr=log, start_new_session=True,
                )  # fmt: skip
            until(lambda: " ready." in self.log.read_text(), f"ready: {self.log}", 120)
        else:
            self.run(step.text, code=0)

    def run(self, command: str, code: int | None = None) -> str:
        done = subprocess.run(
            ["sh", "-ec", command], cwd=self.folder, env=self.env, capture_output=True, text=True,
            timeout=280, check=False,
        )  # fmt: skip
        assert code in (None, done.returncode), done.stdout + done.stderr
        return done.stdout + done.stderr

    def compare(self, command: str, expected: str, output: str) -> None:
        """Each line is there, in this order; ``...`` is anything."""
        lines = iter(output.splitlines())
        for wanted in filter(lambda line: line != "...", expected.splitlines()):
            pattern = re.escape(wanted).replace(re.escape("..."), ".*")
            assert any(re.fullmatch(pattern, line) for line in lines), (command, wanted, output)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    (tmp_path / "celery-safe").symlink_to(ROOT)
    (tmp_path / "first-steps").mkdir()
    made = Reader(tmp_path / "first-steps")
    yield made
    if made.worker is not None:
        os.killpg(made.worker.pid, signal.SIGKILL)
        made.worker.wait(60)


def test_the_tutorial_as_it_is_written(reader: Reader) -> None:
    followed = list(steps())
    assert [step.kind for step in followed].count("console") >= 6
    for step in followed:
        reader.follow(step)
