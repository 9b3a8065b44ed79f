"""The policy table: what celery-safe sets, why, and how to hold it back. Imports nothing heavy.

Everything that applies, prints, documents or checks a default reads :data:`TABLE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One default. Times are in seconds.

    Attributes:
        setting: Celery's name of it, ours (``safe_...``), or one key of ``broker_transport_options``
            as ``broker_transport_options.visibility_timeout``.
        value: ours.
        why: what goes wrong without it.
        incident: a public report of just that.
        changes: what a grown code base sees on the day that this is switched on.
        waive: how to hold it back, if setting it yourself is not enough.
        transports: the broker URL schemes it is for; empty is all.
    """

    setting: str
    value: Any
    why: str
    incident: str
    changes: str
    waive: str = ""
    transports: tuple[str, ...] = ()

    @property
    def transport_option(self) -> str | None:
        """The key of ``broker_transport_options``, or None for a setting."""
        name, _, key = self.setting.partition(".")
        return key if name == "broker_transport_options" else None

    def how_to_waive(self) -> str:
        """The line that holds this default back."""
        if self.waive:
            return self.waive
        if self.transport_option:
            return f"write {self.transport_option!r} in broker_transport_options: your key wins"
        return f"set {self.setting} yourself: your value wins"


_CELERY = "https://github.com/celery/celery/issues/"
_GITHUB = "https://github.com/"
_REDIS = ("redis", "rediss", "sentinel")
_AMQP = ("amqp", "amqps", "pyamqp")
_PICKLE = _GITHUB + "inducer/relate/pull/1504"
_CONTENT = "a message in pickle or YAML is refused, and so is a setting that asks for pickle; convert the producer first"

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
    Row("task_acks_late", True, "a worker that is killed takes its tasks with it", _CELERY + "1628",
        "a task that was running when its worker died runs again from its start: make its effects bear that"),
    Row("task_reject_on_worker_lost", True,
        "late acknowledgement alone acknowledges a task whose pool process was killed. Not task_retry_on_worker_lost: "
        "5.7 only, it spends the retry budget, waits 180 s and does not see the main process die", _CELERY + "1628",
        "a task whose process was killed (out of memory, os._exit) runs again instead of failing"),
    Row("safe_max_redeliveries", 10,
        "a task that kills its worker would come back for ever. Lenient, as a message that a dying worker merely held "
        "counts like a running one", _GITHUB + "OasisLMF/OasisPlatform/pull/975",
        "a message that came back eleven times fails with TooManyRedeliveries",
        'SafeCelery(..., waive={"safe_max_redeliveries": "reason"}) and set it to None'),
    Row("safe_max_worker_losses", 3,
        "with a store, which knows who ran what, the bound can be as low as it should be", _CELERY + "8610",
        "a task whose worker died under it four times in three days fails with PoisonPill and is a dead letter",
        "max_worker_losses=... for one task, safe_max_worker_losses for all"),
    Row("safe_worker_loss_window", 259200, "losses of last month say nothing of today", _CELERY + "8610",
        "a loss counts for three days"),
    Row("safe_when_store_away", "run", "a store that is away must not stop all work; with hold nothing runs without it",
        _CELERY + "5353",
        "while the store does not answer, tasks run as without one, and the log says so"),
    Row("safe_store_patience", 2.0, "a store that does not answer must not stop the worker's heartbeats", _CELERY + "5353",
        "a store that takes more than 2 s counts as away"),
    Row("safe_journal_folder", None,
        "a worker that is killed at once must not take with it what it was running", _CELERY + "8610",
        "with a store: a small file for each worker in the folder for temporary files, with the ids of what it runs",
        "name another folder; where none can be written to, each start waits for the store"),
    Row("safe_unknown_wait", 86400, "a task that no worker will ever know is a dead letter", _CELERY + "3252",
        "with a store: a task that no worker knows is kept for a day for one that does, then it is a dead letter"),
    Row("safe_store_retention", {"dead": 7776000}, "what nobody looks at fills the database, until it refuses what is new",
        _GITHUB + "mozilla/missioncontrol/issues/193",
        "with a store: dead letters are deleted after 90 days, which the log says; every other kind is kept until it is sent",
        'seconds by kind: {"dead": 604800, "held": 2592000}; {} keeps all for ever'),
    Row("safe_eta_in_store", 300, "a task that is due tomorrow waits in a worker's memory, and Redis delivers it again every hour",
        _CELERY + "2481",
        "with a store: a countdown or an ETA beyond five minutes waits in the store until it is due, also a retry's; "
        "`celery-safe messages list --scheduled` shows it, result.revoke() takes it out"),
    Row("safe_idempotency_window", 86400, "a button that is pressed twice, or a request that is repeated, sends its task twice",
        _GITHUB + "mozilla/sumo/issues/2343",
        "nothing for calls without idempotency_key=; of those with one key the first of 24 hours is sent"),
    Row("safe_dedupe_window", None, "a relay that is killed publishes its last batch again, and what has run runs once more",
        _GITHUB + "aws-samples/transactional-outbox-pattern/issues/5",
        "nothing; with seconds and a store what a relay has published is not run a second time once it has ended, "
        "for a read and a write to the store each"),
    Row("safe_dead_letter_queues", (), "a quorum queue drops a message at its delivery limit, and nobody hears of it",
        _GITHUB + "rabbitmq/rabbitmq-website/pull/2207",
        "with a store: what RabbitMQ puts into the queues that are named here becomes a dead letter"),
    Row("safe_metrics_listen", None, "a shelf that fills up at night is seen in the morning",
        _GITHUB + "department-of-veterans-affairs/notification-api/issues/395",
        "nothing; with host:port and a store each worker serves metrics there, with pip install 'celery-safe[metrics]'"),
    Row("safe_redact", None, "a dead letter shows its arguments to whoever asks", _GITHUB + "getsentry/sentry/pull/41597",
        "commands print *** for arguments that are called like a password; 'module:function' names your own"),
    Row("safe_release_rate", 50, "what was held all night must not come all at once", _GITHUB + "CERNDocumentServer/cds-videos/issues/854",
        "with a store: held tasks are released at 50 a second at most"),
    Row("worker_prefetch_multiplier", 1, "a busy worker sits on work that others could do",
        _GITHUB + "saleor/saleor/pull/16507", "very short tasks may run a little slower; raise it for their workers"),
    Row("accept_content", ["json"], "pickle runs code from whoever can write to the broker", _PICKLE, _CONTENT),
    Row("result_accept_content", ["json"], "as accept_content, for results", _PICKLE, _CONTENT),
    Row("task_serializer", "json", "as accept_content", _PICKLE, _CONTENT),
    Row("result_serializer", "json", "as accept_content", _PICKLE, _CONTENT),
    Row("event_serializer", "json", "as accept_content", _PICKLE, _CONTENT),
    Row("task_time_limit", 60, "a task that hangs holds its worker for ever", _GITHUB + "codl/forget/issues/12",
        "a task that takes more than 60 s is killed: give it its own time_limit, or raise this before you switch"),
    Row("task_soft_time_limit", 50, "lets a task clean up before the hard limit kills it",
        _GITHUB + "canonical/test_observer/pull/220", "SoftTimeLimitExceeded is raised in a task after 50 s"),
    Row("safe_retry_for", TRANSIENT, "a network that fails for a second fails the task for good",
        _GITHUB + "freelawproject/courtlistener/issues/2089",
        "a task that ends with one of these errors runs again; a task with autoretry_for of its own does not change",
        "autoretry_for=() for one task, safe_retry_for = () for all"),
    Row("safe_retry_max", 3, "retries end", _GITHUB + "packit/packit-service/pull/1632",
        "three more tries; a task's own max_retries wins"),
    Row("safe_retry_backoff", 2, "retries at once and all together hit what just failed",
        _GITHUB + "CERNDocumentServer/cds-videos/issues/854", "at most 2, 4, 8 s between tries, at random below that"),
    Row("safe_retry_backoff_max", 600, "doubling without a bound is for ever", _GITHUB + "hypothesis/lms/pull/5511",
        "no delay is longer than ten minutes"),
    Row("task_publish_retry_policy", {"max_retries": 12, "interval_start": 0.1, "interval_step": 0.4, "interval_max": 3},
        "stock retries end after 0.6 s; a broker restart takes longer", _CELERY + "1173",
        "a publish waits up to 28 s for a broker that is away before it raises; so does the web request around it"),
    Row("safe_confirm_timeout", 10, "a publish whose confirm never comes, for its node died, waits for ever",
        _CELERY + "9259", "a publish to RabbitMQ that is not confirmed in 10 s is sent again"),
    Row("broker_pool_acquire_timeout", 30, "a publisher waits for ever for a connection that never comes back",
        _CELERY + "4296", "Celery 5.7 raises after 30 s; older ones ignore it"),
    Row("broker_connection_retry_on_startup", True, "a worker that starts before its broker ends", _CELERY + "8433",
        "nothing, except that a warning of Celery 5 ends"),
    Row("broker_connection_max_retries", None, "after 100 tries a worker ends, and nobody starts it again",
        _GITHUB + "fecgov/openFEC/issues/6194", "a worker waits for its broker as long as it takes"),
    Row("redis_socket_connect_timeout", 5, "a result backend that does not answer holds the publisher",
        _CELERY + "1221", "connecting to the Redis result backend fails after 5 s"),
    Row("worker_soft_shutdown_timeout", 10.0, "a cold shutdown (SIGQUIT) cuts running tasks off at once", _CELERY + "8417",
        "SIGQUIT takes up to 10 s; SIGTERM still waits for running tasks"),
    Row("beat_sync_every", 1, "beat writes down every three minutes what it has sent; killed before that, it sends it again",
        _GITHUB + "celery/celery/pull/1876", "beat writes its file at each run; a daily task is not sent twice by a restart"),
    Row("enable_utc", True, "a clock that jumps twice a year is no clock for ETAs", _CELERY + "1065",
        "nothing, unless you had set it to False: then your word stands"),
    Row("safe_worker_gossip", False, "workers flood the broker with events about each other that nobody reads",
        _CELERY + "5079", "celery events and Flower still work with -E; `worker` acts as with --without-gossip"),
    Row("safe_worker_mingle", False,
        "a second at each start and reconnect, after which a worker on Redis may consume nothing", _CELERY + "8030",
        "a new worker does not learn which tasks were revoked before it started",
        "set safe_worker_mingle = True"),
    Row("worker_consumer", "celery_safe.gate.consumer:SafeConsumer",
        "a Redis restart ends a 5.7.0 worker that holds a message, a MemoryError ends any worker", _CELERY + "10205",
        "a consumer class of your own should derive from celery_safe.gate.consumer.GatedConsumer"),
    Row("broker_transport_options.consumer_lease", 15,
        "a worker that is killed while it takes a message off Redis loses it, and what it worked on comes back only "
        "after the visibility timeout of an hour, which also starts longer tasks twice", _CELERY + "5935",
        "work of a dead worker starts again after 15 s; a worker that stands still for longer than that is taken for dead",
        "set consumer_lease to None in broker_transport_options", transports=_REDIS),
    Row("broker_transport_options.visibility_timeout", 3600,
        "a timeout below the longest time limit delivers a running task a second time; raised to 1.5 times that limit",
        _CELERY + "5935", "nothing, unless a task may run for more than 40 minutes", transports=_REDIS),
    Row("broker_transport_options.unacked_restore_interval", 1, "Redis looks for lost messages only every 100 s",
        _GITHUB + "celery/kombu/issues/337", "lost messages come back within a second of their timeout", transports=_REDIS),
    Row("broker_transport_options.unacked_restore_throttle", 1, "goes with unacked_restore_interval",
        _GITHUB + "celery/kombu/issues/337", "as above", transports=_REDIS),
    Row("broker_transport_options.socket_connect_timeout", 5, "a Redis that does not answer holds the publisher for ever",
        _CELERY + "4556", "connecting fails after 5 s and is tried again", transports=_REDIS),
    Row("broker_transport_options.socket_timeout", 30, "a Redis that stops answering holds publisher and worker for ever",
        _GITHUB + "hydroserver2/hydroserver/issues/450", "a call fails after 30 s and is tried again", transports=_REDIS),
    Row("broker_transport_options.socket_keepalive", True, "a connection that a firewall dropped looks alive",
        _GITHUB + "dimagi/commcare-connect/pull/1497", "nothing", transports=_REDIS),
    Row("broker_transport_options.confirm_publish", True,
        "a publish to a full queue, or to a node that dies, returns success and the message is gone",
        _CELERY + "5410",
        "a publish takes one round trip: about 400 instead of 2,600 messages a second for one publisher",
        transports=_AMQP),
    *(
        Row(f"broker_transport_options.{key}", value,
            "a publisher's first connection does not follow task_publish_retry_policy but this; stock gives up after 4 s",
            _GITHUB + "celery/kombu/issues/735", "as task_publish_retry_policy", transports=_AMQP)
        for key, value in {"max_retries": 12, "interval_start": 0.1, "interval_step": 0.4, "interval_max": 3,
                           "connect_retries_timeout": 30}.items()
    ),
)  # fmt: skip

#: Rows that are settings of Celery or ours.
SETTINGS = tuple(row for row in TABLE if row.transport_option is None)


def transport_defaults(driver: str) -> dict[str, Any]:
    """Ours of ``broker_transport_options`` for the first part of a broker URL."""
    return {
        row.transport_option: row.value
        for row in TABLE
        if row.transport_option is not None and driver in row.transports
    }
