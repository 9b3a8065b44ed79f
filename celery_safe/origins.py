"""Which value of each row is in force, and who set it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from celery_safe.defaults import TABLE, Row
from celery_safe.settings import transport_options
from celery_safe.spelling import DEFAULTS_BY_NAME

OURS = "celery-safe"


@dataclass(frozen=True)
class InForce:
    """One row in an app.

    Attributes:
        value: what is in force.
        set_by: ``celery-safe``, ``your configuration``, ``your code`` (the constructor, ``changes``,
            ``conf.update``, an assignment), ``your defaults`` (``add_defaults``), or for an option of
            another broker ``not used``.
        waived: the written reason, if the setting is waived.
    """

    row: Row
    value: Any
    set_by: str
    waived: str | None


def in_force(app: Any) -> Iterator[InForce]:
    """Every row of the policy table as it stands in ``app``, and what is waived besides.

    Raises:
        UnsafeSetting: the app cannot be configured.
        Exception: of the project, whose task modules are imported as a worker does.
    """
    app.loader.import_default_modules()
    app.finalize()
    driver = str(app.conf.broker_url or "amqp").partition(":")[0]
    written = app.conf.broker_transport_options or {}
    merged = transport_options(app, driver, written)
    rows = {row.setting for row in TABLE}
    waived = (
        Row(name, DEFAULTS_BY_NAME[name].default, "dangerous, and waived", "", "")
        for name in app.waivers
        if name not in rows and name in DEFAULTS_BY_NAME
    )
    for row in (*TABLE, *waived):
        key = row.transport_option
        if key is None:
            value, who = app.conf.get(row.setting), _who(app.conf, row.setting)
        elif driver not in row.transports:
            value, who = None, "not used"
        else:
            value = merged[key]
            who = _who(app.conf, "broker_transport_options") if key in written else OURS
        yield InForce(row, value, who, app.waivers.get(row.setting))


def _who(conf: Any, setting: str) -> str:
    """Celery's own defaults and ours are the last map; the user's are those before it."""
    keys = conf._to_keys(setting)
    for n, values in enumerate(conf.maps[:-1]):
        if any(conf._key(key) in values for key in keys):
            if n == 0:
                return "your code"
            return "your configuration" if n == len(conf.maps) - 2 else "your defaults"
    return OURS
