"""Where the file of the embedded broker is: its URL, its options, and whether the place can be used."""

from __future__ import annotations

import difflib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from celery_safe.errors import BrokerError

HOW = "write sqlite+safe:///shop.db (relative) or sqlite+safe:////var/lib/shop.db (absolute)"
#: For ``UPDATE ... RETURNING``.
OLDEST_SQLITE = (3, 35)
_SYNCHRONOUS = ("full", "normal")
#: Options that change something here, and those that kombu itself reads for every transport.
_OPTIONS = frozenset([
    "synchronous", "polling_interval", "deadletter_queue", "body_encoding",
    "max_retries", "interval_start", "interval_step", "interval_max", "connect_retries_timeout",
    "errback", "callback",
])  # fmt: skip
#: Those of Redis and RabbitMQ mean nothing here; they are let pass, so that only the URL need change.
_OPTIONS_OF_OTHERS = frozenset([
    "ack_emulation", "client_name", "client_properties", "confirm_publish", "consumer_lease", "fanout_patterns",
    "fanout_prefix", "global_keyprefix", "health_check_interval", "heartbeat", "login_method",
    "master_name", "max_connections", "min_other_sentinels", "priority_steps",
    "queue_order_strategy", "read_timeout", "retry_on_timeout", "sentinel_fanout_compat",
    "sentinel_kwargs", "sep", "socket_connect_timeout", "socket_keepalive",
    "socket_keepalive_options", "socket_settings", "socket_timeout", "unacked_index_key",
    "unacked_key", "unacked_mutex_expire", "unacked_mutex_key", "unacked_restore_interval",
    "unacked_restore_limit", "unacked_restore_throttle", "visibility_timeout", "write_timeout",
])  # fmt: skip


class Location(NamedTuple):
    """A file, links resolved, and ``PRAGMA synchronous`` for what must outlast a power cut."""

    path: Path
    synchronous: str


def parse(url: str, options: Mapping[str, Any] | None = None) -> Location:
    """Return what ``sqlite+safe:///file?synchronous=full`` and the transport options name.

    Args:
        url: three slashes for a file relative to the working directory, four for an absolute one;
            ``%20`` and the like are decoded.
        options: ``broker_transport_options``; the URL wins.

    Raises:
        BrokerError: for a URL that names no file, an unknown option or a wrong value.
    """
    parts = urlsplit(url)
    name = unquote(parts.path)[1:]
    if parts.netloc:
        raise BrokerError(f"{url!r} names a host, {parts.netloc!r}: {HOW}")
    if not name or name == ":memory:" or name.endswith("/"):
        raise BrokerError(f"{url!r} names no file: {HOW}")
    if parts.fragment or "\0" in name:
        raise BrokerError(f"{url!r}: write '#' in a file name as %23, and no %00")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    _known(query, ["synchronous"], f"option of the broker URL {url!r}")
    synchronous = str({**(options or {}), **query}.get("synchronous", "full"))
    if synchronous not in _SYNCHRONOUS:
        raise BrokerError(f"{url!r}: synchronous is 'full' or 'normal', not {synchronous!r}")
    # By its real path: one file opened under two names would look dead to itself.
    return Location(Path(os.path.realpath(name)), synchronous)


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse an unknown key of ``broker_transport_options``, and a wrong ``polling_interval``.

    Raises:
        BrokerError: with the nearest right name.
    """
    _known(options, _OPTIONS | _OPTIONS_OF_OTHERS, "key of broker_transport_options")
    interval = options.get("polling_interval")
    if interval is not None and not (isinstance(interval, int | float) and 0 < interval <= 60):
        raise BrokerError(
            f"broker_transport_options: polling_interval is seconds above 0 and up to 60, not {interval!r}"
        )


def _known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), list(known), 1)
            here = sorted(_OPTIONS.intersection(known))
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(here)}"
            raise BrokerError(f"unknown {what}: {name!r}; {hint}")


def check_place(path: Path) -> None:
    """Raise the one error that says what is wrong with the place, and the next step.

    Raises:
        BrokerError: if the folder or the file cannot be used.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise BrokerError(
            f"sqlite+safe needs SQLite 3.35 or newer, this Python has {sqlite3.sqlite_version}: "
            "use a newer Python or system library"
        )
    folder = path.parent
    if not folder.is_dir():
        raise BrokerError(
            f"sqlite+safe: folder {folder} does not exist; make it (mkdir -p {folder}), or name another"
        )
    if path.is_dir():
        raise BrokerError(f"sqlite+safe: {path} is a folder; write sqlite+safe:///{path}/shop.db")
    user = f"user {os.geteuid()}, group {os.getegid()}"
    # SQLite makes two files beside the database, so the folder must be writable too.
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BrokerError(
            f"sqlite+safe: folder {folder} is not writable for this process ({user}); "
            "SQLite keeps files beside the database, so give it the folder (chown), or name another"
        )
    for one in (path, *(Path(f"{path}{end}") for end in ("-wal", "-shm", "-owners"))):
        if one.exists() and not os.access(one, os.R_OK | os.W_OK):
            raise BrokerError(
                f"sqlite+safe: {one} is not readable and writable for this process ({user}); "
                "give it the file (chown, chmod), or name another"
            )
