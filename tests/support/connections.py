"""Ends the connections of others, as a database does that is restarted."""

from __future__ import annotations

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

_SEARCH = {
    "postgresql": "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist"
    " WHERE db = database() AND id <> connection_id()",
}
_END = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}


def end_connections(url: str) -> int:
    """End all to this database but our own; how many."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = list(connection.execute(text(_SEARCH[engine.dialect.name])).scalars())
        for number in found:
            try:
                connection.execute(text(_END[engine.dialect.name].format(number)))
            except OperationalError as error:
                if "Unknown thread id" not in str(error):  # it has gone by itself meanwhile
                    raise
    return len(found)
