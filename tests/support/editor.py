"""An editor for the tests of the language server: pygls' own client, and a process as editors start it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SERVER = str(Path(sys.executable).with_name("celery-safe"))
DEADLINE = 60


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
