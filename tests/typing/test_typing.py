"""mypy and pyright, both strict, see every mistake in ``mistakes.py``, and none in good uses and the tutorial."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import tutorial

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OURS = ("mistakes.py", "good_uses.py", "shop_tasks.py")
#: ``wrong.py`` is a mistake that the tutorial shows.
TUTORIAL = {name: text for name, text in tutorial.files().items() if name.endswith(".py")}
FILES = (*OURS, *TUTORIAL)


def marked(file: str) -> set[tuple[str, int]]:
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return {(file, n) for n, line in enumerate(lines, 1) if line.endswith("# error")}


def test_the_tutorial_is_read() -> None:
    assert set(TUTORIAL) == {"books.py", "shop.py", "test_shop.py", "wrong.py"}


def run(command: list[str], folder: Path) -> str:
    """A checker as a user of the installed package runs it, without our own configuration."""
    for file in OURS:
        shutil.copy(HERE / file, folder)
    for file, text in TUTORIAL.items():
        (folder / file).write_text(text, encoding="utf-8")
    paths = {"PYTHONPATH": str(ROOT), "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=280, check=False,
        env={**os.environ, **paths},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def by_mypy(folder: Path) -> set[tuple[str, int]]:
    # Celery has no types, which every user of it says to mypy.
    (folder / "mypy.ini").write_text(
        "[mypy]\nstrict = True\npython_version = 3.10\n"
        "[mypy-celery.*,kombu.*]\nignore_missing_imports = True\nfollow_imports = skip\n"
        "[mypy-celery_safe.*,time_machine.*]\nfollow_imports = silent\n"
    )
    output = run([sys.executable, "-m", "mypy", "--cache-dir", "cache", *FILES], folder)
    found = re.findall(r"^(\w+\.py):(\d+): error: .*$", output, re.M)
    assert output.count(": error: ") == len(found), output
    return {(file, int(line)) for file, line in found}


def by_pyright(folder: Path) -> set[tuple[str, int]]:
    config = {
        "include": list(FILES), "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict", "pythonVersion": "3.10",
        "reportUnusedExpression": False,  # a call for its errors alone is what these files are made of
    }  # fmt: skip
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    pyright = str(Path(sys.executable).with_name("pyright"))
    output = json.loads(
        run([pyright, "--outputjson", "--pythonpath", sys.executable, "-p", "."], folder)
    )
    assert output["summary"]["filesAnalyzed"] == len(FILES)
    found = [d for d in output["generalDiagnostics"] if d["severity"] == "error"]
    return {(Path(d["file"]).name, d["range"]["start"]["line"] + 1) for d in found}


@pytest.mark.parametrize("checker", [by_mypy, by_pyright], ids=["mypy", "pyright"])
def test_every_mistake_and_no_good_use(checker: object, tmp_path: Path) -> None:
    expected = {place for file in OURS for place in marked(file)} | {("wrong.py", 5)}
    assert len(expected) > 40
    found = checker(tmp_path)  # type: ignore[operator]
    assert found - expected == set(), "refused, and right"
    assert expected - found == set(), "wrong, and not seen"
