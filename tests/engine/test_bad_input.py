"""What cannot be checked is one clear line and exit code 2, and all else is still checked."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from lint_rules._engine import disk, files, syntax

BAD = "from celery.schedules import crontab\n\ncrontab(hour=3)\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(BAD)
    Path("z").mkdir()
    Path("z/z.py").write_text(BAD)


def lint(*args: str) -> Result:
    return CliRunner().invoke(command, [".", "--output-format", "json", *args])


def refused(*args: str) -> list[tuple[str, str]]:
    """What is told, once on each stream, while the two good files are checked."""
    result = lint(*args)
    document = json.loads(result.stdout)
    assert [f["path"] for f in document["findings"]] == ["a.py", "z/z.py"]
    assert result.exit_code == 2
    told = [(u["path"], u["reason"]) for u in document["unchecked"]]
    assert result.stderr.splitlines() == [f"celery-safe lint: {path} {why}" for path, why in told]
    return told


def link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def written(text: str | bytes) -> Callable[[Path], None]:
    raw = text if isinstance(text, bytes) else text.encode()
    return lambda path: path.write_bytes(raw) and None


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (link("m.py"), "cannot be read: Too many levels of symbolic links"),
        (link("nowhere"), "cannot be read: No such file or directory"),
        (link("/proc/self/mem"), "cannot be read: Input/output error"),
        (os.mkfifo, "cannot be read: it is no regular file"),
        (bound, "cannot be read: it is no regular file"),
        (written("import celery\nif :\n"), "syntax error at line 2, column"),
        (written("import celery\n\tx = 1\n"), "syntax error at line 2, column"),
        (written("import celery\nx = 'abc\n"), "syntax error at line 2, column 5: unterminated"),
        (written("import celery\nprint 'x'\n"), "syntax error at line 2, column 1: Missing paren"),
        (written("import celery\nx = '\\N{no}'\n"), "has syntax at line 2 that Python 3."),
        (written(b"# celery \xe9\n"), "has a wrong encoding: "),
        (written(b"# coding: ascii\nimport celery\n# \xe9"), "is not ascii at line 3, and declares"),
        (written(b"# coding: rot13\nimport celery\n"), "has a wrong encoding: rot13 is none for text"),
        (written(b"# coding: undefined\nimport celery\n"), "has a wrong encoding: undefined"),
        (written("import celery\n\0"), "contains a null byte"),
        (written(b"\xff\xfei\0m\0p\0o\0r\0t\0"), "contains a null byte"),
        (written("import celery\nx = " + "(" * 5000 + ")" * 5000), "is nested too deeply"),
        (written("import celery\n" + "#" * syntax.MAX_SIZE), "has 5.0 million characters, more than"),
    ],
)  # fmt: skip
def test_one_bad_file(make: Callable[[Path], None], reason: str) -> None:
    make(Path("m.py"))
    ((path, told),) = refused("--no-cache")
    assert path == "m.py"
    assert told.startswith(reason)
    assert refused() == refused() == [(path, told)]  # from the cache, too


def test_a_generated_file_without_celery_is_not_even_parsed() -> None:
    Path("m.py").write_text("DATA = [\n" + "    ('row', 1),\n" * 800_000 + "]\n")
    assert Path("m.py").stat().st_size > 10_000_000
    assert lint("--no-cache").exit_code == 1


def test_links_to_folders_are_not_followed() -> None:
    Path("z/up").symlink_to("..")
    Path("z/a.py").symlink_to("../a.py")
    found = [f["path"] for f in json.loads(lint().stdout)["findings"]]
    assert found == ["a.py", "z/a.py", "z/z.py"]


def test_a_vanished_and_an_unreadable_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("m.py").write_text(BAD)
    Path("n.py").write_text(BAD)
    content = disk._content

    def read(path: Path) -> bytes:
        if path.name == "m.py":
            path.unlink(missing_ok=True)  # just after it was listed
        if path.name == "n.py":
            raise PermissionError(13, "Permission denied")
        return content(path)

    monkeypatch.setattr(disk, "_content", read)
    assert refused() == [
        ("m.py", "cannot be read: No such file or directory"),
        ("n.py", "cannot be read: Permission denied"),
    ]


def test_a_folder_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("m").mkdir()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "m":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(files.os, "scandir", refuse)
    assert refused() == [("m", "cannot be listed: Permission denied")]


def test_a_very_deep_folder_is_no_end() -> None:
    here = os.open(".", os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d")  # noqa: PTH102 (the whole path would be too long)
            os.chdir("d")
        os.fchdir(here)
        assert lint().exit_code == 1
    finally:
        os.fchdir(here)
        os.close(here)
        subprocess.run(["rm", "-r", "d"], check=True)  # shutil.rmtree does not get so deep


def test_a_name_that_is_no_text_is_printed_anyway() -> None:
    name = os.fsdecode(b"m\xff.py")
    Path(name).write_text(f"{BAD}x = 1  # celery-safe: ignore[CS501] unused\n")
    for output in ("text", "concise", "json", "github", "gitlab", "junit", "sarif"):
        assert lint("--output-format", output).exit_code == 1
    assert b"m\xff.py\n" in lint("--show-files").stdout_bytes
    assert b"--- m\xff.py\n" in lint("--diff").stdout_bytes
    Path(name).write_bytes(b"# celery\0")
    assert "m\\udcff.py contains a null byte" in lint().stderr
