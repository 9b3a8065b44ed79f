"""What beat sends carries its entry's name, whatever the scheduler."""

from __future__ import annotations

from typing import Any

import pytest
from celery import signals
from celery.beat import ScheduleEntry, Scheduler, Service

from celery_safe import SafeCelery, beat


class Mine(Scheduler):
    """A scheduler of somebody else."""


@pytest.mark.parametrize("scheduler", [Scheduler, Mine])
def test_a_tick_says_which_entry_it_is_of(scheduler: type[Scheduler]) -> None:
    app = SafeCelery("ticks", broker="memory://", set_as_current=False)

    @app.task(name="tick")
    def tick() -> None: ...

    sent: list[dict[str, Any]] = []
    app.amqp.send_task_message = lambda *_, **options: sent.append(options.get("headers") or {})
    service = Service(app, scheduler_cls=scheduler)
    signals.beat_init.send(sender=service)
    for name in ("tick", "shop.elsewhere"):
        entry = ScheduleEntry(name=f"every-{name}", task=name, schedule=60, app=app)
        service.scheduler.apply_async(entry, advance=False)
    tick.delay()
    assert [beat.entry_of(headers) for headers in sent] == [
        "every-tick",
        "every-shop.elsewhere",
        None,
    ]


def test_the_header_of_django_celery_beat_counts_too() -> None:
    assert beat.entry_of({"periodic_task_name": "night"}) == "night"
    assert beat.entry_of({}) is None
