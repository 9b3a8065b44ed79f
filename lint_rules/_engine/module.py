"""One parsed file: its names, its facts, and where things stand in it."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.facts import (
    Call,
    ConfigLoad,
    Context,
    Function,
    Passed,
    Ref,
    Registration,
    Send,
    Setting,
    Site,
    Statement,
    TaskCandidate,
)
from lint_rules._engine.names import Binding, Scope, dotted, last_name

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_LAST_WORD = re.compile(r"([A-Za-z_]\w*)[ \t]*\Z")
_FIRST_WORD = re.compile(r"[ \t]*([A-Za-z_]\w*)")
#: How far back from an ``as`` the name before it is looked for.
_LONGEST = 100
#: An attribute that is read, or a string that may name one.
_READ = re.compile(r"""\.\s*([A-Za-z_]\w*)|(["'])([A-Za-z_]\w*)(?=\2)""")


@dataclass(frozen=True)
class Span:
    """Where something stands; lines and columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


def is_test_file(path: Path) -> bool:
    """Whether the name of a file says that it holds tests."""
    stem = path.stem
    return stem.startswith("test_") or stem.endswith("_test") or stem in ("tests", "conftest")


class Module:
    """A file with its facts; one that only others import from has just its top level."""

    def __init__(self, path: Path, name: tuple[str, ...], text: str) -> None:
        self.path = path
        self.name = name
        self.package = name if path.name == "__init__.py" else name[:-1]
        self.text = text
        self._lines: list[str] | None = None
        self._read: set[str] | None = None
        self._as: list[tuple[str, str]] | None = None
        self._sites_by_name: dict[str, list[Site]] | None = None
        self.scope = Scope(self.package, None)
        self.bindings: dict[str, Binding] = {}
        #: What ``from ... import *`` names, in order.
        self.stars: list[tuple[str, ...]] = []
        self.classes: dict[str, list[Ref]] = {}
        #: The names in the body of each class at the top level.
        self.class_scopes: dict[str, Scope] = {}
        self.decorated: dict[str, bool] = {}
        #: The functions and classes of the top level.
        self.definitions: dict[str, Definition] = {}
        #: Names of the top level that may be decorators which make tasks.
        self.makers: set[str] = set()
        #: Context managers of the file, by name, with what they open themselves.
        self.context_managers: dict[str, list[Context]] = {}
        #: Top-level functions by name, methods of top-level classes as ``Class.method``.
        self.functions: dict[str, Function] = {}
        self.candidates: list[TaskCandidate] = []
        #: Imports of Celery that are meant to work: those inside a try are left out.
        self.celery_imports: list[ast.Import | ast.ImportFrom] = []
        self.registrations: list[Registration] = []
        self.sends: list[Send] = []
        #: The names that each function sees.
        self.scopes: dict[Function, Scope] = {}
        #: The calls of each function, by its identity.
        self.sites: dict[Function, list[Site]] = {}
        self.passed: list[Passed] = []
        self.calls: list[Call] = []
        #: Chains that are written as ``a.s() | b.s()``.
        self.pipes: list[tuple[ast.BinOp, Scope]] = []
        self.statements: list[Statement] = []
        self.settings: list[Setting] = []
        self.beat_entries: list[BeatEntry] = []
        #: What ``beat_schedule`` is made of: what it refers to, its name, the function around.
        self.beat_tables: list[tuple[Ref, str, Function | None]] = []
        self.config_loads: list[ConfigLoad] = []
        #: What ``conf.update`` is given by name.
        self.conf_updates: list[Ref] = []
        #: Every function called ``gen_task_name``, by which an app names tasks in its own way.
        self.gen_task_names: list[Function] = []

    @property
    def lines(self) -> list[str]:
        """The lines of the file, as the parser counts them."""
        if self._lines is None:
            self._lines = re.split(r"\r\n|\r|\n", self.text)
        return self._lines

    @cached_property
    def is_script(self) -> bool:
        """Whether it may run as ``__main__``."""
        return re.search(r"""__name__ == ["']__main__["']""", self.text) is not None

    @property
    def is_test_file(self) -> bool:
        """Whether its name says that it holds tests."""
        return is_test_file(self.path)

    @property
    def is_test(self) -> bool:
        """Whether its name or folder says that it belongs to tests."""
        return self.is_test_file or not {"test", "tests"}.isdisjoint(self.path.parts)

    def other_names(self, names: Collection[str]) -> set[str]:
        """What the file calls these when it imports them, and more: whatever stands after ``as``."""
        if self._as is None:
            parts = self.text.split(" as ")
            pairs = (
                (_LAST_WORD.search(before[-_LONGEST:]), _FIRST_WORD.match(after))
                for before, after in itertools.pairwise(parts)
            )
            self._as = [(name[1], other[1]) for name, other in pairs if name and other]
        return {other for name, other in self._as if name in names}

    @property
    def sites_by_name(self) -> dict[str, list[Site]]:
        """The calls in functions by the last name of what is called, such as ``get``."""
        if self._sites_by_name is None:
            self._sites_by_name = {}
            for sites in self.sites.values():
                for site in sites:
                    self._sites_by_name.setdefault(last_name(site.call.func), []).append(site)
        return self._sites_by_name

    def reads(self, name: str) -> bool:
        """Whether it has ``.name`` or the string ``"name"``."""
        if self._read is None:
            pairs = _READ.findall(self.text)
            self._read = {attribute or string for attribute, _, string in pairs}
        return name in self._read

    def origin(self, binding: Binding, name: str) -> str:
        """The origin of what ``name`` is bound to at module level."""
        if binding.kind == "import" and binding.origin:
            return ".".join(binding.origin)
        return ".".join((*self.name, name))

    def values_of(self, name: str) -> list[ast.expr]:
        """What assignments at the top level give a name; none if something else binds it too."""
        values = [v for v in self.scope.values.get(name, ()) if v is not None]
        return values if len(values) == len(self.scope.values.get(name, ())) else []

    def origin_of(self, node: ast.AST) -> str | None:
        """The origin of a dotted name, by what is bound at module level."""
        parts = dotted(node)
        binding = self.bindings.get(parts[0]) if parts else None
        if not parts or binding is None:
            return None
        return ".".join((self.origin(binding, parts[0]), *parts[1:]))

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) -> Span:
        """Where ``node`` stands."""
        end_line = node.end_lineno or node.lineno
        return Span(
            node.lineno,
            self._column(node.lineno, node.col_offset),
            end_line,
            self._column(end_line, node.end_col_offset or 0),
        )

    def decorator_span(self, node: ast.expr) -> Span:
        """Where a decorator stands, its ``@`` included."""
        span = self.span(node)
        before = self.lines[span.line - 1][: span.column - 1]
        at = before.rfind("@")
        return span if at < 0 else Span(span.line, at + 1, span.end_line, span.end_column)

    def definition_span(self, node: Function) -> Span:
        """Where the name of a function stands, with its ``def``."""
        span = self.span(node)
        text = self.lines[span.line - 1]
        found = re.compile(rf"def\s+{re.escape(node.name)}").search(text, span.column - 1)
        return Span(span.line, span.column, span.line, found.end() + 1 if found else len(text) + 1)

    def _column(self, line: int, offset: int) -> int:
        """From the parser's offset in UTF-8 bytes to a column in characters."""
        text = self.lines[line - 1]
        if text.isascii():
            return offset + 1
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    def code(self, node: ast.expr) -> str:
        """The source text of ``node``."""
        span = self.span(node)
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]
        return ast.unparse(node)
