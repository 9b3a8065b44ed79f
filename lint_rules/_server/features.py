"""What the server answers to: one function for each message of the protocol."""

from __future__ import annotations

import re
from pathlib import Path

from lsprotocol import types

from lint_rules._engine import fix, rules
from lint_rules._engine.facts import Finding
from lint_rules._server import actions, convert
from lint_rules._server.server import Server, path_of

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{convert.SOURCE}"
WATCHED = ("**/*.py", "**/pyproject.toml")
_CODE = re.compile(r"\b[A-Z]{2,10}\d{3}\b")
#: A page's first parts, which say what and why.
_FIRST = re.compile(r"\A(.*?)^## (?!What it does|Why is this bad)", re.MULTILINE | re.DOTALL)


def make(version: str) -> Server:
    """A server with everything that it can do."""
    server = Server(version)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.SHUTDOWN)(shutdown)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(folders_changed)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(disk_changed)
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(opened_or_closed)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(opened_or_closed)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(typed)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(disk_changed)
    server.feature(types.TEXT_DOCUMENT_HOVER)(hover)
    server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
    )(code_actions)
    return server


async def initialized(server: Server, _: types.InitializedParams) -> None:
    """Ask to be told of files that change on disk, and check all."""
    server.sync_folders()
    server.check(refresh=True)
    workspace = server.client_capabilities.workspace
    watching = workspace and workspace.did_change_watched_files
    if watching and watching.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions(
            [types.FileSystemWatcher(pattern) for pattern in WATCHED]
        )
        name = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        await server.client_register_capability_async(
            types.RegistrationParams([types.Registration("files", name, options)])
        )


def shutdown(server: Server, _: None) -> None:
    """Stop what is under way."""
    server.is_closing = True


def folders_changed(server: Server, _: types.DidChangeWorkspaceFoldersParams) -> None:
    """Folders were opened or closed."""
    server.sync_folders()
    server.check(refresh=True)


def disk_changed(server: Server, _: object) -> None:
    """A file was saved, or changed outside."""
    server.check(refresh=True)


def opened_or_closed(
    server: Server, _: types.DidOpenTextDocumentParams | types.DidCloseTextDocumentParams
) -> None:
    """A file is open now, or no longer."""
    server.sync_folders()
    # What the editor does not report as changed on disk is seen here.
    server.check(refresh=True)


def typed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    """A text has changed, and with it what others import from it."""
    path = path_of(params.text_document.uri)
    folder = server.folder_of(path) if path else None
    if folder is not None:
        server.check([folder])


def hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    """The first parts of the page of a rule: of the one that is named, or that found this."""
    path = path_of(params.text_document.uri)
    document = server.workspace.get_text_document(params.text_document.uri)
    lines = convert.lines_of(document.source)
    if path is None or params.position.line >= len(lines):
        return None
    at = server.workspace.position_codec.position_from_client_units(lines, params.position)
    named = [m[0] for m in _CODE.finditer(lines[at.line]) if m.start() <= at.character <= m.end()]
    codes = named or [f.code for f in _findings(server, path, params.position, params.position)]
    folder = server.folder_of(path)
    known = (folder.rules if folder else ()) or rules.all_rules()
    pages = [_first_parts(rule) for rule in known if rule.code in codes]
    if not pages:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages)))


async def code_actions(
    server: Server, params: types.CodeActionParams
) -> list[types.CodeAction] | None:
    """Fixes and ignore comments for what was found at a place, and all safe fixes of the file."""
    path = path_of(params.text_document.uri)
    folder = server.folder_of(path) if path else None
    if path is None or folder is None:
        return None
    found = await server.settled(folder)
    text = found.texts.get(path)
    if text is None:
        return None
    uri = params.text_document.uri
    offered: list[types.CodeAction] = []
    if _is_wanted(types.CodeActionKind.QuickFix.value, params):
        for finding in _findings(server, path, params.range.start, params.range.end):
            offered += _quick_fixes(server, uri, text, finding)
    if _is_wanted(FIX_ALL, params):
        after = await server.alone(lambda: folder.fix_all(path))
        if after is not None:
            edit = _edit(server, uri, text, after)
            offered.append(types.CodeAction("Fix all safe findings", FIX_ALL, edit=edit))
    return offered


def _quick_fixes(server: Server, uri: str, text: str, finding: Finding) -> list[types.CodeAction]:
    offered = []
    if finding.fix is not None:
        is_safe = finding.fix.applicability == fix.SAFE
        title = f"{finding.code}: {finding.fix.message}{'' if is_safe else ' (unsafe)'}"
        offered.append((title, actions.fixed(text, finding), is_safe))
    title = f"{finding.code}: ignore it on this line (write the reason after the bracket)"
    offered.append((title, actions.ignored(text, finding), False))
    return [
        types.CodeAction(
            title,
            types.CodeActionKind.QuickFix,
            diagnostics=[_diagnostic(server, text, finding)],
            is_preferred=is_preferred,
            edit=_edit(server, uri, text, after),
        )
        for title, after, is_preferred in offered
        if after is not None
    ]


def _diagnostic(server: Server, text: str, finding: Finding) -> types.Diagnostic:
    codec = server.workspace.position_codec
    return convert.diagnostic(finding, convert.lines_of(text), codec)


def _edit(server: Server, uri: str, before: str, after: str) -> types.WorkspaceEdit:
    """With the version where the editor understands it, so that it is not put into a newer text."""
    edits = convert.edits(before, after)
    workspace = server.client_capabilities.workspace
    if not (workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes):
        return types.WorkspaceEdit(changes={uri: edits})
    version = server.workspace.get_text_document(uri).version
    document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])


def _findings(
    server: Server, path: Path, start: types.Position, end: types.Position
) -> list[Finding]:
    """The findings that have a part between two places."""
    folder = server.folder_of(path)
    if folder is None:
        return []
    lines = folder.found.lines.get(str(path), [])
    codec = server.workspace.position_codec
    found = []
    for finding in folder.found.findings.get(path, []):
        place = convert.range_of(finding, lines, codec)
        if place.start <= end and start <= place.end:
            found.append(finding)
    return found


def _is_wanted(kind: str, params: types.CodeActionParams) -> bool:
    """Whether the editor asks for this kind, or for one that it is a kind of."""
    only = params.context.only
    return only is None or any(f"{kind}.".startswith(f"{wanted}.") for wanted in map(_text, only))


def _text(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _first_parts(rule: rules.Rule) -> str:
    page = rules.page(rule)
    first = _FIRST.match(page)
    return (first[1] if first else page).strip()
