"""Real servers as local processes: own ports, own data folders, started, killed and stopped at will.

::

    from celery_safe.testing.local import Redis, running

    with running(Redis(tmp_path)) as redis:
        app = SafeCelery("shop", broker=redis.url())
        redis.kill()      # SIGKILL, as a power cut
        redis.start()     # same port, same data

:class:`Redis`, :class:`RabbitMQ`, :class:`Postgres` and :class:`MariaDB` are started from their
installed programs; :class:`SQLiteFile` is the embedded broker with the same interface, and
:class:`Worker` a worker of your app.
"""

from __future__ import annotations

from celery_safe.testing.local._brokers import RabbitMQ, Redis, SQLiteFile
from celery_safe.testing.local._databases import MariaDB, Postgres
from celery_safe.testing.local._server import (
    DEADLINE,
    Server,
    ServerMissing,
    free_port,
    missing,
    running,
    until,
)
from celery_safe.testing.local._worker import Worker

__all__ = [
    "DEADLINE", "MariaDB", "Postgres", "RabbitMQ", "Redis", "SQLiteFile", "Server",
    "ServerMissing", "Worker", "free_port", "missing", "running", "until",
]  # fmt: skip
