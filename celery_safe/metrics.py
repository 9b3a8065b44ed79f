"""What a worker counts and what the shelf holds, for Prometheus.

``safe_metrics_listen = "127.0.0.1:9540"`` has the worker's main process serve them over HTTP; it needs
``pip install 'celery-safe[metrics]'``. Nothing is labelled by task id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from celery.bootsteps import StartStopStep
from celery.utils.log import get_logger

from celery_safe.counting import COUNTERS, Counts
from celery_safe.errors import CelerySafeError, MissingExtra
from celery_safe.store import KINDS, NO_LIMITS, Filter, Limits, MessageStore

logger = get_logger(__name__)


class Collector:
    """A collector for a registry of prometheus-client.

    Args:
        counts: what this process has counted.
        gate: the worker's: its store, and how long that was away.
        hostname: the worker's name, as celery-exporter labels it.
    """

    def __init__(self, counts: Counts, gate: Any, hostname: str) -> None:
        self._counts, self._gate, self._hostname = counts, gate, hostname

    def collect(self) -> Iterator[Any]:
        """All families; asks the store, and says so if it does not answer."""
        from prometheus_client.core import CounterMetricFamily

        found = self._counts.all()
        for name, (text, labels) in COUNTERS.items():
            family = CounterMetricFamily(name, text, labels=["hostname", *labels])
            for (counter, values), count in found.items():
                if counter == name:
                    family.add_metric([self._hostname, *values], count)
            yield family
        ask = self._gate.ask
        for name, text, value in (
            (
                "celery_safe_store_away_seconds",
                "Seconds without an answer of the store.",
                ask.away_seconds,
            ),
            (
                "celery_safe_store_failures",
                "Questions that the store did not answer.",
                ask.total_failures,
            ),
            ("celery_safe_store_full", "Messages that did not fit into the store.", ask.refused),
        ):
            family = CounterMetricFamily(name, text, labels=["hostname"])
            family.add_metric([self._hostname], value)
            yield family
        yield from self._shelf()

    def _shelf(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        def gauge(name: str, text: str, labels: list[str] | None = None) -> Any:
            return GaugeMetricFamily(f"celery_safe_store_{name}", text, labels=labels or [])

        up = gauge("up", "1 if the store answers; without it the sizes are missing, and not zero.")
        try:
            sizes = self._gate.ask_for_metrics(_sizes, self._gate.store)
        except Exception as error:  # noqa: BLE001 (StoreAway; a scrape must be answered whatever it is)
            logger.warning("The store's size is not in the metrics: %s", error)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        messages = gauge("messages", "Messages on the shelf.", ["kind"])
        bytes_ = gauge("bytes", "Bytes of the bodies on the shelf.", ["kind"])
        oldest = gauge("oldest_seconds", "Age of the oldest message on the shelf.", ["kind"])
        for kind, (count, size, age) in sizes.items():
            messages.add_metric([kind], count)
            bytes_.add_metric([kind], size)
            if age is not None:
                oldest.add_metric([kind], age)
        yield from (messages, bytes_, oldest)
        limits: Limits = getattr(self._gate.store, "limits", NO_LIMITS)
        for name, limit in (("max_messages", limits.max_messages), ("max_bytes", limits.max_bytes)):
            if limit is not None:
                family = gauge(name, "What the store may hold.")
                family.add_metric([], limit)
                yield family
        switches = GaugeMetricFamily("celery_safe_switches", "Switches that are on.")
        switches.add_metric([], len(self._gate.switches))
        yield switches


def _sizes(store: MessageStore) -> dict[str, tuple[int, int, float | None]]:
    now = store.now()
    found: dict[str, tuple[int, int, float | None]] = {}
    for kind in KINDS:
        where = Filter(kinds=[kind])
        count, first = store.count(where), store.list(where, limit=1)
        age = max(now - first[0].created_at, 0.0) if first else None
        found[kind] = (count.messages, count.bytes, age)
    return found


class MetricsStep(StartStopStep):
    """Serves the metrics while the worker runs."""

    requires = ("celery_safe.gate.step:GateStep",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._server: Any = None

    def start(self, parent: Any) -> None:
        """Listen at ``safe_metrics_listen``; once, over reconnects it goes on."""
        listen = parent.app.conf.get("safe_metrics_listen")
        if not listen or self._server is not None:
            return
        host, port = address(str(listen))
        try:
            from prometheus_client import CollectorRegistry, start_http_server
        except ImportError as error:
            raise MissingExtra(
                "safe_metrics_listen needs prometheus-client: pip install 'celery-safe[metrics]'"
            ) from error
        registry = CollectorRegistry()
        registry.register(Collector(parent.gate.counts, parent.gate, str(parent.hostname)))
        try:
            self._server, _ = start_http_server(port, host or "0.0.0.0", registry)
        except OSError as error:
            logger.error(  # noqa: TRY400 (the line says it all)
                "No metrics: safe_metrics_listen=%r cannot be listened at (%s). Give each worker of a host "
                "a port of its own, for example from its environment", listen, error,
            )  # fmt: skip
            return
        logger.info("Metrics: http://%s:%s/metrics", host or "*", self._server.server_port)

    def stop(self, parent: Any) -> None:
        """A reconnect is no end."""

    def shutdown(self, parent: Any) -> None:  # noqa: ARG002 (Celery's signature)
        """Listen no longer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def address(listen: str) -> tuple[str, int]:
    """``host:port`` or ``:port`` (all interfaces), as host and port.

    Raises:
        CelerySafeError: it is neither.
    """
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise CelerySafeError(
            f"safe_metrics_listen={listen!r}: write host:port, or :port for all interfaces, "
            "for example 127.0.0.1:9540"
        )
    return host.strip("[]"), int(port)
