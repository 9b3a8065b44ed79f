"""Whether a function, called so, comes to a place in it: ``save(notify=False)`` and ``if notify:``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from lint_rules._engine.facts import Function
from lint_rules._engine.kept import kept

#: Parameters whose values are known, because they are written or left at their defaults.
Known = Mapping[str, ast.Constant]
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def known(function: Function, call: ast.Call, outer: Known) -> dict[str, ast.Constant]:
    """The parameters that have a known value when ``call`` calls the function.

    What ``**kwargs`` collects is there too, as ``**name``.
    ``outer`` is what is known of the names where the call stands.
    """
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    # A method gets its object first, however it is called.
    if positional and positional[0].arg in ("self", "cls"):
        del positional[0]
    given: dict[str, ast.expr] = {k.arg: k.value for k in call.keywords if k.arg}
    if any(k.arg is None for k in call.keywords):
        given |= {name[2:]: value for name, value in outer.items() if name.startswith("**")}
    elif not any(isinstance(a, ast.Starred) for a in call.args):
        given = _defaults(function) | given
        given |= {p.arg: value for p, value in zip(positional, call.args, strict=False)}
    names = {p.arg for p in (*positional, *args.kwonlyargs)}
    assigned = _assigned(function)
    found: dict[str, ast.Constant] = {}
    for name, value in given.items():
        constant = outer.get(value.id) if isinstance(value, ast.Name) else value
        if isinstance(constant, ast.Constant) and name not in assigned:
            found[name if name in names else f"**{name}"] = constant
    return found


def _defaults(function: Function) -> dict[str, ast.expr]:
    args = function.args
    positional = [*args.posonlyargs, *args.args][::-1]
    last = {p.arg: d for p, d in zip(positional, args.defaults[::-1], strict=False)}
    named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    return last | {p.arg: d for p, d in named if d is not None}


def comes_to(function: Function, node: ast.AST, values: Known) -> bool:
    """Whether the conditions around and before ``node`` in the function let it run."""
    return not values or _in_block(function.body, node, values)


def _in_block(block: Iterable[ast.stmt], node: ast.AST, values: Known) -> bool:
    for statement in block:
        if any(inner is node for inner in ast.walk(statement)):
            return _in_statement(statement, node, values)
        if isinstance(statement, ast.If):
            is_true = _truth(statement.test, values)
            runs = statement.body if is_true else statement.orelse if is_true is False else []
            if runs and isinstance(runs[-1], _LEAVES):
                return False
    return True


def _in_statement(statement: ast.stmt, node: ast.AST, values: Known) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return True
    if isinstance(statement, ast.If):
        is_true = _truth(statement.test, values)
        for block, is_dead in ((statement.body, is_true is False), (statement.orelse, is_true)):
            if any(inner is node for one in block for inner in ast.walk(one)):
                return not is_dead and _in_block(block, node, values)
        return True
    for name in ("body", "orelse", "finalbody", "handlers"):
        block = getattr(statement, name, [])
        for one in block:
            if any(inner is node for inner in ast.walk(one)):
                if isinstance(one, ast.ExceptHandler):
                    return _in_block(one.body, node, values)
                return _in_block(block, node, values)
    return True


def _truth(test: ast.expr, values: Known) -> bool | None:
    """What a condition is; None if that is not known."""
    if isinstance(test, ast.Name) and test.id in values:
        return bool(values[test.id].value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _truth(test.operand, values)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        parts = [_truth(part, values) for part in test.values]
        ends = isinstance(test.op, ast.Or)
        if ends in parts:
            return ends
        return None if None in parts else not ends
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        left, right = values.get(test.left.id), test.comparators[0]
        if left is not None and isinstance(right, ast.Constant):
            if isinstance(test.ops[0], ast.Is | ast.Eq):
                return left.value == right.value
            if isinstance(test.ops[0], ast.IsNot | ast.NotEq):
                return left.value != right.value
    return None


@kept
def _assigned(function: Function) -> set[str]:
    """Names that the function gives other values."""
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
