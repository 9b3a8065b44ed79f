"""Tests that say nothing of Celery: most lines of a large project that are parsed at all are theirs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from lint_rules._engine import syntax
from lint_rules._engine.facts import Function
from lint_rules._engine.module import Module, is_test_file
from lint_rules._engine.names import last_name

#: A test without any of these has no task, send, signature or setting in it.
_NEEDLES = (
    "elery", "ELERY", "_task", ".task", "Task", ".delay", ".apply_async", ".s(", ".si(", "ignature",
    "subtask", ".retry(", ".conf", "on_commit", "crontab", "chain(", "group(", "chord(", "chunks",
    "starmap", ".map(", "AsyncResult", "DjangoStore", "automatic(", "backend", "broker",
)  # fmt: skip
#: Decorators of tests; any other may make a task.
_OF_TESTS = frozenset(
    {
        "fixture", "parametrize", "patch", "object", "dict", "override_settings", "freeze_time",
        "skip", "skipif", "skipIf", "skipUnless", "xfail", "django_db", "usefixtures", "count_queries",
        "vcr", "staticmethod", "classmethod", "property", "abstractmethod", "modify_settings", "tag",
    }
)  # fmt: skip

#: Files of tests with more characters are parsed without the tests that say nothing.
LONG = 20_000
#: A line that begins a statement at the top level.
_STATEMENT = re.compile(r"^[^\s#)\]}]", re.MULTILINE)
_TEST = re.compile(
    r"((?:@[^\n]*\n(?:[ \t)\]}#][^\n]*\n|\n)*)*)(?:async[ \t]+)?def[ \t]+(test_\w*)[ \t]*\("
)
_DECORATOR = re.compile(r"^@(?:\w+\.)*(\w+)", re.MULTILINE)


def parse(path: Path, text: str) -> ast.Module:
    """The tree of a file; of a long one of tests without what is in tests that say nothing.

    Raises:
        CannotCheck: it is no Python, nested too deeply, or too long.
    """
    # A line ends with \n or \r\n here; what else ends one is rare.
    is_plain = text.count("\r") == text.count("\r\n")
    if LONG < len(text) <= syntax.MAX_SIZE and is_plain and is_test_file(path):
        tree = syntax.plainly(_without_quiet_tests(text))
        if tree is not None:
            return tree
    return syntax.parse(text)


def _without_quiet_tests(text: str) -> str:
    """The text with ``def test_name(): pass`` for tests without a word, and every line where it was."""
    starts = [m.start() for m in _STATEMENT.finditer(text)]
    kept: list[str] = [text[: starts[0]]] if starts else [text]
    decorators = 0
    for n, start in enumerate(starts):
        if decorators:
            decorators -= 1  # it went with the first of them
            continue
        while text[starts[n + decorators]] == "@" and n + decorators + 1 < len(starts):
            decorators += 1
        after = n + decorators + 1
        piece = text[start : starts[after] if after < len(starts) else len(text)]
        kept.append(_shortened(piece))
    return "".join(kept)


def _shortened(piece: str) -> str:
    test = _TEST.match(piece)
    if test is None or speaks(piece) or '"""' in piece or "'''" in piece:
        return piece  # a string of several lines may only look like a test
    if any(name not in _OF_TESTS for name in _DECORATOR.findall(test[1])):
        return piece
    before, after = test[1].count("\n"), piece.count("\n") - test[1].count("\n")
    return "\n" * before + f"def {test[2]}(): pass" + "\n" * after


def says_nothing(module: Module, function: Function) -> bool:
    """Whether a function of a file of tests has no word of Celery: then only its name matters."""
    if any(_name(d) not in _OF_TESTS for d in function.decorator_list):
        return False
    start = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    return not speaks("\n".join(module.lines[start - 1 : function.end_lineno]))


def speaks(text: str) -> bool:
    """Whether the text of a test may say something about Celery."""
    return any(needle in text for needle in _NEEDLES)


def _name(decorator: ast.expr) -> str:
    return last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
