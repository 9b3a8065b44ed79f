"""The language server as an editor meets it: a real client, a real process, standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial, wraps
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

SERVER = str(Path(sys.executable).with_name("celery-safe"))
DEADLINE = 30
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


class Editor:
    """What an editor knows: the texts it has open, and what it was told."""

    def __init__(self, folder: Path, client: LanguageClient) -> None:
        self.folder = folder
        self.client = client
        self.diagnostics: dict[str, list[types.Diagnostic]] = {}
        self.messages: list[str] = []
        self.registered: list[str] = []
        self.versions: dict[str, int] = {}
        self.news = asyncio.Event()
        for name, method in (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._published),
            (types.WINDOW_SHOW_MESSAGE, self._told),
            (types.CLIENT_REGISTER_CAPABILITY, self._registered),
        ):
            # It wants a function of its own, to mark it.
            client.feature(name)(partial(method))

    def _published(self, params: types.PublishDiagnosticsParams) -> None:
        self.diagnostics[params.uri] = list(params.diagnostics)
        self.news.set()

    def _told(self, params: types.ShowMessageParams) -> None:
        self.messages.append(params.message)
        self.news.set()

    def _registered(self, params: types.RegistrationParams) -> None:
        self.registered += [r.method for r in params.registrations]
        self.news.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not true():
                self.news.clear()
                await self.news.wait()

        await asyncio.wait_for(wait(), DEADLINE)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def codes(self, name: str) -> list[tuple[str | int | None, int]]:
        return [(d.code, d.range.start.line) for d in self.diagnostics.get(self.uri(name), [])]

    def open(self, name: str, text: str | None = None) -> None:
        text = (self.folder / name).read_text() if text is None else text
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        self.versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def changed_on_disk(self, name: str) -> None:
        event = types.FileEvent(self.uri(name), types.FileChangeType.Changed)
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    async def actions(
        self, name: str, line: int, only: list[types.CodeActionKind | str] | None = None
    ) -> list[types.CodeAction]:
        place = types.Range(types.Position(line, 0), types.Position(line, 99))
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(document, place, types.CodeActionContext([], only))
        )
        return [a for a in found or [] if isinstance(a, types.CodeAction)]

    async def hover(self, name: str, line: int, character: int) -> str | None:
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_hover_async(
            types.HoverParams(document, types.Position(line, character))
        )
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value


def edited(text: str, action: types.CodeAction) -> str:
    """The text after the action, as an editor applies it."""
    assert action.edit is not None
    changes = action.edit.document_changes
    assert changes is not None
    assert isinstance(changes[0], types.TextDocumentEdit)
    lines = text.splitlines(keepends=True)
    for edit in reversed(changes[0].edits):
        assert isinstance(edit, types.TextEdit)
        assert (edit.range.start.character, edit.range.end.character) == (0, 0)
        lines[edit.range.start.line : edit.range.end.line] = [edit.new_text]
    return "".join(lines)


@asynccontextmanager
async def editor(folder: Path, *, roots: list[Path] | None = None) -> AsyncIterator[Editor]:
    client = LanguageClient("test-editor", "1")
    one = Editor(folder, client)
    await client.start_io(SERVER, "server")
    capabilities = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(True),
            workspace_edit=types.WorkspaceEditClientCapabilities(True),
            workspace_folders=True,
        )
    )
    folders = [types.WorkspaceFolder(p.as_uri(), p.name) for p in roots or [folder]]
    try:
        await client.initialize_async(
            types.InitializeParams(capabilities, workspace_folders=folders)
        )
        client.initialized(types.InitializedParams())
        yield one
        await asyncio.wait_for(client.shutdown_async(None), DEADLINE)
        client.exit(None)
        server = client._server
        assert server is not None
        assert await asyncio.wait_for(server.wait(), DEADLINE) == 0
    finally:
        server = client._server
        if server is not None and server.returncode is None:
            server.kill()  # or stop() waits for it
        await client.stop()


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
        (shop / "shop/more.py").write_text(TASKS)
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
