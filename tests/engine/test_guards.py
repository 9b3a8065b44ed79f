"""A call says which conditions of the function hold: ``save(notify=False)`` sends nothing."""

from __future__ import annotations

from pathlib import Path

from tests.engine.test_across_files import found

CODE = """
from celery import shared_task
from django.db import transaction


@shared_task(name="a")
def a(x):
    pass


def tell(order, notify=True, *, quietly=False):
    if not notify or quietly:
        return
    a.delay(order.pk)


def index(order, also_charge=None):
    if also_charge is not None:
        a.delay(order.pk)


class Row:
    def save(self, *args, broadcast=True, **kwargs):
        if broadcast:
            a.delay(self.pk)


class Shelf(Row):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)


def told_not_to(order, quiet):
    with transaction.atomic():
        tell(order, notify=False)
        tell(order, False)
        tell(order, quietly=True)
        tell(order)  # found
        tell(order, quietly=quiet)  # found
        index(order)
        index(order, also_charge=True)  # found
        Shelf().save(broadcast=False)
        Shelf().save(force=True)  # found


def passes_it_on(order, notify=True):
    tell(order, notify=notify)


def passed_on(order, options):
    with transaction.atomic():
        passes_it_on(order, notify=False)
        passes_it_on(order)  # found
        passes_it_on(order, **options)  # found
"""


def test_conditions_on_what_a_call_gives_are_followed(tmp_path: Path) -> None:
    marked = [n for n, line in enumerate(CODE.splitlines(), 1) if line.endswith("# found")]
    assert [line for _, line in found(tmp_path, {"shop.py": CODE}, "CS202")] == marked
    assert len(marked) == 6
