"""The connection of a safe app: kombu's, with our own transport for Redis."""

from __future__ import annotations

from typing import Any

from kombu.connection import Connection
from kombu.utils.imports import symbol_by_name

_OURS = {
    "kombu.transport.redis:Transport": "celery_safe.broker.redis:Transport",
    "kombu.transport.redis:SentinelTransport": "celery_safe.broker.redis:SentinelTransport",
}


class SafeConnection(Connection):
    """Keeps the names of URLs as they are, also after a switch to another server."""

    def get_transport_cls(self) -> Any:
        """Our transport in the place of kombu's; one of the user's own stays."""
        cls: Any = super().get_transport_cls()
        ours = _OURS.get(f"{cls.__module__}:{cls.__qualname__}")
        return symbol_by_name(ours) if ours else cls
