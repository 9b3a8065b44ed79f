"""The outbox of a SQLAlchemy session: rows of the message store, written by its own connection.

What is sent is kept until the session commits, and then written with one INSERT just before, inside
the savepoint or transaction that it belongs to. ``AsyncSession`` fires the events of the session
inside of it, so both are one.
"""

from __future__ import annotations

import sys
import warnings
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celery_safe.errors import BadCall, MissingExtra, NoStore, OutboxDroppedWarning
from celery_safe.outbox import targets
from celery_safe.outbox.result import decided
from celery_safe.store import New

try:
    from sqlalchemy import event
    from sqlalchemy.orm import Session, SessionTransaction, scoped_session, sessionmaker
    from sqlalchemy.util.concurrency import in_greenlet

    from celery_safe.store._sql_records_in import SQLRecordsIn
except ImportError as error:
    raise MissingExtra(
        "an outbox in a SQLAlchemy session needs SQLAlchemy: pip install 'celery-safe[sqlalchemy]'"
    ) from error

_KEY = "celery_safe_outbox"
_ASYNC = "sqlalchemy.ext.asyncio"


def _is_async(one: Any, name: str) -> bool:
    """Whether it is of this class, which whoever has one has imported: without greenlet nobody can."""
    module = sys.modules.get(_ASYNC)
    return module is not None and isinstance(one, getattr(module, name))


def of(session: Any) -> SessionOutbox:
    """The outbox of a session; always the same one."""
    if isinstance(session, scoped_session) or _is_async(session, "async_scoped_session"):
        session = session()
    if _is_async(session, "AsyncSession"):
        session = session.sync_session
    if not isinstance(session, Session):
        raise TypeError(
            f"outbox({type(session).__name__}): takes a Session, AsyncSession or scoped_session of "
            "SQLAlchemy, or None to send at once"
        )
    found: SessionOutbox | None = session.info.get(_KEY)
    if found is None:
        found = session.info[_KEY] = SessionOutbox(session)
    return found


def listen(maker: Any) -> None:
    """Make every transaction of a maker's sessions the innermost target of its context."""
    if _is_async(maker, "async_sessionmaker"):
        below = maker.kw.get("sync_session_class") or maker.class_.sync_session_class
        # One of its own: events of the class Session would be those of all sessions there are.
        own = type("OutboxSession", (below,), {})
        maker.configure(sync_session_class=own)
        maker = own
    is_session = isinstance(maker, type) and issubclass(maker, Session)
    if not is_session and not isinstance(maker, sessionmaker | scoped_session):
        raise TypeError(
            f"automatic({maker!r}): takes a sessionmaker, an async_sessionmaker or a class of sessions"
        )
    event.listen(maker, "after_transaction_create", _begun)


def _begun(session: Session, transaction: SessionTransaction) -> None:
    # Not after_begin: a session in which nothing was executed yet has no connection.
    if transaction.parent is None:
        targets.push(of(session))


@dataclass
class _Item:
    store: Any
    new: New
    #: The transaction or savepoint whose fate it shares.
    owner: SessionTransaction
    #: The one in which its row is, if it is written.
    written_in: SessionTransaction | None = None


class SessionOutbox:
    """What was sent in one session and is not committed yet."""

    def __init__(self, session: Session) -> None:
        self._session = weakref.ref(session)
        self._items: list[_Item] = []
        self._outcomes: dict[SessionTransaction, str] = {}
        for name in ("before_commit", "after_commit", "after_rollback"):
            event.listen(session, name, getattr(self, f"_{name}"))
        event.listen(session, "after_transaction_end", self._after_transaction_end)

    def __repr__(self) -> str:
        session = self._session()
        if session is None:
            return "a session that is gone"
        # Of a class of sessions of our own, the name that the user knows.
        cls = next(c for c in type(session).__mro__ if c.__name__ != "OutboxSession")
        return f"{cls.__name__} at {id(session):#x}"

    def is_open(self) -> bool:
        """Whether a transaction is open."""
        session = self._session()
        return session is not None and session.in_transaction()

    def add(self, app: Any, entries: Sequence[New]) -> None:
        """Keep messages until the commit.

        Raises:
            NoStore: the app's store has no table that a session could write to.
        """
        session, store = self.session, _written_by_sessions(app)
        owner = _innermost(session) or session.begin()
        self._items += [_Item(store, new, owner) for new in entries]

    def records(self, app: Any) -> SQLRecordsIn:
        """The store's records, by the session's own connection and at once.

        Raises:
            NoStore: the app's store has no table that a session could write to.
            BadCall: an ``AsyncSession`` cannot ask anything without ``await``.
        """
        session, store = self.session, _written_by_sessions(app)
        where = {"clause": store.table}
        if session.get_bind(**where).dialect.is_async and not in_greenlet():
            raise BadCall(
                "a call with an idempotency_key= asks the database at once, which an AsyncSession can "
                "only inside of run_sync: await session.run_sync(lambda session: "
                'task.outbox(session).apply_async(..., idempotency_key="..."))'
            )
        return SQLRecordsIn(session.connection(bind_arguments=where), store.records)

    @property
    def session(self) -> Session:
        """The session; of an ``AsyncSession`` the one inside of it.

        Raises:
            NoStore: it is gone.
        """
        session = self._session()
        if session is None:
            raise NoStore("the session of this outbox is gone")
        return session

    def unwritten(self) -> list[New]:
        """What was sent and has no row yet, in the order of sending."""
        return [item.new for item in self._items if item.written_in is None]

    def write(self) -> None:
        """Write the rows now, and not at the commit."""
        self._before_commit(self.session)

    def _before_commit(self, session: Session) -> None:
        """Write what is not written. If that is in a savepoint that fails, it is written again."""
        here = _innermost(session)
        stores = {id(item.store): item.store for item in self._items if item.written_in is None}
        for store in stores.values():
            items = [i for i in self._items if i.store is store and i.written_in is None]
            connection = session.connection(bind_arguments={"clause": store.table})
            store.write([item.new for item in items], connection)
            for item in items:
                item.written_in = here

    def _after_commit(self, session: Session) -> None:
        self._mark(session, "committed")

    def _after_rollback(self, session: Session) -> None:
        self._mark(session, "rolled back")

    def _mark(self, session: Session, outcome: str) -> None:
        transaction = _innermost(session)
        if transaction is not None:
            self._outcomes[transaction] = outcome

    def _after_transaction_end(self, _: Session, ended: SessionTransaction) -> None:
        if ended.parent is not None and not ended.nested:
            return  # of a flush: its fate is that of the one around it
        outcome = self._outcomes.pop(ended, "closed")
        above = ended.parent
        while above is not None and above.parent is not None and not above.nested:
            above = above.parent
        if outcome == "committed" and above is not None:
            for item in self._items:
                item.owner = above if item.owner is ended else item.owner
                item.written_in = above if item.written_in is ended else item.written_in
            return
        gone = [item for item in self._items if item.owner is ended]
        self._items = [item for item in self._items if item.owner is not ended]
        for item in self._items:
            if item.written_in is ended:
                item.written_in = None
        decided([item.new.message.task_id for item in gone])
        if outcome == "closed" and above is None and gone and sys.exc_info()[0] is None:
            _say_what_is_dropped(self, gone)


def _written_by_sessions(app: Any) -> Any:
    """The app's store, if sessions can write to it."""
    if not hasattr(app.store, "write"):
        raise NoStore(
            f"outbox(session) writes to the store's table, and {type(app.store).__name__} has none: "
            "SafeCelery(..., store=SQLAlchemyStore(engine)) of the session's database"
        )
    return app.store


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _say_what_is_dropped(outbox: SessionOutbox, gone: list[_Item]) -> None:
    names = ", ".join(f"{i.new.message.task}[{i.new.message.task_id}]" for i in gone[:3])
    more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
    warnings.warn(
        f"{outbox!r} was closed without a commit: not sent are {names}{more}. Commit, or send "
        "outside of the transaction, or `with outbox(None):` to send at once",
        OutboxDroppedWarning,
        stacklevel=2,
    )
