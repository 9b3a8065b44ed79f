"""For tests: what a transaction would send, and sending it; also where the test rolls everything back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from celery_safe.message import Message
from celery_safe.relay import Relay
from celery_safe.store import Filter, Kind

_KINDS: tuple[Kind, ...] = ("outbox", "ordered", "eta")


def enqueued(app: Any, session: Any = None) -> list[Message]:
    """The messages that wait in the outbox, in the order of sending.

    Args:
        app: a SafeCelery with a store.
        session: of SQLAlchemy: what it has not committed counts too. Django needs none.
    """
    if session is None:
        return [e.message for e in app.store.list(Filter(kinds=_KINDS), limit=10_000)]
    from sqlalchemy import select

    from celery_safe.outbox.sqlalchemy import of
    from celery_safe.store._rows import entry_of

    outbox = of(session)
    sync = outbox.session
    if sync.in_transaction():
        table = app.store.table
        query = (
            select(table).where(table.c.kind.in_(_KINDS)).order_by(table.c.created_at, table.c.id)
        )
        rows = sync.connection(bind_arguments={"clause": table}).execute(query).all()
    else:
        rows = []
    unwritten = outbox.unwritten() if rows or sync.in_transaction() else []
    return [*(entry_of(row, None, None).message for row in rows), *(n.message for n in unwritten)]


def assert_enqueued(
    task: Any,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    times: int = 1,
    session: Any = None,
) -> None:
    """Fail unless a task waits in the outbox.

    Args:
        task: the task.
        args: its positional arguments; None is any.
        kwargs: its keyword arguments; None is any.
        times: how often.
        session: see :func:`enqueued`.

    Raises:
        AssertionError: with what waits instead.
    """
    __tracebackhide__ = True
    waiting = [(m.task, *_arguments(m)) for m in enqueued(task._get_app(), session)]
    found = sum(
        name == task.name
        and (args is None or list(args) == given)
        and (kwargs is None or dict(kwargs) == named)
        for name, given, named in waiting
    )
    if found != times:
        wanted = _call(task.name, args, kwargs)
        raise AssertionError(
            f"{wanted} waits {found} times in the outbox, not {times}; there waits "
            f"{', '.join(_call(*one) for one in waiting) or 'nothing'}"
        )


def drain_outbox(app: Any, session: Any = None) -> int:
    """Send what waits to the app's broker, as a relay does; how many have been sent.

    Args:
        app: a SafeCelery with a store, on ``memory://`` for example.
        session: of SQLAlchemy, if the test rolls its transaction back: it is flushed first.
    """
    relay = Relay(app, app.store, _KINDS)
    try:
        if session is None:
            return relay.step(10_000)
        from celery_safe.outbox.sqlalchemy import of
        from celery_safe.store._sql_held import Held, due_rows

        outbox = of(session)
        connection = outbox.session.connection(bind_arguments={"clause": app.store.table})
        outbox.write()
        rows = due_rows(connection, app.store.table, 10_000, _KINDS)
        sent, outage = relay.publish(Held(connection, app.store.table, rows))
        if outage is not None:
            raise outage
        return sent
    finally:
        relay.close()


def _arguments(message: Message) -> tuple[list[Any], dict[str, Any]]:
    from kombu.compression import decompress
    from kombu.serialization import loads

    compression = message.headers.get("compression")
    body = decompress(message.body, compression) if compression else message.body
    found: Any = loads(body, message.content_type, message.content_encoding, force=True)
    args, kwargs, _ = found
    return list(args), dict(kwargs)


def _call(name: str, args: Iterable[Any] | None, kwargs: Mapping[str, Any] | None) -> str:
    parts = ["..."] if args is None else [repr(a) for a in args]
    parts += ["**..."] if kwargs is None else [f"{k}={v!r}" for k, v in kwargs.items()]
    return f"{name}({', '.join(parts)})"
