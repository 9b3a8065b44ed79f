"""Writes celery_safe/_settings_fields.py: a typed field for each setting, from Celery's own table and ours.

Celery's table says of some settings less, or other, than Celery does; those are in WIDER.
The installed Celery must be the newest. tests/unit/test_safe_settings.py compares.

Usage: python scripts/safe_settings.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from celery.app.defaults import NAMESPACES, flatten

from celery_safe.defaults import SETTINGS

FILE = Path(__file__).resolve().parent.parent / "celery_safe/_settings_fields.py"
HEAD = '''"""Written by scripts/safe_settings.py from Celery's table of settings; do not edit."""

from __future__ import annotations

from datetime import timedelta, tzinfo
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Fields(BaseModel):
    """Each setting of Celery by its new name, and ours; None is what Celery's own default may be."""

    model_config = ConfigDict(arbitrary_types_allowed=True, validate_assignment=True, extra="allow")

'''
_NAMES = "list[str] | tuple[str, ...] | set[str] | str"
_CLASS = "str | type[Any]"
_TIME = "float | timedelta"
WIDER = {
    "accept_content": _NAMES, "result_accept_content": _NAMES,
    "imports": _NAMES, "include": _NAMES,
    "beat_cron_starting_deadline": "float", "beat_scheduler": _CLASS,
    "broker_failover_strategy": "Any", "broker_heartbeat": "float", "broker_heartbeat_checkrate": "float",
    "broker_port": "int | str", "broker_read_url": "str | list[str]", "broker_transport": _CLASS,
    "broker_url": "str | list[str]", "broker_use_ssl": "bool | dict[str, Any]",
    "broker_write_url": "str | list[str]",
    "cassandra_auth_kwargs": "dict[str, Any]", "cassandra_port": "int | str",
    "cassandra_servers": "list[str] | tuple[str, ...]",
    "redis_backend_use_ssl": "bool | dict[str, Any]",
    "result_backend": _CLASS, "result_chord_expires": _TIME, "result_expires": _TIME,
    "result_failure_expires": _TIME,
    "security_key_password": "bytes | str",
    "task_default_delivery_mode": "int | str", "task_default_exchange": "Any",
    "task_default_priority": "int", "task_default_rate_limit": "str | float", "task_queues": "Any",
    "timezone": "str | tzinfo",
    "worker_autoscaler": _CLASS, "worker_concurrency": "int", "worker_consumer": _CLASS,
    "worker_pool": _CLASS, "worker_timer": _CLASS,
    "safe_dead_letter_queues": "list[str] | tuple[str, ...]", "safe_max_worker_losses": "int",
    "safe_dedupe_window": "float", "safe_retry_for": "Any", "safe_retry_max": "int", "safe_when_store_away": 'Literal["hold", "run"]',
    "safe_max_redeliveries": "int", "safe_journal_folder": "str | bool", "safe_redact": "Any",
}  # fmt: skip
_PLAIN = {
    "string": "str", "str": "str", "bool": "bool", "int": "int", "float": "float", "bytes": "bytes",
    "dict": "dict[str, Any]", "list": "list[Any]", "tuple": "tuple[Any, ...]", "any": "Any",
}  # fmt: skip


def of_celery() -> dict[str, str]:
    """The type of each setting of the installed Celery."""
    return {
        name: WIDER.get(name) or _PLAIN[getattr(option.type, "__name__", str(option.type))]
        for name, option in flatten(NAMESPACES)
    }


def of_ours() -> dict[str, str]:
    """The type of each setting of ours; one without a plain default is anything."""
    found = {}
    for row in SETTINGS:
        if row.setting.startswith("safe_"):
            kind = _number(row.value)
            found[row.setting] = WIDER.get(row.setting) or _PLAIN.get(kind, "Any")
    return found


def _number(value: Any) -> str:
    """Times may be written with a fraction."""
    return "float" if type(value) is int else type(value).__name__


def made() -> str:
    """The file."""
    lines = []
    for name, kind in sorted({**of_celery(), **of_ours()}.items()):
        lines.append(f"    {name}: {kind if kind == 'Any' else f'{kind} | None'} = None\n")
    source = HEAD + "".join(lines)
    return subprocess.run(
        [sys.executable, "-m", "ruff", "format", "-"], input=source, capture_output=True, text=True,
        check=True, cwd=FILE.parent,
    ).stdout  # fmt: skip


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
