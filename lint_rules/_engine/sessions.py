"""Sends between ``session.add`` and ``session.commit`` of SQLAlchemy, in one function."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence

from lint_rules._engine.facts import Function
from lint_rules._engine.names import dotted, last_name

#: Methods of a session after which a commit writes something.
_WRITES = frozenset({"add", "add_all", "delete", "merge", "flush", "bulk_save_objects"})
_STATEMENTS = frozenset({"insert", "update", "delete"})
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)

#: A session that was written to, with the sends since; what stands at one place of the code.
_State = dict[str, frozenset[int]]


def sent_before_commit(function: Function, sends: Collection[int]) -> set[int]:
    """Those of ``sends`` (identities of calls) that a later commit of the session makes too early."""
    flow = _Flow(sends)
    flow.block(function.body, {})
    return flow.early


def sent_before_end(
    function: Function, sends: Collection[int], sessions: Collection[str]
) -> set[int]:
    """Those of ``sends`` that are too early if ``sessions`` are committed when the function is done."""
    flow = _Flow(sends, sessions)
    state = flow.block(function.body, {})
    if state is not None:
        flow.end(state)
    return flow.before_end


class _Flow:
    """Walks the statements in order; branches apart, loops once."""

    def __init__(self, sends: Collection[int], at_end: Collection[str] = ()) -> None:
        self.sends = sends
        self.at_end = at_end
        self.early: set[int] = set()
        self.before_end: set[int] = set()

    def end(self, state: _State) -> None:
        """What is sent since the last write to a session that somebody else commits."""
        for session in self.at_end:
            self.before_end |= state.get(session, frozenset())

    def block(self, body: Sequence[ast.stmt], state: _State) -> _State | None:
        """The state after a block; None if it always leaves."""
        for statement in body:
            following = self._statement(statement, state)
            if following is None:
                return None
            state = following
        return state

    def _statement(self, node: ast.stmt, state: _State) -> _State | None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return state
        if isinstance(node, ast.If):
            state = self._calls(node.test, state)
            return _either(self.block(node.body, state), self.block(node.orelse, state))
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            state = self._calls(node.test if isinstance(node, ast.While) else node.iter, state)
            return _either(self.block([*node.body, *node.orelse], state), state)
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                state = self._calls(item.context_expr, state)
            return self.block(node.body, state)
        if isinstance(node, ast.Try):
            done = self.block([*node.body, *node.orelse], state)
            handled = [self.block(handler.body, {}) for handler in node.handlers]
            for one in handled:
                done = _either(done, one)
            return None if done is None else self.block(node.finalbody, done)
        if isinstance(node, ast.Match):
            state = self._calls(node.subject, state)
            every: _State | None = state
            for case in node.cases:
                every = _either(every, self.block(case.body, state))
            return every
        state = self._calls(node, state)
        if isinstance(node, ast.Return):
            self.end(state)
        return None if isinstance(node, _ENDS) else state

    def _calls(self, node: ast.AST, state: _State) -> _State:
        for call in _in_order(node):
            if id(call) in self.sends:
                state = {session: sent | {id(call)} for session, sent in state.items()}
            parts = dotted(call.func)
            if parts is None or len(parts) < 2 or not _is_session(parts[-2].lower()):
                continue
            session = ".".join(parts[:-1])
            if parts[-1] in _WRITES or (parts[-1] == "execute" and _writes(call)):
                state = {session: frozenset(), **state}
            elif parts[-1] in ("commit", "rollback", "close"):
                if parts[-1] == "commit":
                    self.early |= state.get(session, frozenset())
                state = {name: sent for name, sent in state.items() if name != session}
        return state


def _is_session(name: str) -> bool:
    return "session" in name or name == "db" or name.endswith(("conn", "connection"))


def _writes(call: ast.Call) -> bool:
    """Whether it is ``execute(insert(Order).values(...))`` or the like."""
    made = call.args[0] if call.args else None
    while isinstance(made, ast.Call):
        if last_name(made.func) in _STATEMENTS:
            return True
        made = made.func.value if isinstance(made.func, ast.Attribute) else None
    return False


def _in_order(node: ast.AST) -> Iterable[ast.Call]:
    """The calls of an expression or simple statement, the inner ones first; not those of lambdas."""
    if isinstance(node, ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)
    if isinstance(node, ast.Call):
        yield node


def _either(one: _State | None, other: _State | None) -> _State | None:
    if one is None or other is None:
        return other if one is None else one
    return {
        name: one.get(name, frozenset()) | other.get(name, frozenset()) for name in {**one, **other}
    }
