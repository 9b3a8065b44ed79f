"""Constants put in place of the names that stand for them, be they defined here or in another file."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable
from dataclasses import replace

from lint_rules._engine.constants import text
from lint_rules._engine.facts import Arg
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.names import dotted

_DEEPEST = 9
_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_PLAIN = (
    ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Call, ast.keyword,
    ast.expr_context,
)  # fmt: skip
#: What may be called in a value that is the same wherever it stands.
_PLAIN_CALLS = frozenset({"timedelta", "int", "float", "round", "total_seconds"})


def folded(lookup: Lookup, place: Place, depth: int = 0) -> ast.expr:
    """The expression with the constants that its names stand for; itself where there are none.

    What is put in stands where the name stood, but for a list or dictionary of the same file. A name with more than one value, one that is
    changed after it was bound, and what the environment gives are left as they are.
    """
    node = place.node
    if depth > _DEEPEST or isinstance(node, ast.Constant):
        return node

    def part(inner: ast.expr) -> ast.expr:
        return folded(lookup, replace(place, node=inner), depth + 1)

    if isinstance(node, ast.Name | ast.Attribute | ast.JoinedStr):
        value, is_here = _value(lookup, place, depth)
        return node if value is None else value if is_here else moved(value, node)
    if isinstance(node, ast.Dict):
        return _dict(node, [(k, part(v)) for k, v in zip(node.keys, node.values, strict=True)])
    if isinstance(node, ast.Call) and dotted(node.func) == ("dict",) and not node.args:
        pairs = [(_key(k), part(k.value)) for k in node.keywords]
        return _dict(None, pairs, node)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return _spliced(node, [part(e) for e in node.elts])
    if isinstance(node, ast.Starred | ast.UnaryOp):
        field = "value" if isinstance(node, ast.Starred) else "operand"
        return _with(node, **{field: part(getattr(node, field))})
    if isinstance(node, ast.BinOp):
        return _sum(_with(node, left=part(node.left), right=part(node.right)))
    if isinstance(node, ast.IfExp):
        return _with(node, body=part(node.body), orelse=part(node.orelse))
    if isinstance(node, ast.Call):
        keywords = [_with(k, value=part(k.value)) for k in node.keywords]
        return _with(node, args=[part(a) for a in node.args], keywords=keywords)
    return node


def spread(lookup: Lookup, place: Place, given: Iterable[Arg]) -> tuple[Arg, ...]:
    """The arguments of a call with their constants; ``**OPTIONS`` as what is in the dictionary."""
    found: list[Arg] = []
    for arg in given:
        value = folded(lookup, replace(place, node=arg.value))
        texts = _texts(value) if arg.star == "**" else None
        if texts is None:
            found.append(replace(arg, value=value))
        else:
            found += [Arg(moved(v, arg.value), arg.node, k, is_spread=True) for k, v in texts]
    return tuple(found)


def moved(node: ast.expr, to: ast.expr) -> ast.expr:
    """A copy of an expression that stands where another one does."""
    new = copy.deepcopy(node)
    for inner in ast.walk(new):
        if isinstance(inner, ast.expr | ast.keyword):
            ast.copy_location(inner, to)
    return new


def _texts(node: ast.expr) -> list[tuple[str, ast.expr]] | None:
    if not isinstance(node, ast.Dict):
        return None
    pairs = [
        (k.value, v)
        for k, v in zip(node.keys, node.values, strict=True)
        if isinstance(k, ast.Constant) and isinstance(k.value, str)
    ]
    return pairs if len(pairs) == len(node.keys) else None


def _value(lookup: Lookup, place: Place, depth: int) -> tuple[ast.expr | None, bool]:
    """What a name stands for, if that is one value; whether it is a container of the same file."""
    if isinstance(place.node, ast.JoinedStr) or getattr(place.node, "attr", "") == "value":
        known = text(lookup, place)
        return (None if known is None else ast.Constant(known)), False
    values = lookup.find(place).values
    if len(values) != 1:
        return None, False
    (found,) = values
    value = folded(lookup, found, depth + 1)
    name = dotted(place.node) or ("",)
    if isinstance(value, _CONTAINERS):
        is_here = found.module is place.module
        return (None if _is_changed(found, value, name[-1]) else value), is_here
    if isinstance(value, ast.Constant) and value.value is None:
        return None, False  # bound to nothing at first, and to something later, in a function
    is_fixed = _is_plain(value) and not _is_changed(found, value, name[-1])
    return (value if is_fixed else None), False


def _is_plain(node: ast.expr) -> bool:
    """Whether it means the same in every file."""
    called = {
        id(part)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and (dotted(call.func) or ("",))[-1] in _PLAIN_CALLS
        for part in ast.walk(call.func)
    }
    return all(isinstance(n, _PLAIN) or id(n) in called for n in ast.walk(node))


def _is_changed(found: Place, value: ast.expr, name: str) -> bool:
    """Whether the file binds the name again, or changes what it holds."""
    word = rf"(?<![\w.]){re.escape(name)}"
    changes = rf"{word}\s*(?:[-+*/|&%]|//|\*\*)=|\bglobal\b[^\n]*\b{re.escape(name)}\b"
    if isinstance(value, _CONTAINERS):
        methods = "update|setdefault|pop|popitem|append|extend|insert|add|remove|clear"
        changes += rf"|{word}\s*\[[^\]\n]*\]\s*=[^=]|{word}\.(?:{methods})\(|\bdel {word}\b"
    return re.search(changes, found.module.text) is not None


def _key(keyword: ast.keyword) -> ast.expr | None:
    return ast.copy_location(ast.Constant(keyword.arg), keyword.value) if keyword.arg else None


def _dict(
    old: ast.Dict | None, pairs: list[tuple[ast.expr | None, ast.expr]], at: ast.expr | None = None
) -> ast.expr:
    """A dictionary with what ``**`` brings into it; the later value of a key wins."""
    if old is not None and all(
        k is not None and v is o for (k, v), o in zip(pairs, old.values, strict=True)
    ):
        return old
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for key, value in pairs:
        is_written = key is None and isinstance(value, ast.Dict)
        more = zip(value.keys, value.values, strict=True) if is_written else [(key, value)]  # type: ignore[attr-defined]  # is_written says that it is a Dict
        for k, v in more:
            same = next((n for n, other in enumerate(keys) if _is_same(k, other)), None)
            if same is None:
                keys.append(k)
                values.append(v)
            else:
                keys[same], values[same] = k, v
    place = old if old is not None else at
    assert place is not None
    return ast.copy_location(ast.Dict(keys, values), place)


def _is_same(one: ast.expr | None, other: ast.expr | None) -> bool:
    return (
        isinstance(one, ast.Constant)
        and isinstance(other, ast.Constant)
        and one.value == other.value
    )


def _spliced(node: ast.List | ast.Tuple | ast.Set, elements: list[ast.expr]) -> ast.expr:
    if all(new is old for new, old in zip(elements, node.elts, strict=True)):
        return node
    flat: list[ast.expr] = []
    for element in elements:
        inner = element.value if isinstance(element, ast.Starred) else None
        is_list = isinstance(inner, ast.List | ast.Tuple | ast.Set)
        flat += inner.elts if is_list else [element]  # type: ignore[union-attr]  # is_list says so
    new = copy.copy(node)
    new.elts = flat
    return new


def _sum(node: ast.expr) -> ast.expr:
    """``A | B`` of two dictionaries as one."""
    assert isinstance(node, ast.BinOp)
    left, right = node.left, node.right
    if (
        isinstance(node.op, ast.BitOr)
        and isinstance(left, ast.Dict)
        and isinstance(right, ast.Dict)
    ):
        return _dict(None, [(None, left), (None, right)], node)
    return node


def _with(node: ast.expr | ast.keyword, **fields: object) -> ast.expr:
    """The node with some fields; itself if they are the same."""

    def same(old: object, new: object) -> bool:
        if isinstance(old, list) and isinstance(new, list):
            return all(a is b for a, b in zip(old, new, strict=True))
        return old is new

    if all(same(getattr(node, name), value) for name, value in fields.items()):
        return node  # type: ignore[return-value]  # a keyword goes back among keywords
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new  # type: ignore[return-value]  # a keyword goes back among keywords
