"""The generated tables of options are what the installed Celery reads."""

from __future__ import annotations

import pytest
from celery import VERSION, Celery

from celery_safe.app import SafeCelery
from celery_safe.options import task_options as of_runtime
from lint_rules._engine.celery_facts.options import SEND_OPTIONS, TASK_OPTIONS
from lint_rules._engine.celery_facts.versions import RELEASES, Known
from lint_rules.cs103_unknown_task_option import _SAFE_OPTIONS
from lint_rules.cs118_unknown_task_attribute import REQUEST_ATTRIBUTES, TASK_ATTRIBUTES
from scripts import celery_ask

RELEASE = f"{VERSION.major}.{VERSION.minor}"


@pytest.mark.parametrize(
    ("table", "installed"),
    [(TASK_OPTIONS, celery_ask.task_options()), (SEND_OPTIONS, celery_ask.sends())],
    ids=["task", "send"],
)
def test_the_table_is_what_the_installed_celery_has(
    table: dict[str, Known], installed: dict[str, celery_ask.Row]
) -> None:
    known = {n for n, row in table.items() if row.added <= RELEASE < (row.removed or "9")}
    assert known == installed.keys(), "run scripts/celery_facts.py"
    for name, (kind, default, _, removed, _) in installed.items():
        row = table[name]
        assert default == [text for since, text in row.defaults if since <= RELEASE][-1], name
        if RELEASES[-1] == RELEASE:  # the type is that of the newest release
            assert (kind, removed) == (row.type, row.removed), name


def test_celery_has_no_list_of_options_but_does_what_the_table_says() -> None:
    app = Celery("shop", set_as_current=False)
    app.conf.task_store_eager_result = False

    @app.task(name="close", store_eager_result=True, max_retry=9, shared=False)
    def task() -> None: ...

    assert task.store_eager_result is True  # a setting that a task may override
    assert task.max_retry == 9  # an attribute like any other, which nothing reads
    assert "max_retry" not in TASK_OPTIONS
    assert TASK_OPTIONS["pydantic"].added == "5.5"
    assert TASK_OPTIONS["acks_on_timeout"].added == "5.7"
    assert TASK_OPTIONS["queue"].deprecated == "5.7"
    assert TASK_OPTIONS["default_retry_delay"].defaults == (("5.3", "180"),)
    assert SEND_OPTIONS["countdown"].type == "float"


def test_what_a_task_and_its_request_have_is_known() -> None:
    app = Celery("shop", set_as_current=False)

    @app.task(name="close", bind=True, shared=False)
    def task(self: object) -> None: ...

    assert {n for n in dir(task) if not n.startswith("_")} <= TASK_ATTRIBUTES
    assert not [n for n in REQUEST_ATTRIBUTES if hasattr(task, n)]
    assert all(hasattr(task.request, n) for n in REQUEST_ATTRIBUTES)


def test_the_checker_and_the_runtime_know_the_same_options() -> None:
    base = SafeCelery("shop", broker="memory://", set_as_current=False).Task
    known = {name for name, row in TASK_OPTIONS.items() if row.added <= RELEASE}
    own = {n for n in of_runtime(base) - known if not callable(getattr(base, n, None))}
    assert own == {"fun", *_SAFE_OPTIONS}, "mend _SAFE_OPTIONS of CS103"
