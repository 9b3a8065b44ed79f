"""CS703 required-parameter-added: messages in flight do not have it, so they fail in the new workers."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.compare import Pair
from lint_rules._engine.contracts import first_error
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS703"
NAME = "required-parameter-added"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Parameters without a default that the task did not have, or that had a default."""
    if project.compared is None:
        return
    for pair in project.compared.pairs:
        if pair.has_same_parameters:
            continue
        old, new = pair.old, pair.new
        messages = [m.translated(pair.renamed, new) for m in old.messages(everything=False)]
        error = first_error(new, messages)
        added = _added(pair)
        if not added and (old.takes_any_keyword or old.takes_any_position):
            # What `**kwargs` took may have been given by all: a send tells.
            error = project.compared.failing_send(pair)
            added = [n for n in new.required if n not in old.parameters] if error else []
        for name in added if error else ():
            back = None if name in old.parameters else old.error(old.message_with(name))
            had = name in old.parameters
            yield finding(
                new.module,
                new.parameters[name],
                (CODE, NAME),
                f"parameter {name} of task {new.name or new.task.name} has no default, and "
                f"{project.compared.label} {'had one for it' if had else 'did not have it'}: "
                f'an old message that a new worker gets fails with "{error}"'
                + (f', a new message that an old worker gets with "{back}"' if back else "")
                + "; deploy in two steps: first with a default and workers before senders, then "
                "without it when no old message is left",
            )


def _added(pair: Pair) -> list[str]:
    """The required parameters that old messages need not have."""
    old, new = pair.old, pair.new
    renamed = [now for before, now in pair.renamed.items() if before not in old.defaults]
    return [
        name
        for name in new.required
        if name in old.defaults
        or (
            name not in old.parameters
            and name not in renamed
            and not old.takes_any_keyword
            and not (old.takes_any_position and name in new.order)
        )
    ]
