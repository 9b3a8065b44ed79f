"""A result from the cache is the one that a run would give, whatever has changed."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from celery_safe.cli.lint import command
from lint_rules._engine import cache, disk, rules
from lint_rules._engine import job as jobs
from lint_rules._engine.config import Config
from lint_rules._engine.job import Job

ENGINE = Path(cache.__file__).parent
BAD = "from celery.schedules import crontab\ncrontab(hour=3)\n"
TEXTS = [
    None, "", "x = 1\n", BAD, f"{BAD}# celery-safe: ignore[CS601] meant\n", "def f(:\n", "import celery\ndef f(:\n",
    "from celery import Celery\napp = Celery('shop')\n", "from shop.app import app\n@app.task\ndef send(): pass\n",
    "from .app import app\n@app.task\ndef send(a): pass\nsend.delay()\n", "from shop.send import send\nsend.delay()\n",
    "from other import x\nfrom celery import shared_task\n@shared_task\ndef f(): pass\n# celery-safe: ignore[CS601] x\n",
    "from src.shop import app\n", "# celery \0\n", "from shop.app import *\n@app.task\ndef send(): pass\n",
]  # fmt: skip
NAMES = [
    "shop/__init__.py",
    "shop/app.py",
    "shop/send.py",
    "shop/tasks.py",
    "other.py",
    "main.py",
    "../other.py",
]


def job(*paths: Path, config: Config | None = None) -> Job:
    return Job(paths, config or Config(), rules.all_rules(), lambda _: None)


def put(root: Path, name: str, text: str | None) -> None:
    path = root / name
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def entry(folder: Path) -> Path:
    (found,) = folder.glob("*.json")
    return found


edits = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(TEXTS)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(edits, st.booleans(), st.integers(0, 99))
def test_the_cached_result_is_that_of_a_run(
    steps: list[tuple[str, str | None]], alone: bool, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, folder = Path(name) / "a/b", Path(name) / "cache"
        root.mkdir(parents=True)
        (root / "shop").mkdir()
        (root / "main.py").write_text(BAD)
        mine = job(root / "shop", root / "main.py") if alone else job(root)
        for file, text in steps:
            put(root, file, text)
            assert mine.cached(folder) == mine.run()
            assert mine.cached(folder) == mine.run()
            if random.Random(seed).random() < 0.2:
                kept = next(folder.glob("*.json"))
                raw = bytearray(kept.read_bytes())
                raw[seed * len(raw) // 100] ^= 1 + seed
                kept.write_bytes(raw)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/a.py").write_text(BAD)
    return tmp_path


def test_a_second_run_parses_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, folder = job(shop / "shop"), shop / "cache"
    first = mine.cached(folder)
    assert first.findings
    monkeypatch.setattr(jobs, "check_run", None)
    assert mine.cached(folder) == first
    os.utime(shop / "shop/a.py", (0, 0))
    assert mine.cached(folder) == first
    (shop / "shop/a.py").write_text(BAD + "\n")
    with pytest.raises(TypeError):
        mine.cached(folder)
    assert (folder / ".gitignore").read_text() == "*\n"


def test_what_is_beside_the_run_counts_too(shop: Path) -> None:
    """An ignore comment is unused only where everything that is imported is seen."""
    (shop / "shop/a.py").write_text(
        "from other.x import y\nimport celery\nz = 1  # celery-safe: ignore[CS601] meant\n"
    )
    mine, folder = job(shop / "shop"), shop / "cache"
    assert [f.code for f in mine.cached(folder).findings] == ["CS001"]
    (shop / "other").mkdir()
    assert mine.cached(folder).findings == mine.run().findings == []


def test_another_reason_why_a_file_cannot_be_read_is_seen(shop: Path) -> None:
    mine, folder, link = job(shop / "shop"), shop / "cache", shop / "shop/link.py"
    reasons = []
    for target in (shop / "nowhere", link):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        assert mine.cached(folder) == mine.run()
        reasons.append(mine.cached(folder).unchecked[0].reason)
    assert len(set(reasons)) == 2


def test_what_a_pattern_finds_counts_too(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, folder = job(shop / "shop"), shop / "cache"
    seen: list[int] = []
    check = jobs.check_run

    def check_run(*args: object) -> object:
        seen.append(len(disk.glob(shop, "requirements*.txt")) + len(disk.glob(shop / "x", "*")))
        return check(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "check_run", check_run)
    (shop / "requirements.txt").touch()
    for _ in range(2):
        mine.cached(folder)
    (shop / "other.txt").touch()
    mine.cached(folder)
    assert seen == [1]
    (shop / "requirements-dev.txt").touch()
    mine.cached(folder)
    mine.cached(folder)
    assert seen == [1, 2]


def test_a_pattern_may_look_into_a_folder(shop: Path) -> None:
    for name in ("requirements.txt", "requirements/base.txt", "requirements/base.in"):
        put(shop, name, "celery<5")
    found = [path.relative_to(shop) for path in disk.glob(shop, "requirements/*.txt")]
    assert found == [Path("requirements/base.txt")]
    assert disk.glob(shop, "requirements*.txt") == [shop / "requirements.txt"]
    assert disk.glob(shop, "none/*.txt") == []


def test_what_is_asked_for_is_part_of_the_key(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, folder = job(shop / "shop"), shop / "cache"
    other = [
        replace(mine, paths=(shop / "shop/a.py",)),
        replace(mine, config=Config(per_file_ignores={"a.py": ("CS6",)})),
        replace(mine, config=Config(exclude=("a.py",))),
        replace(mine, rules=mine.rules[:3]),
        replace(mine, rules=()),
    ]
    for one in [mine, *other, *other, mine]:
        assert one.cached(folder) == one.run()
    assert len(list(folder.glob("*.json"))) == 6
    monkeypatch.chdir(shop)
    here = replace(mine, paths=(Path("shop"),))
    assert here.cached(folder).findings[0].path == "shop/a.py"
    Path("else/shop").mkdir(parents=True)
    monkeypatch.chdir("else")
    assert here.cached(folder).findings == []


def test_each_field_of_a_job_is_in_the_key_or_known_not_to_matter() -> None:
    mine = job(Path())
    for name in {f.name for f in fields(Job)} - jobs._AFTERWARDS:
        cache.canonical(getattr(mine, name))
    with pytest.raises(cache.NoKey):
        cache.canonical(object())
    assert cache.canonical(frozenset({"a", "b"})) == cache.canonical(frozenset({"b", "a"}))
    values = [1, "1", True, None, Path("1"), b"1", [1], {1: 1}, Config(), Config(select=("1",))]
    assert len({cache.canonical(v) for v in values}) == len(values)


def test_a_changed_checker_is_another_key(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, folder = job(shop / "shop"), shop / "cache"
    mine.cached(folder)
    monkeypatch.setattr(cache, "_engine", lambda _: "another")
    mine.cached(folder)
    assert len(list(folder.glob("*.json"))) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"listing": null}', b"\xff", b"0" * 99])
def test_what_is_no_entry_is_written_anew(shop: Path, body: bytes) -> None:
    mine, folder = job(shop / "shop"), shop / "cache"
    first = mine.cached(folder)
    kept = entry(folder)
    good = kept.read_bytes()
    for content in (body, good[:65] + body, good[:-9]):
        kept.write_bytes(content)
        assert mine.cached(folder) == first
        assert kept.read_bytes() == good


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_entry_of_somebody_else_is_not_believed(shop: Path) -> None:
    mine, folder = job(shop / "shop"), shop / "cache"
    mine.cached(folder)
    kept = entry(folder)
    lines = kept.read_bytes().partition(b"\n")[2]
    document = json.loads(lines)
    document["findings"] = []
    body = json.dumps(document).encode()
    import hashlib

    kept.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert mine.cached(folder).findings == []  # it would be
    os.chown(kept, 65534, 65534)
    assert mine.cached(folder).findings != []


def test_old_entries_go(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shop / "cache"
    monkeypatch.setattr(cache, "MAX_ENTRIES", 2)
    for number in range(4):
        job(shop / "shop", config=Config(exclude=(str(number),))).cached(folder)
    assert len(list(folder.glob("*.json"))) == 2


def test_the_command_keeps_results_and_says_if_it_cannot(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)

    def lint(*args: str) -> str:
        done = CliRunner().invoke(command, ["shop", "--output-format", "concise", *args])
        assert done.exit_code == 1
        assert "1 finding in 1 checked file." in done.stdout
        return done.stderr

    lint("--no-cache")
    assert not Path(cache.NAME).exists()
    for _ in range(2):
        assert lint() == ""
        assert len(list(Path(cache.NAME).glob("*.json"))) == 1
    lint("--cache-dir", "kept")
    assert Path("kept/.gitignore").exists()
    Path("file").touch()
    assert "file/in cannot be written" in lint("--cache-dir", "file/in")


#: These do not take part in a check, or are how it asks.
APART = {"disk", "cache", "config", "fix", "baseline", "session", "job", "watch", "writing"}
ASKS = {
    "is_file", "is_dir", "exists", "stat", "lstat", "read_bytes", "read_text", "glob", "rglob", "iterdir",
    "walk", "scandir", "listdir", "open", "resolve", "realpath", "isfile", "isdir",
}  # fmt: skip
#: Which files there are is listed again; the rules themselves are part of the key, and so is what
#: git says.
ALLOWED = {
    ("files", "is_dir"),
    ("files", "scandir"),
    ("registry", "glob"),
    ("registry", "is_file"),
    ("registry", "read_text"),
    ("newer", "resolve"),
    ("git", "is_dir"),
    ("git", "realpath"),
    ("since", "realpath"),
    ("since", "is_dir"),
}


def test_the_engine_asks_the_disk_only_where_the_cache_sees_it() -> None:
    asked = set()
    for path in [*ENGINE.glob("*.py"), *ENGINE.parent.glob("cs*.py")]:
        if path.stem in APART:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = (
                getattr(node.func, "attr", getattr(node.func, "id", ""))
                if isinstance(node, ast.Call)
                else ""
            )
            is_seen = re.match(r"(disk|ast)\.", ast.unparse(node.func)) if name in ASKS else None
            if name in ASKS and not is_seen:
                asked.add((path.stem, name))
    assert asked - ALLOWED == set(), "ask lint_rules._engine.disk instead"
