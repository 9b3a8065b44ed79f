"""A task is enqueued if and only if the transaction commits.

::

    from celery_safe.outbox import outbox

    with Session(engine) as session, session.begin(), outbox(session):
        session.add(order)
        send_receipt.delay(order.id)

What is sent in the block is written into the message store's table by the session's own connection,
and a :class:`~celery_safe.relay.Relay` brings it to the broker once it is there to be seen.
"""

from __future__ import annotations

from typing import Any

from celery_safe.outbox import targets
from celery_safe.outbox.django import DjangoOutbox
from celery_safe.outbox.inbox import AlreadyDone, first_time, inbox

__all__ = ["AlreadyDone", "automatic", "first_time", "inbox", "outbox"]


def outbox(session: Any) -> targets.Within:
    """Everything that is sent in the block belongs to the transaction of ``session``.

    Args:
        session: of SQLAlchemy: ``Session``, ``AsyncSession`` or ``scoped_session``; of Django the
            alias of a database. None: what is sent goes to the broker at once, transaction or not.

    Raises:
        TypeError: for anything else.
    """
    if session is None:
        return targets.Within(targets.Direct())
    if isinstance(session, str):
        return targets.Within(DjangoOutbox(session))
    from celery_safe.outbox.sqlalchemy import of

    return targets.Within(of(session))


def automatic(maker: Any) -> None:
    """From now on what is sent while a session of ``maker`` has a transaction open belongs to it.

    Args:
        maker: a ``sessionmaker``, an ``async_sessionmaker`` or a class of sessions.

    Raises:
        TypeError: for anything else.
    """
    from celery_safe.outbox.sqlalchemy import listen

    listen(maker)
