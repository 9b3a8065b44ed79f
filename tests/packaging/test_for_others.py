"""The files that other tools read: the hook of pre-commit and the GitHub Action."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
SCRIPTS = [
    textwrap.dedent(script)
    for script in re.findall(r"^      run: \|\n((?:        .*\n|\n)+)", ACTION, re.M)
]
TASK = "from celery import shared_task\n\n\n@shared_task(name='shop.charge')\ndef charge({}): ...\n"


def test_the_hook_installs_what_the_extra_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    listed = re.search(r"additional_dependencies: \[(.*)\]$", hook, re.M)
    assert listed is not None
    assert re.findall(r'"([^"]+)"', listed[1]) == project["optional-dependencies"]["lint"]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A shallow clone of a pull request, as actions/checkout makes it: the merge commit alone."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    (origin / "tasks.py").write_text(TASK.format("order_id"))
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "1")
    git(origin, "checkout", "-q", "-b", "pull")
    (origin / "tasks.py").write_text(TASK.format("order_id, currency, note=''"))
    git(origin, "commit", "-q", "-a", "-m", "2")
    git(origin, "checkout", "-q", "--detach", "main")
    git(origin, "merge", "-q", "--no-ff", "-m", "3", "pull")
    git(origin, "update-ref", "refs/pull/1/merge", "HEAD")
    clone = tmp_path / "clone"
    clone.mkdir()
    git(clone, "init", "-q")
    git(clone, "remote", "add", "origin", origin.as_uri())
    git(clone, "fetch", "-q", "--depth=1", "origin", "refs/pull/1/merge:refs/remotes/pull/1/merge")
    git(clone, "checkout", "-q", "refs/remotes/pull/1/merge")
    return clone


def run(step: int, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a step as the runner does: bash with -e and -o pipefail."""
    programs = folder.parent / "runner/celery-safe/bin"
    programs.mkdir(parents=True, exist_ok=True)
    command = programs / "celery-safe"
    if not command.exists():
        command.symlink_to(Path(sys.executable).with_name("celery-safe"))
    variables = folder.parent / "variables"
    known = variables.read_text().splitlines() if variables.exists() else []
    environment = {
        **os.environ,
        "RUNNER_TEMP": str(folder.parent / "runner"),
        "GITHUB_ENV": str(variables),
        "GITHUB_BASE_REF": "main",
        **dict(line.split("=", 1) for line in known),
        **given,
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPTS[step]],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "args", "codes"),
    [
        ("", "", ["CS703", "CS705"]),
        ("", "--ignore CS705", ["CS703"]),
        ("none", "--preset default", []),
        ("HEAD^1", "", ["CS703", "CS705"]),
    ],
)
def test_the_action_compares_with_the_base(
    checkout: Path, since: str, args: str, codes: list[str]
) -> None:
    fetched = run(1, checkout, SINCE=since)
    assert fetched.returncode == 0, fetched.stderr
    done = run(2, checkout, PATHS="tasks.py .", ARGS=args)
    assert done.returncode == (1 if codes else 0), done.stdout + done.stderr
    assert re.findall(r"^::\w+ .*title=.*?(CS\d+)", done.stdout, re.M) == codes
    assert not done.stderr


def test_the_action_lints_a_push_too(checkout: Path) -> None:
    assert run(1, checkout, SINCE="", GITHUB_BASE_REF="").returncode == 0
    git(checkout, "checkout", "-q", "origin/main")
    done = run(2, checkout, PATHS=".", ARGS="", GITHUB_BASE_REF="")
    assert done.returncode == 0, done.stdout + done.stderr
