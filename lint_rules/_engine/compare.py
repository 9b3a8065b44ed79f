"""The tasks of a project now and at an earlier revision, side by side."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lint_rules._engine.contracts import Contract, Message, all_contracts
from lint_rules._engine.index import Index
from lint_rules._engine.module import Module, Span
from lint_rules._engine.project import Project
from lint_rules._engine.signatures import given_to, is_partial
from lint_rules._engine.since import Revision, project_at

#: Two functions are the same one under another name if so much of their lines is.
_ALIKE = 0.6
#: Decorators that leave a function's parameters as they are.
_KEEP_PARAMETERS = frozenset(
    {
        "django.db.transaction.atomic", "django.db.transaction.non_atomic_requests",
        "functools.lru_cache", "functools.cache", "functools.wraps", "sentry_sdk.trace",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A task that both revisions have."""

    old: Contract
    new: Contract

    @cached_property
    def has_same_parameters(self) -> bool:
        """Whether nothing of the parameters has changed."""
        old, new = self.old.task, self.new.task
        return old.is_bound == new.is_bound and (
            old.function is new.function
            or ast.dump(old.function.args) == ast.dump(new.function.args)
        )

    @property
    def is_pydantic(self) -> bool:
        """Whether the workers of both revisions make models of the arguments."""
        given = [c.task.option("pydantic") for c in (self.old, self.new)]
        return all(isinstance(node, ast.Constant) and node.value is True for node in given)

    @cached_property
    def renamed(self) -> dict[str, str]:
        """The parameters that stand where one of another name stood, which is gone."""
        pairs = [*zip(self.old.order, self.new.order, strict=False)]
        only = [[p.arg for p in c.keyword_only] for c in (self.old, self.new)]
        gone = [n for n in only[0] if n not in self.new.parameters]
        came = [n for n in only[1] if n not in self.old.parameters]
        if len(gone) == len(came) == 1:
            pairs.append((gone[0], came[0]))
        return {
            a: b for a, b in pairs if a not in self.new.parameters and b not in self.old.parameters
        }


@dataclass(frozen=True)
class Gone:
    """A task that is no longer registered under its name, and what it may have become."""

    old: Contract
    name: str
    now: Contract | None


class Comparison:
    """What the rules on compatibility ask.

    Args:
        now: the project of today.
        index: of all its files.
        revision: what to compare with.
        is_complete: whether all files could be read; else what is not there may be in one.
        decorators: as for a project.
    """

    def __init__(
        self,
        now: Project,
        index: Index,
        revision: Revision,
        is_complete: bool,
        decorators: Sequence[str] = (),
    ) -> None:
        before = project_at(revision, now.modules, index, decorators)
        self.label = revision.label
        self.now = now
        self.before = before
        self._index = index
        self._is_complete = is_complete
        self._elsewhere = revision.elsewhere
        shared = {id(m) for m in before.modules} & {id(m) for m in now.modules}
        self._old = _by_name(before)
        self._new = _by_name(now)
        self._shared = shared

    @cached_property
    def pairs(self) -> list[Pair]:
        """The tasks that both have; none that a name has twice.

        What a task is may change with another file: its base class, a constant, a route.
        """
        found = []
        for name, olds in self._old.items():
            news = self._new.get(name, [])
            if len(olds) == len(news) == 1:
                pair = Pair(olds[0], news[0])
                if _are_comparable(pair):
                    found.append(pair)
        return found

    @cached_property
    def gone(self) -> list[Gone]:
        """The tasks that are no longer registered under the name that their messages carry."""
        if not self._is_complete:
            return []
        came = [c for n, news in self._new.items() if n not in self._old for c in news]
        gone = [
            Gone(old, name, _successor(old, came))
            for name, (old, *_) in self._old.items()
            if name not in self._new and old.name == name and not self._may_be_registered(name, old)
        ]
        # In a file that is as it was, a task is the same one by the name that another file gives.
        return [
            g
            for g in gone
            if id(g.old.module) not in self._shared
            or (g.now is not None and g.now.task.function is g.old.task.function)
        ]

    def failing_send(self, pair: Pair) -> str | None:
        """What a send of the earlier revision raises in a worker of today, though it was right then."""
        for _, send in self.before.sends():
            target = self.before.target(send)
            if target.kind != "task" or target.tasks != (pair.old.task,) or is_partial(send):
                continue
            call = given_to(send)
            message = Message(call.positional, call.keywords) if call is not None else None
            if message is not None and pair.old.error(message) is None:
                error = pair.new.error(message)
                if error is not None:
                    return error
        return None

    def place_of(self, gone: Contract) -> tuple[Module, Span]:
        """Where to tell of it: where it stood in the file of today, or in the old file."""
        old = gone.module
        then = old.decorator_span(gone.task.decorator)
        absolute = old.path.absolute()
        module = self._index.at(absolute) if absolute in self._index.names else None
        if module is None:
            return old, then
        pattern = re.compile(rf"(?:async +)?def +{re.escape(gone.task.name)}\b")
        still = (n for n, text in enumerate(module.lines, 1) if pattern.match(text))
        line = next(still, 0) or _line_now(old.lines, module.lines, then.line)
        text = module.lines[line - 1]
        start = len(text) - len(text.lstrip()) + 1
        place = Module(old.path, module.name, module.text)
        return place, Span(line, start, line, max(start, len(text)) + 1)

    def _may_be_registered(self, name: str, old: Contract) -> bool:
        """Whether something else than a decorator that is known registers the name."""
        function = re.escape(old.task.name)
        written = rf"""["']{re.escape(name)}["']"""
        registered = re.compile(
            rf"""\bname\s*=\s*{written}|\btasks\[\s*{written}\s*\]\s*=|@[^\n]*{written}|"""
            rf"""\btask\([^()]*\)\(\s*{function}\b|\btask\(\s*{function}\s*\)"""
        )
        alias = re.compile(rf"""{written}\s*:\s*["']([\w.]+)["']""")
        for text in (*(m.text for m in self.now.modules), *self._elsewhere):
            if name not in text and not ("task(" in text and old.task.name in text):
                continue
            if registered.search(text) or any(n in self._new for n in alias.findall(text)):
                return True
        # A decorator that is not known may be a task's.
        known = {(c.module.path, c.task.name) for cs in self._new.values() for c in cs if c.name}
        return (old.module.path, old.task.name) not in known and any(
            m.path == old.module.path and m.decorated.get(old.task.name) for m in self.now.modules
        )


def _by_name(project: Project) -> dict[str, list[Contract]]:
    """The tasks by the name in their messages, or by their place if it cannot be seen."""
    found: dict[str, list[Contract]] = {}
    for contract in all_contracts(project):
        place = f"{contract.module.path}:{contract.task.name}"
        found.setdefault(contract.name or place, []).append(contract)
    return found


def _are_comparable(pair: Pair) -> bool:
    """Whether the def lines tell what messages fit: no decorator that may change that came or went."""
    old, new = (Counter(c.task.others) for c in (pair.old, pair.new))
    return set((old - new) | (new - old)) <= _KEEP_PARAMETERS


def _successor(old: Contract, came: list[Contract]) -> Contract | None:
    """The new task that the old one has become: by its name, else by what it does."""
    same = [c for c in came if c.task.name == old.task.name]
    if len(same) == 1:
        return same[0]
    near = same or [c for c in came if list(c.parameters) == list(old.parameters)]
    rated = [(_likeness(old, c), n, c) for n, c in enumerate(near)]
    best = max(rated, default=None)
    return best[2] if best and best[0] >= _ALIKE else None


def _likeness(old: Contract, new: Contract) -> float:
    lines = [
        [line for s in c.task.function.body for line in ast.unparse(s).splitlines()]
        for c in (old, new)
    ]
    return difflib.SequenceMatcher(None, lines[0], lines[1], autojunk=False).ratio()


def _line_now(old: list[str], new: list[str], line: int) -> int:
    """The line of today's file at which a line of the old one stood, or the nearest with code."""
    at = 1
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, start, end, now, now_end in matcher.get_opcodes():
        if start < line <= end:
            at = min(now + line - start, max(now + 1, now_end))
    filled = [n for n in range(1, len(new) + 1) if new[n - 1].strip()]
    return min(filled, key=lambda n: abs(n - at), default=1)
