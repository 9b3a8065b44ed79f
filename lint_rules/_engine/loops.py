"""Conditions in loops that hold for one round."""

from __future__ import annotations

import ast

#: Attributes that one of many has: ``if formset.prefix == "lines"``.
_IDENTITIES = frozenset({"id", "pk", "key", "name", "prefix", "slug"})


def happens_once(node: ast.If) -> bool:
    """Whether the body of a condition in a loop runs for one round at most: it leaves, or picks one."""
    if isinstance(node.body[-1], ast.Return | ast.Raise):
        return True
    test = node.test
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(test.left, ast.Attribute)
        and test.left.attr in _IDENTITIES
        and isinstance(test.comparators[0], ast.Constant)
    )
