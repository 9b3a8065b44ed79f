"""Rows a second of django-celery-outbox's relay; run by bench/outbox.py in an environment of its own."""

from __future__ import annotations

import json
import logging
import sys
import time
from urllib.parse import urlsplit

import django
import structlog
from django.conf import settings


def main(postgres: str, broker: str, rows: int) -> None:
    """Fill its table, and time its own loop until the table is empty."""
    url = urlsplit(postgres)
    settings.configure(
        INSTALLED_APPS=["django_celery_outbox"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": url.path.strip("/"),
                "USER": url.username, "HOST": url.hostname, "PORT": url.port,
            }
        },
        USE_TZ=True,
    )  # fmt: skip
    django.setup()
    # Without it each batch writes some lines; in production too, but that is not what we compare.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    from django.core.management import call_command
    from django.db import transaction
    from django_celery_outbox.app import OutboxCelery
    from django_celery_outbox.models import CeleryOutbox
    from django_celery_outbox.relay import Relay, RelayConfig

    call_command("migrate", verbosity=0)
    app = OutboxCelery("dco", broker=broker)
    app.conf.task_default_queue = "dco"
    if broker.startswith("amqp"):
        app.conf.broker_transport_options = {"confirm_publish": True}

    @app.task(name="noop", ignore_result=True)
    def noop(number: int) -> None: ...

    with transaction.atomic():
        for number in range(rows):
            noop.delay(number)
    words = {
        "batch_size": 100, "idle_time": 0, "backoff_time": 120, "max_retries": 5,
        "publish_concurrency": 1, "queue_snapshot_refresh_seconds": 5.0,
        "stale_timeout_seconds": 300, "send_timeout": 10.0, "shutdown_timeout": 30.0,
        "broker_outage_cooldown": 30.0, "max_backoff": 3600.0, "liveness_file": None,
    }  # fmt: skip
    relay = Relay(app=app, config=RelayConfig.from_options(words))
    start = time.perf_counter()
    while CeleryOutbox.objects.exists():
        relay._processing()
        if CeleryOutbox.objects.filter(retries__gt=0).exists():
            raise RuntimeError("its relay could not publish; see what it says above")
    print(json.dumps(rows / (time.perf_counter() - start)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
