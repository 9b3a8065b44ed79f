"""The commands that are compared, each in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARSE = """
import ast, os, sys, warnings
warnings.simplefilter("ignore")
for folder, folders, names in os.walk(sys.argv[1]):
    folders[:] = [name for name in folders if not name.startswith(".")]
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                raw = file.read()
            try:
                ast.parse(raw)
            except (SyntaxError, ValueError):
                pass
"""


class CannotInstall(Exception):
    """A tool is not to be had here; the message is what pip said last."""


@dataclass(frozen=True)
class Tool:
    """A command; ``marker`` stands once for each finding in what it prints.

    ``accepted`` are the exit codes with which it has done its work.
    """

    name: str
    command: tuple[str, ...]
    marker: str = ""
    accepted: tuple[int, ...] = (0, 1)
    env: dict[str, str] = field(default_factory=dict)
    rounds: int = 1


def ours(path: Path) -> list[Tool]:
    """What is always there: the parser alone, and the checker, cold and where it can be warm."""
    lint = str(Path(sys.executable).with_name("celery-safe"))
    known = subprocess.run([lint, "lint", "--help"], capture_output=True, text=True, check=True)
    command = (lint, "lint", str(path), "--output-format", "json")
    marker = '"code":'
    tools = [
        Tool("ast.parse of every file", (sys.executable, "-c", PARSE, str(path)), rounds=3),
    ]
    if "--no-cache" not in known.stdout:
        return [*tools, Tool("celery-safe lint", command, marker, (0, 1, 2), rounds=3)]
    return [
        *tools,
        Tool("celery-safe lint, no cache", (*command, "--no-cache"), marker, (0, 1, 2), rounds=3),
        Tool("celery-safe lint, warm cache", command, marker, (0, 1, 2), rounds=3),
    ]


def flake8_pie(path: Path) -> Tool:
    """Its three rules for Celery."""
    run = _installed("flake8", "flake8-pie", "flake8")
    options = ("--isolated", "--jobs", "1", "--select", "PIE783,PIE784,PIE785")
    return Tool("flake8-pie, its 3 rules", (run, *options, str(path)), ": PIE78")


def fixit(path: Path) -> Tool:
    """One rule of ours for it; all files by name, or it would leave out what git does."""
    run = _installed("fixit", "fixit")
    command = (run, "--quiet", "--rules", "fixit_rule:UnnamedTask", "lint", *_files(path))
    env = {"PYTHONPATH": str(HERE)}
    return Tool("fixit, 1 rule", command, "UnnamedTask: ", (0, 1), env)


def semgrep(path: Path) -> Tool:
    """The same ten patterns, as far as it can say them."""
    run = _installed("semgrep", "semgrep")
    command = (
        run, "scan", "--config", str(HERE / "patterns.yml"), "--metrics=off", "--disable-version-check",
        "--no-git-ignore", "--x-ignore-semgrepignore-files", "--jobs", "1", "--max-target-bytes", "0", "--json", str(path),
    )  # fmt: skip
    return Tool("semgrep, 10 patterns", command, '"check_id":')


OTHERS = {"flake8-pie": flake8_pie, "fixit": fixit, "semgrep": semgrep}


def _files(path: Path) -> list[str]:
    return sorted(str(file) for file in path.rglob("*.py") if "/." not in str(file))


def _installed(script: str, *packages: str) -> str:
    """The script, from an environment that is made if it is not there.

    Raises:
        CannotInstall: pip could not.
    """
    folder = HERE.parent / f".venv-bench-{packages[0]}"
    found = folder / "bin" / script
    if not found.exists():
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(folder / "bin/python"), "-m", "pip", "install", "-q", *packages],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr or done.stdout).strip().splitlines()
                raise CannotInstall(last[-1] if last else f"exit code {done.returncode}")
    return str(found)
