"""Tests without a word of Celery are neither parsed nor walked, and nothing that is found depends on it."""

from __future__ import annotations

import ast
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint_rules._engine import quiet, syntax
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

RULES = all_rules()
HEAD = "import pytest\nfrom unittest import mock\nfrom celery import shared_task, Celery\n"
PIECES = [
    "def test_total():\n    assert 1 + 1 == 2\n\n\n",
    "@pytest.mark.parametrize(\n    'a',\n    [1, 2],\n)\n@mock.patch('x.y')\ndef test_many(\n    y, a\n):\n    assert a\n",
    "async def test_later(client):\n    # a comment\n    x = 'y'\n\n    return x\n",
    "@shop_task(name='c')\ndef test_of_a_task(pk):\n    pass\n",
    "@shared_task(name='charge', max_retry=3)\ndef charge(pk, acc=[]):\n    charge.delay(1, 2, countdown=3)\n",
    "def test_sends():\n    charge.delay(pk=1, nte=2)\n    charge.apply_async('abc')\n",
    'QUERY = """\ndef test_in_a_string():\n    pass\n"""\n',
    'def test_text():\n    x = """\ndef test_within():\n    y = 1\n"""\n    assert x\n',
    "class TestShop:\n    def setup(self):\n        self.x = 1\n\n    @mock.patch('a.b')\n    def test_one(self, b):\n"
    "        assert b\n\n    def test_two(self):\n        charge.delay()\n",
    "def helper(a, b=1):\n    return a\n",
    "app = Celery('shop')\napp.conf.update(accept_content=['pickle'])\n",
    "if True:\n    def test_conditional():\n        pass\n",
    "test_alias = test_total = None\n",
    "def test_unclosed():\n    call(\n'''text'''\n)\n",
]  # fmt: skip


def found(path: Path) -> list[tuple[int, str, str]]:
    result = check_paths([path], Config(preset="strict"), RULES)
    return [(f.line, f.code, f.message) for f in result.findings]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=7), st.sampled_from(["\n", "\r\n"]))
def test_findings_do_not_depend_on_it(pieces: list[str], end: str) -> None:
    text = (HEAD + "".join(pieces)).replace("\n", end)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder, "test_shop.py")
        path.write_bytes(text.encode())
        patch.setattr(quiet, "LONG", 0)
        short = found(path)
        patch.setattr(quiet, "speaks", lambda _: True)
        assert found(path) == short


@pytest.mark.parametrize("piece", PIECES)
def test_names_and_lines_stay(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "LONG", 0)
    text = HEAD + piece + "last = 1\n"
    whole = ast.parse(text)
    short = quiet.parse(Path("tests/test_shop.py"), text)
    assert [_named(n) for n in short.body] == [_named(n) for n in whole.body]


def _named(node: ast.stmt) -> tuple[str, str | None, int]:
    return type(node).__name__.replace("Async", ""), getattr(node, "name", None), node.lineno


def test_what_says_nothing_is_left_out_of_long_files_of_tests_alone() -> None:
    text = HEAD + "def test_total():\n    assert 1\n" * 1000
    assert all(
        isinstance(n.body[0], ast.Pass) for n in _functions(quiet.parse(Path("test_a.py"), text))
    )
    kept = [n.body[0] for n in _functions(quiet.parse(Path("shop.py"), text))]
    assert len(kept) == 1000
    assert all(isinstance(n, ast.Assert) for n in kept)
    with pytest.raises(syntax.CannotCheck, match="line 4"):
        quiet.parse(Path("test_a.py"), text.replace("import shared", "import shared\nif (\n", 1))


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [n for n in tree.body if isinstance(n, ast.FunctionDef)]
