"""CS218 send-before-commit: the worker may look for the row before the transaction around it commits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine import unsaved
from lint_rules._engine.connected import connected
from lint_rules._engine.facts import Finding, Send
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.mapped import is_no_row
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.seconds import seconds
from lint_rules._engine.started import CALLED

CODE = "CS218"
NAME = "send-before-commit"
PRESET = "strict"

_SENDS = frozenset({"delay", "apply_async", "send_task", CALLED})
_ATOMIC_REQUESTS = re.compile(rb"""ATOMIC_REQUESTS["']?\]?\s*(?::|=)(?!\s*False)""")
#: Without any of these, no transaction is meant to be.
_TRANSACTIONS = re.compile(rb"atomic|ATOMIC_REQUESTS|on_commit|post_save|pre_save|\bsave\(self")
#: Files whose code does not run in a request.
_NO_REQUEST = re.compile(r"(^|[._])(tests?|conftest|commands|scripts?|migrations)($|[._])")

_NOT_ATOMIC = "django.db.transaction.non_atomic_requests"
#: A shorter countdown may well end before the transaction does, in seconds.
_LONG = 5.0
_RECEIVER = "a {} receiver runs inside the transaction that saves"
_SAVE = "save() runs inside the transaction of its caller"


def check(project: Project) -> Iterator[Finding]:
    """Sends in signal receivers and ``save()``, and of rows that were written just before."""
    found = list(_candidates(project))
    # Where no transaction is meant to be, each row is committed when it is written.
    if not found or not any(map(_in_request, project.files_with(_TRANSACTIONS))):
        return
    atomic_requests = any(True for _ in project.files_with(_ATOMIC_REQUESTS))
    for module, call, what, why, row in found:
        if why is None and atomic_requests:
            why = f"ATOMIC_REQUESTS keeps the transaction that wrote {row} open"
        if why is not None:
            yield _finding(module, call, what, why)


#: Where, what it says, why it is too early, or the row that it names.
_Candidate = tuple[Module, ast.Call, str, "str | None", "str | None"]


def _candidates(project: Project) -> Iterator[_Candidate]:
    """Sends that may be too early: why, or the row that they name."""
    tasks = {id(task.function) for _, task in project.tasks()}
    elsewhere = connected(project)
    for module in filter(lambda m: _in_request(m.name), project.modules):
        receivers = {**elsewhere, **unsaved.receivers(module)}
        for send in module.sends:
            if not _is_at_once(project, module, send) or id(send.inside) in tasks:
                continue
            why = _why(project, module, send, receivers)
            row = None
            if why is None and not module.name[-1].startswith("task"):
                row = unsaved.row(_arguments(project, send)) or _wrote(send)
                row = None if row and is_no_row(project, module, send, row) else row
            if why or row:
                yield module, send.call, send.text, why, row
        yield from _called(project, module, receivers)


def _in_request(name: tuple[str, ...]) -> bool:
    return not _NO_REQUEST.search(".".join(name))


def _called(project: Project, module: Module, receivers: dict[int, str]) -> Iterator[_Candidate]:
    """Calls in receivers and ``save()`` that end in a send."""
    for sites in module.sites.values():
        for site in sites:
            signal = receivers.get(id(site.function))
            why = _RECEIVER.format(signal) if signal else None
            if why is None and unsaved.saves_itself(site.function, site.call):
                why = _SAVE
            chain = project.chain(module, site) if why is not None else None
            if (
                why is None
                or chain is None
                or not _is_at_once(project, chain.send_module, chain.send)
            ):
                continue
            text = " calls ".join(f"{name}()" for name in chain.functions)
            yield module, site.call, f"{text}, which sends: {chain.send.text}", why, None


def _finding(module: Module, call: ast.Call, what: str, why: str) -> Finding:
    return finding(
        module,
        call,
        (CODE, NAME),
        f"{what} before the commit: {why}, so the worker may not find "
        "the row, or work for one that is rolled back; send in transaction.on_commit",
    )


def _wrote(send: Send) -> str | None:
    """A row that the function has written before, whatever the task is given."""
    return unsaved.last_written(send.inside, send.call) if send.inside is not None else None


def _is_at_once(project: Project, module: Module, send: Send) -> bool:
    """Whether it sends when it is reached, without a long delay, and outside of a visible transaction."""
    if send.method not in _SENDS or any(a.keyword == "eta" for a in send.arguments):
        return False
    if send.method == CALLED and project.target(send).kind == "unknown":
        return False
    for arg in send.arguments:
        if arg.keyword == "countdown" and not _is_short(project, module, send, arg.value):
            return False
    if any(c.ref.origin == _NOT_ATOMIC for c in send.contexts):
        return False  # a view that Django leaves without a transaction
    # In a lambda or an inner function it is handed over to someone.
    scope = send.scope
    if scope is None or scope.function is None or scope.parent is None:
        return False
    is_inner = scope.parent.function is not None
    origin = send.receiver.origin
    found = project.definition(origin) if origin else None
    is_plain = found is not None and found[0].decorated.get(found[1]) is False
    return not (is_inner or is_plain or project.transaction(send))


def _is_short(project: Project, module: Module, send: Send, node: ast.expr) -> bool:
    """Whether a countdown is known to be short, be it a constant of another file."""
    ends = list(project.lookup.ends(Place(node, send.scope or module.scope, module)))
    waits = [None if isinstance(e, Found) else seconds(e.module, e.node) for e in ends]
    return bool(waits) and all(wait is not None and wait < _LONG for wait in waits)


def _why(project: Project, module: Module, send: Send, receivers: dict[int, str]) -> str | None:
    function = send.inside
    if function is None:
        return None
    if id(function) in receivers:
        return _RECEIVER.format(receivers[id(function)])
    if unsaved.saves_itself(function, send.call):
        return _SAVE
    row = unsaved.written(function, send.call, _arguments(project, send))
    if row is not None and is_no_row(project, module, send, row):
        return None
    return f"{row} was written just now and a caller's transaction may be open" if row else None


def _arguments(project: Project, send: Send) -> list[ast.expr]:
    """What goes to the task: the arguments of the call, and of the signatures that it sends."""
    calls = [send.call, *(call for _, call in project.target(send).calls)]
    return [a for c in calls for a in (*c.args, *(k.value for k in c.keywords))]
