"""The language server as an editor meets it: a real client, a real process, standard input and output."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path

import pytest
from click.testing import CliRunner
from lsprotocol import types
from support.editor import edited, editor

from celery_safe.cli.lint import command as lint

TASKS = """\
from celery import shared_task


@shared_task(name="shop.charge")
def charge(order):
    pass


@shared_task
def refund(order):
    pass
"""
VIEWS = """\
from shop.tasks import charge


def view():
    charge.delay(1)
"""


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run it in an event loop."""

    @wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        asyncio.run(test(*args, **kwargs))  # type: ignore[arg-type] (a test is a coroutine)

    return run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/tasks.py").write_text(TASKS)
    (tmp_path / "shop/views.py").write_text(VIEWS)
    return tmp_path


@in_loop
async def test_findings_follow_what_is_typed_in_all_files(shop: Path) -> None:
    async with editor(shop) as one:
        await one.until(lambda: one.codes("shop/tasks.py") == [("CS101", 8)])
        diagnostic = one.diagnostics[one.uri("shop/tasks.py")][0]
        assert diagnostic.source == "celery-safe"
        assert diagnostic.severity is types.DiagnosticSeverity.Warning
        assert "refund" in diagnostic.message
        one.open("shop/tasks.py")
        # The call in another file, which is not open, no longer fits.
        one.type("shop/tasks.py", TASKS.replace("charge(order)", "charge(order, amount)"))
        await one.until(lambda: one.codes("shop/views.py") == [("CS201", 4)])
        # It does not parse: its own findings go, the one in the other file stays.
        one.type("shop/tasks.py", TASKS.replace("charge(order)", "charge(order, amount)") + "(\n")
        await one.until(lambda: one.codes("shop/tasks.py") == [(None, 11)])
        assert "syntax error" in one.diagnostics[one.uri("shop/tasks.py")][0].message
        assert one.codes("shop/views.py") == [("CS201", 4)]
        # Closed without saving.
        one.close("shop/tasks.py")
        await one.until(
            lambda: not one.codes("shop/views.py") and one.codes("shop/tasks.py") == [("CS101", 8)]
        )


@in_loop
async def test_places_are_in_utf_16_and_lines_are_those_of_the_editor(shop: Path) -> None:
    text = TASKS + "\x0c\ndef f():\n    '\u2028'; '\U0001f955'; charge.delay(1, 2)\n"
    async with editor(shop) as one:
        one.open("shop/tasks.py", text)
        await one.until(lambda: ("CS201", 13) in one.codes("shop/tasks.py"))
        last = one.diagnostics[one.uri("shop/tasks.py")][-1].range
        line = text.split("\n")[13].encode("utf-16-le")
        part = line[last.start.character * 2 : last.end.character * 2].decode("utf-16-le")
        assert "charge.delay(1, 2)".endswith(part)
        assert part


@in_loop
async def test_a_safe_fix_and_all_safe_fixes(shop: Path) -> None:
    async with editor(shop) as one:
        one.open("shop/tasks.py")
        offered = await one.actions("shop/tasks.py", 8)
        kinds = [str(getattr(a.kind, "value", a.kind)) for a in offered]
        assert kinds == ["quickfix", "quickfix", "source.fixAll.celery-safe"]
        named = TASKS.replace("@shared_task\n", '@shared_task(name="shop.tasks.refund")\n')
        assert offered[0].title.startswith("CS101: ")
        assert offered[0].is_preferred
        assert edited(TASKS, offered[0]) == edited(TASKS, offered[2]) == named
        assert [d.code for d in offered[0].diagnostics or []] == ["CS101"]
        only_all = await one.actions("shop/tasks.py", 0, ["source.fixAll"])
        assert [a.title for a in only_all] == ["Fix all safe findings"]
        assert await one.actions("shop/tasks.py", 0, [types.CodeActionKind.Refactor]) == []
        assert await one.actions("shop/tasks.py", 0, [types.CodeActionKind.QuickFix]) == []


@in_loop
async def test_an_unsafe_fix_says_so(shop: Path) -> None:
    text = VIEWS.replace("charge.delay(1)", "charge.apply_async(args='x')")
    async with editor(shop) as one:
        one.open("shop/views.py", text)
        offered = await one.actions("shop/views.py", 4)
        assert offered[0].title.startswith("CS205: ")
        assert offered[0].title.endswith("(unsafe)")
        assert not offered[0].is_preferred
        assert "charge.apply_async(args=('x',))" in edited(text, offered[0])
        assert not [a for a in offered if a.kind == "source.fixAll.celery-safe"]


@in_loop
async def test_an_ignore_comment_asks_for_its_reason(shop: Path) -> None:
    async with editor(shop) as one:
        one.open("shop/tasks.py")
        ignore = (await one.actions("shop/tasks.py", 8))[1]
        after = edited(TASKS, ignore)
        assert "@shared_task  # celery-safe: ignore[CS101] \n" in after
        one.type("shop/tasks.py", after)
        await one.until(
            lambda: any(
                "needs a reason" in d.message for d in one.diagnostics[one.uri("shop/tasks.py")]
            )
        )
        again = await one.actions("shop/tasks.py", 8, [types.CodeActionKind.QuickFix])
        assert [a for a in again if "ignore it" in a.title] == []
        one.type("shop/tasks.py", after.replace("ignore[CS101] ", "ignore[CS101] old messages"))
        await one.until(lambda: one.codes("shop/tasks.py") == [])


@in_loop
async def test_hover_shows_what_and_why(shop: Path) -> None:
    async with editor(shop) as one:
        one.open("shop/tasks.py", TASKS.replace("order):", "order):  # see CS201", 1))
        await one.until(lambda: one.codes("shop/tasks.py") == [("CS101", 8)])
        page = await one.hover("shop/tasks.py", 8, 3)
        assert page is not None
        assert page.startswith("# CS101 ")
        assert "## Why is this bad?" in page
        assert "## Example" not in page
        named = await one.hover("shop/tasks.py", 4, 27)
        assert named is not None
        assert named.startswith("# CS201 ")
        assert await one.hover("shop/tasks.py", 5, 1) is None


@in_loop
async def test_the_disk_and_the_configuration_are_followed(shop: Path) -> None:
    async with editor(shop) as one:
        await one.until(lambda: one.codes("shop/tasks.py") == [("CS101", 8)])
        await one.until(lambda: "workspace/didChangeWatchedFiles" in one.registered)
        (shop / "shop/more.py").write_text(TASKS.replace("shop.charge", "shop.more"))
        one.changed_on_disk("shop/more.py")
        await one.until(lambda: ("CS101", 8) in one.codes("shop/more.py"))
        config = shop / "pyproject.toml"
        config.write_text('[tool.celery-safe.lint]\nignore = ["CS101"]\n')
        one.changed_on_disk("pyproject.toml")
        await one.until(lambda: not one.codes("shop/tasks.py") + one.codes("shop/more.py"))
        config.write_text('[tool.celery-safe.lint]\nignored = ["CS101"]\n')
        one.changed_on_disk("pyproject.toml")
        await one.until(lambda: bool(one.messages))
        assert f"{config}:2" in one.messages[0]
        assert "'ignore'" in one.messages[0]
        assert one.codes("shop/tasks.py") == []
        config.unlink()
        (shop / "shop/more.py").unlink()
        one.changed_on_disk("pyproject.toml")
        await one.until(lambda: one.codes("shop/tasks.py") == [("CS101", 8)])
        assert one.codes("shop/more.py") == []


@in_loop
async def test_folders_come_and_go_and_a_file_may_be_in_none(shop: Path, tmp_path: Path) -> None:
    inner = shop / "shop"
    other = shop / "other"
    other.mkdir()
    for folder in (inner, other):
        (folder / "beat.py").write_text("from celery.schedules import crontab\ncrontab(hour=3)\n")
    async with editor(shop, roots=[inner]) as one:
        await one.until(lambda: one.codes("shop/beat.py") == [("CS601", 1)])
        assert one.codes("other/beat.py") == []
        added = [types.WorkspaceFolder(other.as_uri(), "other")]
        event = types.WorkspaceFoldersChangeEvent(added, [])
        one.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event)
        )
        await one.until(lambda: one.codes("other/beat.py") == [("CS601", 1)])
        event = types.WorkspaceFoldersChangeEvent([], added)
        one.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event)
        )
        await one.until(lambda: one.codes("other/beat.py") == [])
        one.open("other/beat.py")
        await one.until(lambda: one.codes("other/beat.py") == [("CS601", 1)])
        one.close("other/beat.py")
        await one.until(lambda: one.codes("other/beat.py") == [])


@in_loop
async def test_fast_typing_ends_with_the_last_text(shop: Path) -> None:
    async with editor(shop) as one:
        one.open("shop/tasks.py")
        for n in range(200):
            one.type("shop/tasks.py", "\n" * n + TASKS)
        await one.until(lambda: one.codes("shop/tasks.py") == [("CS101", 8 + 199)])
        one.type("shop/tasks.py", "x = '\ud800'\n" + TASKS)
        await one.until(lambda: one.codes("shop/tasks.py") == [("CS101", 9)])
        assert one.messages == []


@in_loop
async def test_rules_of_other_packages_and_the_baseline_count(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = shop.with_name(f"{shop.name}_site") / "editor_rules"
    rules.mkdir(parents=True)
    (rules / "__init__.py").touch()
    (rules / "shop101_refund.py").write_text(
        '"""SHOP101 refund: tasks are not called refund."""\n'
        "from lint_rules._engine.project import finding\n"
        'CODE, NAME, PRESET = "SHOP101", "refund", "default"\n'
        "def check(project):\n"
        "    for module, task in project.tasks():\n"
        '        if task.name == "refund":\n'
        "            yield finding(module, task.decorator, (CODE, NAME), 'taken')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(rules.parent), prepend=os.pathsep)
    monkeypatch.chdir(shop)
    config = Path("pyproject.toml")
    config.write_text('[tool.celery-safe.lint]\nbaseline = "known.json"\n')
    assert CliRunner().invoke(lint, ["--write-baseline", "--no-cache"]).exit_code == 0
    with config.open("a") as file:
        file.write('extend-rules = ["editor_rules"]\n')
    async with editor(shop) as one:
        await one.until(lambda: one.codes("shop/tasks.py") == [("SHOP101", 8)])
        page = await one.hover("shop/tasks.py", 8, 3)
        assert page is not None
        assert page.startswith("# SHOP101 refund")
        # What is in the baseline is mended too, as --fix does.
        one.open("shop/tasks.py")
        (fix_all,) = await one.actions("shop/tasks.py", 0, ["source.fixAll"])
        assert 'name="shop.tasks.refund"' in edited(TASKS, fix_all)
        Path("known.json").write_text("{")
        one.changed_on_disk("pyproject.toml")
        await one.until(lambda: len(one.codes("shop/tasks.py")) == 2)
        await one.until(lambda: bool(one.messages))
        assert "known.json cannot be read as JSON" in one.messages[0]
