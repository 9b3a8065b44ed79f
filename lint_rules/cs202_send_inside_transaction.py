"""CS202 send-inside-transaction: the worker may run before the commit, or after a rollback."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Ref, Send
from lint_rules._engine.project import Project, finding

CODE = "CS202"
NAME = "send-inside-transaction"
PRESET = "default"

_SENDS = ("delay", "apply_async", "send_task")


def check(project: Project) -> Iterator[Finding]:
    """Sends that stand inside ``transaction.atomic``, as a block or as a decorator."""
    for module, send in project.sends():
        if send.method not in _SENDS or not project.in_transaction(send):
            continue
        if _is_plain_function(project, send.receiver):
            continue
        if _sends_itself_later(send):
            continue
        yield finding(
            module,
            send.call,
            (CODE, NAME),
            f"{send.receiver_text}.{send.method}() inside transaction.atomic: the worker may run before "
            "the commit, or after a rollback; send in transaction.on_commit",
        )


def _is_plain_function(project: Project, receiver: Ref) -> bool:
    """Whether the project shows that this is an undecorated function, or no function at all."""
    found = project.definition(receiver.origin) if receiver.origin else None
    return found is not None and found[0].decorated.get(found[1]) is False


def _sends_itself_later(send: Send) -> bool:
    delayed = any(a.keyword in ("countdown", "eta") for a in send.arguments)
    return delayed and send.receiver_text in ("self", send.function)
