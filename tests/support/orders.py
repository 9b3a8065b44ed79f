"""A database of orders, and what a test asks of the outbox in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


def with_savepoints(engine: Any) -> Any:
    """https://docs.sqlalchemy.org/dialects/sqlite.html: its driver begins too late for savepoints."""

    @event.listens_for(engine, "connect")
    def connect(dbapi: Any, _: Any) -> None:
        dbapi.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def names(store: Any) -> list[Any]:
    return [e.message.headers["argsrepr"] for e in store.list()]


def broker_count(app: Any) -> int:
    with app.connection_for_write() as connection:
        queue = app.amqp.default_queue(connection.default_channel)
        queue.declare()
        return int(queue.queue_declare(passive=True).message_count)
