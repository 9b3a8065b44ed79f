"""Sends that celery-safe's outbox holds back until the transaction commits."""

from __future__ import annotations

from collections.abc import Sequence

from lint_rules._engine.facts import Context
from lint_rules._engine.project import Project

_BLOCK = "celery_safe.outbox.outbox"
#: What makes every transaction of Django's, or of a maker's sessions, an outbox.
_ALL_OF_DJANGO = "celery_safe.store.django.DjangoStore"
_ALL_OF_SESSIONS = "celery_safe.outbox.automatic"


def holds(project: Project, contexts: Sequence[Context], *, is_session: bool) -> bool:
    """Whether a send in a transaction is kept until its commit: by the block around it, or by all.

    Args:
        project: of the send.
        contexts: in which it stands.
        is_session: whether the transaction is SQLAlchemy's, and not Django's.
    """
    origins = (c.ref.origin for c in contexts if c.ref.origin)
    if any(project.canonical(origin) == _BLOCK for origin in origins):
        return True
    everywhere = _ALL_OF_SESSIONS if is_session else _ALL_OF_DJANGO
    return next(project.calls_of(everywhere), None) is not None
