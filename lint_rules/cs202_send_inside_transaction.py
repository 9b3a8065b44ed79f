"""CS202 send-inside-transaction: the worker may run before the commit, or after a rollback."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.dependencies import committed_afterwards
from lint_rules._engine.facts import Context, Finding, Function, Ref, Send
from lint_rules._engine.module import Module
from lint_rules._engine.outboxes import holds
from lint_rules._engine.project import Project, finding
from lint_rules._engine.sessions import sent_before_commit, sent_before_end
from lint_rules._engine.started import CALLED
from lint_rules._engine.transactions import Chain

CODE = "CS202"
NAME = "send-inside-transaction"
PRESET = "default"

_SENDS = ("delay", "apply_async", "send_task", CALLED)

_EARLY = (
    "stands before session.commit(): the worker may run before the commit, or after a rollback; "
    "send after the commit"
)

_BEFORE_END = (
    "stands before the commit of {}(), which comes when this function is done: the worker may run "
    "before the commit, or after a rollback; send after the commit"
)


def check(project: Project) -> Iterator[Finding]:
    """Sends in ``transaction.atomic`` or ``session.begin()``, and calls there that end in a send."""
    early, called = _before_commit(project)
    for chain in called:
        if not holds(project, chain.contexts, is_session=True):
            yield finding(chain.module, chain.call, (CODE, NAME), f"{_through(chain)} {_EARLY}")
    for module, send, dependency in _before_dependency(project):
        if not holds(project, send.contexts, is_session=True):
            text = f"{send.text} {_BEFORE_END.format(dependency)}"
            yield finding(module, send.call, (CODE, NAME), text)
    for module, send in project.sends():
        if module.is_test_file:
            continue  # no worker runs beside it
        if id(send.call) in early and not holds(project, send.contexts, is_session=True):
            yield finding(module, send.call, (CODE, NAME), f"{send.text} {_EARLY}")
            continue
        opened = project.transaction(send) if send.method in _SENDS else None
        if opened is None or _is_plain_function(project, send.receiver):
            continue
        if holds(project, send.contexts, is_session=opened.is_session):
            continue
        if not _sends_itself_later(project, send):
            yield finding(module, send.call, (CODE, NAME), f"{send.text} {_why(opened)}")
    for chain in project.chains():
        opened = None if chain.module.is_test_file else project.transaction(chain)
        if opened is None or _sends_itself_later(project, chain.send):
            continue
        if holds(project, chain.contexts, is_session=opened.is_session):
            continue
        yield finding(chain.module, chain.call, (CODE, NAME), f"{_through(chain)} {_why(opened)}")


def _through(chain: Chain) -> str:
    functions = " calls ".join(f"{name}()" for name in chain.functions)
    line = chain.send_module.span(chain.send.call).line
    return f"{functions}, which sends: {chain.send.text} ({chain.send_module.path.name}:{line})"


def _before_commit(project: Project) -> tuple[set[int], list[Chain]]:
    """Sends between ``session.add`` and ``session.commit`` of a function, and calls that end in one."""
    sends: dict[int, tuple[Function, set[int]]] = {}
    commits = {id(module) for module in project.modules if ".commit()" in module.text}
    chains: dict[int, Chain] = {}
    for module in project.modules:
        for commit in module.sites_by_name.get("commit", ()):
            for site in module.sites[commit.function]:
                chain = project.chain(module, site) if id(site.call) not in chains else None
                if chain is not None:
                    chains[id(site.call)] = chain
                    inside = sends.setdefault(id(site.function), (site.function, set()))
                    inside[1].add(id(site.call))
    for module, send in project.sends():
        if send.inside is None or send.method not in _SENDS or id(module) not in commits:
            continue
        if not _is_plain_function(project, send.receiver):
            sends.setdefault(id(send.inside), (send.inside, set()))[1].add(id(send.call))
    early = set().union(*(sent_before_commit(*one) for one in sends.values()))
    return early, [chain for call, chain in chains.items() if call in early]


def _before_dependency(project: Project) -> Iterator[tuple[Module, Send, str]]:
    """Sends after a write to a session that a dependency of FastAPI commits, with its name."""
    for module in project.modules:
        sends: dict[int, tuple[Function, dict[int, Send]]] = {}
        for send in module.sends if "Dep" in module.text else ():
            if send.method not in _SENDS or project.target(send).kind == "unknown":
                continue
            if send.inside is not None and project.transaction(send) is None:
                held = sends.setdefault(id(send.inside), (send.inside, {}))
                held[1][id(send.call)] = send
        for function, inside in sends.values():
            sessions = committed_afterwards(project, module, function)
            for call in sent_before_end(function, inside, sessions) if sessions else ():
                yield module, inside[call], next(iter(sessions.values()))


def _why(opened: Context) -> str:
    name = (opened.ref.origin or "").rpartition(".")[2]
    if opened.is_session:
        block, then = "session.begin()", "send after the block"
    elif opened.is_written and "atomic" not in name:
        block, then = f"{name}(), which commits at its end", "send after the block"
    else:
        block, then = "transaction.atomic", "send in transaction.on_commit"
    return f"inside {block}: the worker may run before the commit, or after a rollback; {then}"


def _is_plain_function(project: Project, receiver: Ref) -> bool:
    """Whether the project shows that this is an undecorated function, or no function at all."""
    found = project.definition(receiver.origin) if receiver.origin else None
    return found is not None and found[0].decorated.get(found[1]) is False


def _sends_itself_later(project: Project, send: Send) -> bool:
    target = project.target(send)
    options = [a.keyword for a in send.arguments]
    options += [k.arg for _, call in target.calls for k in call.keywords]
    is_itself = send.receiver_text in ("self", send.function) or any(
        task.function is send.inside for task in target.tasks
    )
    return is_itself and ("countdown" in options or "eta" in options)
