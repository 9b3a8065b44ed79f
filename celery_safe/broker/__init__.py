"""The embedded broker: a crash-safe SQLite transport for kombu, ``sqlite+safe:///shop.db``."""

from __future__ import annotations

from kombu.transport import TRANSPORT_ALIASES

__all__ = ["register"]


def register() -> None:
    """Make kombu know ``sqlite+safe://`` URLs; calling it again changes nothing.

    ``Connection(url)`` looks up what stands before the plus, ``Connection.switch(url)`` the
    whole scheme, so both names are needed.
    """
    for name in ("sqlite", "sqlite+safe"):
        TRANSPORT_ALIASES[name] = "celery_safe.broker.transport:Transport"
