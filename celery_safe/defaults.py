"""The policy table: what celery-safe sets, why, and how to hold it back. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One default. Times are in seconds."""

    setting: str
    value: Any
    why: str
    incident: str
    waive: str = ""

    def how_to_waive(self) -> str:
        """The line that holds this default back."""
        return self.waive or f"set {self.setting} yourself: your value wins"


_ISSUES = "https://github.com/celery/celery/issues/"

#: Errors of the network and of a database that is away, by full name, so that none of the
#: libraries is imported. A subclass counts. Not OSError as a whole: a missing file stays missing.
TRANSIENT = (
    "builtins.ConnectionError", "builtins.TimeoutError", "asyncio.exceptions.TimeoutError",
    "socket.timeout", "socket.gaierror",
    "kombu.exceptions.OperationalError",
    "redis.exceptions.ConnectionError", "redis.exceptions.TimeoutError",
    "requests.exceptions.ConnectionError", "requests.exceptions.Timeout",
    "requests.exceptions.ChunkedEncodingError",
    "urllib3.exceptions.MaxRetryError", "urllib3.exceptions.ProtocolError",
    "urllib3.exceptions.TimeoutError",
    "httpx.NetworkError", "httpx.TimeoutException", "httpx.RemoteProtocolError",
    "aiohttp.client_exceptions.ClientConnectionError",
    "psycopg.OperationalError", "psycopg2.OperationalError", "psycopg2.InterfaceError",
    "sqlalchemy.exc.OperationalError", "sqlalchemy.exc.InterfaceError", "sqlalchemy.exc.TimeoutError",
    "django.db.utils.OperationalError", "django.db.utils.InterfaceError",
    "pymysql.err.OperationalError", "MySQLdb.OperationalError",
    "botocore.exceptions.ConnectionError", "botocore.exceptions.HTTPClientError",
    "smtplib.SMTPServerDisconnected", "smtplib.SMTPConnectError",
)  # fmt: skip

TABLE: tuple[Row, ...] = (
    Row("task_acks_late", True, "a worker that is killed must not take its tasks with it", _ISSUES + "1628"),
    Row(
        "task_reject_on_worker_lost", True,
        "late ack alone acks a task whose pool process was killed; task_retry_on_worker_lost is 5.7 only, spends the "
        "retry budget, waits 180 s and does not see the main process die", _ISSUES + "1628",
    ),
    Row(
        "safe_max_redeliveries", 10,
        "a task that kills its worker would come back for ever; lenient, as a held message counts like a running one",
        _ISSUES + "8610", 'waive={"safe_max_redeliveries": "reason"} and set it to None',
    ),
    Row("worker_prefetch_multiplier", 1, "a busy worker must not sit on work that others could do",
        "https://github.com/saleor/saleor/pull/16507"),
    Row("accept_content", ["json"], "pickle runs code from whoever can write to the broker",
        "https://github.com/inducer/relate/pull/1504"),
    Row("result_accept_content", ["json"], "as accept_content, for results", "https://github.com/inducer/relate/pull/1504"),
    Row("task_serializer", "json", "as accept_content", "https://github.com/inducer/relate/pull/1504"),
    Row("result_serializer", "json", "as accept_content", "https://github.com/inducer/relate/pull/1504"),
    Row("event_serializer", "json", "as accept_content", "https://github.com/inducer/relate/pull/1504"),
    Row("task_time_limit", 60, "a task that hangs holds its worker for ever", "https://github.com/codl/forget/issues/12"),
    Row("task_soft_time_limit", 50, "lets a task clean up before the hard limit kills it",
        "https://github.com/canonical/test_observer/pull/220"),
    Row(
        "task_publish_retry_policy", {"max_retries": 12, "interval_start": 0.1, "interval_step": 0.4, "interval_max": 3},
        "stock retries end after 0.6 s, a broker restart takes longer", _ISSUES + "8030",
    ),
    Row(
        "safe_retry_for", TRANSIENT, "a network that fails for a second fails the task for good otherwise",
        "https://github.com/freelawproject/courtlistener/issues/2089", "autoretry_for=() for one task, safe_retry_for=() for all",
    ),
    Row("safe_retry_max", 3, "a task's own max_retries wins", "https://github.com/freelawproject/courtlistener/issues/2089"),
    Row("safe_retry_backoff", 2, "seconds before the first retry, doubled each time, with full jitter", "https://github.com/packit/packit-service/pull/1632"),
    Row("safe_retry_backoff_max", 600, "the longest delay between two retries", "https://github.com/hypothesis/lms/pull/5511"),
    Row("broker_connection_retry_on_startup", True, "a worker may start before its broker", _ISSUES + "8030"),
    Row("broker_connection_max_retries", None, "a worker waits for its broker as long as it takes", _ISSUES + "8030"),
    Row("worker_soft_shutdown_timeout", 10.0, "a cold shutdown lets running tasks finish first", _ISSUES + "8417"),
    Row("enable_utc", True, "a clock that jumps twice a year is no clock for ETAs", _ISSUES + "4245"),
    Row("safe_worker_gossip", False, "workers talk to each other for nothing you use", _ISSUES + "8030"),
    Row("safe_worker_mingle", False, "costs a second at each start and reconnect", _ISSUES + "8030"),
    Row("worker_consumer", "celery_safe.gate.consumer:SafeConsumer",
        "survives a Redis restart on 5.7.0 and bounds redelivery", _ISSUES + "10205"),
)  # fmt: skip

#: Transport options below the user's, key by key, by the first part of the broker URL.
TRANSPORT: dict[str, dict[str, Any]] = {
    "redis": {
        # Above the longest limit: a shorter one delivers a running task a second time.
        "visibility_timeout": 3600,
        # Stock kombu looks for lost messages only every 100 s.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "socket_keepalive": True,
        "socket_connect_timeout": 5,
    },
    # Without confirms a publish to a full queue returns success and the message is gone.
    "amqp": {"confirm_publish": True},
}
TRANSPORT["rediss"] = TRANSPORT["redis"]
TRANSPORT["pyamqp"] = TRANSPORT["amqps"] = TRANSPORT["amqp"]
