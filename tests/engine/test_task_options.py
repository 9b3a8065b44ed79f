"""The table of task options is what the installed Celery has; the only test that loads Celery."""

from __future__ import annotations

import inspect
import re

from celery.app import autoretry, base
from celery.app.task import Task, extract_exec_options

from lint_rules._engine.celery_facts.task_options import TASK_OPTIONS


class _Recorder:
    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> None:
        self.read.add(name)


def installed() -> set[str]:
    recorder = _Recorder()
    extract_exec_options(recorder)
    attributes = {a for a in (*dir(Task), *Task.__annotations__) if not a.startswith("_")}
    retry = set(
        re.findall(
            r"options\.get\(\s*'(\w+)'", inspect.getsource(autoretry.add_autoretry_behaviour)
        )
    )
    decorator = set(inspect.signature(base.Celery._task_from_fun).parameters)
    inner = {"shared", "filter", "lazy"}
    source = inspect.getsource(base.Celery.task)
    assert "inner_create_task_cls(shared=True, filter=None, lazy=True, **opts)" in source
    return (attributes | retry | decorator | inner | recorder.read) - {"self", "fun", "options"}


def test_table_has_every_option_of_the_installed_celery() -> None:
    missing = installed() - TASK_OPTIONS
    assert not missing, f"add to task_options.py: {sorted(missing)}"


def test_table_has_nothing_else() -> None:
    import celery

    if not celery.__version__.startswith("5.7"):
        return  # the table is the newest supported Celery's: older ones have fewer
    assert not TASK_OPTIONS - installed()
