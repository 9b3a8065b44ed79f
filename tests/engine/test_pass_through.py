"""Which decorators of a project leave the parameters of a function as they are."""

from __future__ import annotations

import ast

import pytest

from lint_rules._engine.pass_through import passes_on


@pytest.mark.parametrize(
    ("parameters", "call", "expected"),
    [
        ("*args, **kwargs", "f(*args, **kwargs)", True),
        ("self, *args, **kwargs", "f(self, *args, **kwargs)", True),
        ("self, *args, **kwargs", "log(self) or f(self, *args, **kwargs)", True),
        ("self, *args, **kwargs", "f(*args, **kwargs)", False),
        ("*args, **kwargs", "f(session, *args, **kwargs)", False),
        ("self, other, *args, **kwargs", "f(other, self, *args, **kwargs)", False),
        ("self=None, *args, **kwargs", "f(self, *args, **kwargs)", False),
        ("*args, **kwargs", "f(*args, x=1, **kwargs)", False),
        ("*args, **kwargs", "f(*args[1:], **kwargs)", False),
        ("*args, **kwargs", "kwargs.pop('x') or f(*args, **kwargs)", False),
        ("**kwargs", "f(**kwargs)", False),
    ],
)
def test_a_decorator(parameters: str, call: str, expected: bool) -> None:
    text = f"def decorator(f):\n    def inner({parameters}):\n        return {call}\n    return inner\n"
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert passes_on(function) is expected
