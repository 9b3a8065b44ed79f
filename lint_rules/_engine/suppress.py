"""``# celery-safe: ignore[CS101] reason`` on a line, ``ignore-file[...]`` for a whole file."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from lint_rules._engine.facts import Edit, Finding
from lint_rules._engine.module import Module, Span

#: Finds unused comments itself, so it cannot tell whether one for it is used.
CODE = "CS001"
_COMMENT = re.compile(
    # The reason ends at another tool's comment.
    r"#\s*celery-safe:\s*(ignore(?:-file)?)\b\s*(\[[^\]]*\])?(.*?)(?=\s*#\s*(?:[a-z-]+:|noqa\b)|$)"
)
_CODE = re.compile(r"[^\s,]+")


@dataclass(frozen=True)
class Ignore:
    """One comment; columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_column: int
    codes: tuple[str, ...]
    reason: str
    is_for_file: bool

    @property
    def kind(self) -> str:
        """As it is written."""
        return "ignore-file" if self.is_for_file else "ignore"

    def span(self) -> Span:
        """Where it stands."""
        return Span(self.line, self.column, self.line, self.end_column)

    def without(self, codes: Collection[str], line: str) -> Edit:
        """What takes ``codes`` out of the comment, or all of it away if none is left."""
        left = [c for c in self.codes if c not in codes]
        if left:
            content = f"# celery-safe: {self.kind}[{', '.join(left)}] {self.reason}".rstrip()
            return Edit(self.line, self.column, self.line, self.end_column, content)
        before = line[: self.column - 1]
        after = line[self.end_column - 1 :]
        if not before.strip() and not after.strip():
            return Edit(self.line, 1, self.line + 1, 1, "")
        start = self.column if after.strip() else len(before.rstrip()) + 1
        gap = len(after) - len(after.lstrip())
        return Edit(self.line, start, self.line, self.end_column + gap, "")


@dataclass(frozen=True)
class Idle:
    """An ignore comment of which ``codes`` take nothing away, and why."""

    module: Module
    ignore: Ignore
    codes: tuple[str, ...]
    why: str


class Ignores:
    """The ignore comments of one run, and what they took away.

    Args:
        modules: the files of the run.
        known: the codes of all rules.
        running: the codes of those that run.
        is_partial: whether a file needs others that the run does not see.
    """

    def __init__(
        self,
        modules: Sequence[Module],
        known: Collection[str],
        running: Collection[str],
        is_partial: Callable[[Module], bool] = lambda _: False,
    ) -> None:
        self._known = known
        self._running = running
        self._is_partial = is_partial
        self._modules = {str(m.path): m for m in modules}
        self._ignores = {path: list(comments(m)) for path, m in self._modules.items()}
        self._used: set[tuple[str, Ignore, str]] = set()

    def keep(self, finding: Finding) -> Finding | None:
        """The finding, or None if a comment with a reason takes it away."""
        # A file that says nothing of Celery has no comment of ours.
        for ignore in self._ignores.get(finding.path, ()):
            on_line = ignore.line in (finding.line, finding.end_line)
            if finding.code not in ignore.codes or not (on_line or ignore.is_for_file):
                continue
            self._used.add((finding.path, ignore, finding.code))
            if ignore.reason:
                return None
            finding = replace(
                finding,
                message=f"{finding.message} (the {ignore.kind} comment on line {ignore.line} "
                "needs a reason after the bracket)",
            )
        return finding

    def idle(self) -> Iterator[Idle]:
        """The comments, or codes in them, that took nothing away; ask after all findings."""
        for path, ignores in self._ignores.items():
            for ignore in ignores:
                for codes, why in self._why(path, ignore):
                    yield Idle(self._modules[path], ignore, codes, why)

    def _why(self, path: str, ignore: Ignore) -> Iterator[tuple[tuple[str, ...], str]]:
        if not ignore.codes:
            yield (), "names no rule"
        unknown = tuple(c for c in ignore.codes if c not in self._known)
        if unknown:
            meant = [c.upper() for c in unknown if c.upper() in self._known]
            hint = f"; write {', '.join(meant)}" if meant else ""
            yield unknown, f"there is no such rule{hint}"
        unused = tuple(
            c
            for c in ignore.codes
            if c in self._running and c != CODE and (path, ignore, c) not in self._used
        )
        if unused and not self._is_partial(self._modules[path]):
            yield unused, "nothing of it is found here"


def comments(module: Module) -> Iterator[Ignore]:
    """The ignore comments of a file."""
    if "celery-safe:" not in module.text:
        return
    for line, column, text in _tokens(module.lines):
        for match in _COMMENT.finditer(text):
            yield Ignore(
                line,
                column + match.start(),
                column + match.end(),
                tuple(_CODE.findall((match[2] or "")[1:-1])),
                match[3].strip(),
                match[1] == "ignore-file",
            )


def _tokens(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of every comment."""
    source = iter([f"{line}\n" for line in lines])
    found = []
    try:
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            if token.type == tokenize.COMMENT:
                found.append((token.start[0], token.start[1] + 1, token.string))
    except (tokenize.TokenError, SyntaxError):
        # Syntax newer than this Python: then strings cannot be told from comments.
        found = [(n, 1, line) for n, line in enumerate(lines, 1)]
    yield from found
