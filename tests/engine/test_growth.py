"""What is written line by line, each made of the last, is followed once and not on every way to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

HEAD = """\
from celery import Celery, chain, chord, shared_task
from celery.schedules import crontab
from django.db import transaction
app = Celery("shop")
@shared_task(name="a", time_limit=9)
def a(x=1): pass
c = a.s()
h = "1"
"""
PROGRAMS = {
    "chain": "c = c | a.s()\n" * 12 + "c.delay()\n",
    "chord": "c = chord([c, c], c)\n" * 12 + "c.delay()\n",
    "list": "p = [c]\n" + "p = p + p + [a.s()]\n" * 12 + "chain(*p).delay()\n",
    "or": "h = h or h or h\n" * 12 + "app.send_task(h, queue=h)\n",
    "text": "h = f'{h}{h}'\n" * 12 + "app.send_task(h, queue=h)\n",
    "schedule": "h = h or h\n" * 16
    + "app.conf.beat_schedule = {'x': {'task': 'a', 'schedule': crontab(hour=h, minute=h)}}\n",
    "calls": "".join(
        f"def f{n}():\n" + "".join(f"    f{m}()\n" for m in range(12)) + "    a.delay()\n"
        for n in range(12)
    )
    + "with transaction.atomic():\n    f0()\n",
    "classes": "class A0(app.Task): pass\n"
    + "".join(
        f"class A{n}({', '.join(f'A{m}' for m in reversed(range(n)))}): pass\n"
        for n in range(1, 20)
    )
    + "@app.task(name='b', base=A19)\ndef b(): pass\n",
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_takes_for_ever(tmp_path: Path, name: str) -> None:
    path = tmp_path / "tasks.py"
    path.write_text(HEAD + PROGRAMS[name])
    result = check_paths([path], Config(preset="strict"), all_rules())
    assert (result.files, list(result.unchecked)) == (1, [])
