"""The server: what the editor says goes to the folders, what they find goes to the editor."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from lint_rules._engine.session import Cancelled
from lint_rules._server import convert
from lint_rules._server.folder import Folder, Found

T = TypeVar("T")
log = logging.getLogger(__name__)
#: Seconds to wait for the next key before a run.
PAUSE = 0.03
#: After so many seconds without news a run is no longer stopped for a newer text.
PATIENCE = 1.0


class Server(LanguageServer):
    """Findings for every file of the workspace's folders, in the text as it is being typed."""

    def __init__(self, version: str) -> None:
        # Whole texts: pygls applies partial changes by lines that end at form feeds too.
        super().__init__(
            "celery-safe", version, text_document_sync_kind=types.TextDocumentSyncKind.Full
        )
        self.folders: dict[Path, Folder] = {}
        self.is_closing = False
        self._runs: dict[Path, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._published: dict[Path, list[types.Diagnostic]] = {}
        self._told: set[str] = set()

    # -- which file is in which folder

    def sync_folders(self) -> None:
        """Take in the folders that the editor has opened, and drop those it has closed."""
        named = (path_of(folder.uri) for folder in self.workspace.folders.values())
        wanted = {path for path in named if path is not None}
        if not self.workspace.folders and self.workspace.root_uri:
            root = path_of(self.workspace.root_uri)
            wanted |= {root} if root else set()
        loose = {
            path for path in self.texts() if not any(folder in path.parents for folder in wanted)
        }
        for path in self.folders.keys() - wanted - loose:
            del self.folders[path]
        for path in (wanted | loose) - self.folders.keys():
            self.folders[path] = Folder(path)
        for path in [p for p in self._published if self.folder_of(p) is None]:
            self._publish(path, [])

    def folder_of(self, path: Path) -> Folder | None:
        """The innermost folder that a file is in."""
        at = [self.folders[p] for p in (path, *path.parents) if p in self.folders]
        return at[0] if at else None

    def texts(self) -> dict[Path, str]:
        """The Python files that are open, as they are in the editor."""
        found = {}
        for document in self.workspace.text_documents.values():
            path = path_of(document.uri)
            if path is not None and path.suffix == ".py":
                # Half of a surrogate pair can be typed, but not written.
                text = document.source.encode("utf-8", "replace").decode()
                found[path] = text.removeprefix("\ufeff")
        return found

    # -- runs

    def check(self, folders: list[Folder] | None = None, *, refresh: bool = False) -> None:
        """Check folders, or all, as soon as may be; ``refresh`` looks at the disk again."""
        for folder in self.folders.values() if folders is None else folders:
            folder.wanted += 1
            if refresh:
                folder.refresh()
            if folder.path not in self._runs:
                self._start(folder)

    def _start(self, folder: Folder) -> None:
        task = asyncio.get_running_loop().create_task(self._run(folder))
        self._runs[folder.path] = task
        task.add_done_callback(lambda _: self._runs.pop(folder.path, None))

    async def settled(self, folder: Folder) -> Found:
        """What is found once nothing newer waits to be checked."""
        while folder.path in self._runs:
            await asyncio.shield(self._runs[folder.path])
            await asyncio.sleep(0)
        return folder.found

    async def alone(self, work: Callable[[], T]) -> T:
        """``work`` in a thread, when no run is under way."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(work)

    async def _run(self, folder: Folder) -> None:
        last = time.monotonic()
        while folder.done != folder.wanted and not self.is_closing:
            await asyncio.sleep(PAUSE)
            wanted, texts = folder.wanted, self.texts()

            def should_stop(wanted: int = wanted, last: float = last) -> bool:
                is_stale = folder.wanted != wanted and time.monotonic() - last < PATIENCE
                return is_stale or self.is_closing

            try:
                async with self._one_at_a_time:
                    folder.found = await asyncio.to_thread(folder.check, texts, should_stop)
            except Cancelled:
                continue
            except Exception as error:
                log.exception("checking %s failed", folder.path)
                self._tell(f"checking {folder.path} failed: {type(error).__name__}: {error}")
            folder.done, last = wanted, time.monotonic()
            if folder.problem:
                self._tell(folder.problem)
            self._show(folder)

    # -- what the editor is told

    def _show(self, folder: Folder) -> None:
        found, codec = folder.found, self.workspace.position_codec
        shown = {
            path: [convert.diagnostic(f, found.lines[str(path)], codec) for f in findings]
            for path, findings in found.findings.items()
        }
        for path, one in found.unchecked.items():
            shown.setdefault(path, []).append(convert.unchecked(one))
        for path in {*self._published, *shown}:
            if self.folder_of(path) is folder:
                self._publish(path, shown.get(path, []))

    def _publish(self, path: Path, diagnostics: list[types.Diagnostic]) -> None:
        if self._published.get(path, []) == diagnostics:
            return
        if diagnostics:
            self._published[path] = diagnostics
        else:
            del self._published[path]
        opened = [u for u in self.workspace.text_documents if path_of(u) == path]
        uri = opened[0] if opened else uris.from_fs_path(str(path))
        if uri is not None:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics))

    def _tell(self, message: str) -> None:
        """Show it, once."""
        if message not in self._told:
            self._told.add(message)
            self.window_show_message(
                types.ShowMessageParams(types.MessageType.Error, f"celery-safe: {message}")
            )


def path_of(uri: str) -> Path | None:
    """The file or folder of a URI; None for what is not on the disk, such as a new text."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None
