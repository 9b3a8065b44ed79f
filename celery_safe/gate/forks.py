"""What a fork of the pool must not do to a child, and a child not to its parent.

A child inherits every lock as it is at that moment, and nobody in it gives back those of a thread
that it does not have. kombu looks for ``librabbitmq`` at each new AMQP connection; where that is not
installed the search is repeated each time, under a lock of the import system. A child that is forked
while a thread of ours searches waits for that lock at its own first connection, until its task's
time limit kills it.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def search_librabbitmq_once() -> None:
    """Remember that it is not there: ``None`` in ``sys.modules`` fails at once and takes no lock."""
    try:
        import librabbitmq  # type: ignore[import-not-found]  # noqa: F401 (kombu asks the same)
    except ImportError:
        sys.modules.setdefault("librabbitmq", None)  # type: ignore[arg-type]  # a documented value


def spare_connections_of_parent() -> None:
    """Let a pool process leave the AMQP connections that it inherits without ending them.

    After a fork kombu's pools "collect" what the child has inherited, and amqp's way to do that shuts
    the socket down, which is the parent's too. Its next message then fails, and is sent again; if it was
    just waiting for the broker's confirmation, it is sent twice. Celery sends from the main process
    when a pool process dies, which is when the next one is forked.

    Touches ``kombu.transport.pyamqp.Transport._collect`` and ``amqp.Connection._transport``.
    """
    from kombu.transport import pyamqp

    collect, parent = pyamqp.Transport._collect, os.getpid()
    if hasattr(collect, "spares"):
        return

    def leave(self: Any, connection: Any) -> None:
        inner = getattr(connection, "_transport", None)
        if os.getpid() != parent and inner is not None and inner.sock is not None:
            inner.sock.close()  # the child's descriptor only
            inner.sock = None
        collect(self, connection)

    leave.spares = True  # type: ignore[attr-defined]
    pyamqp.Transport._collect = leave
