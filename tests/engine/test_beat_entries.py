"""Beat entries are found in every style in which a schedule is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.project import Project
from lint_rules._engine.run import Run


def project_of(folder: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run = Run(Config(), {}, lambda _: None)
    project = Project(*run.read([folder]))
    assert not run.unchecked
    return project


def entries(folder: Path, files: dict[str, str]) -> list[tuple[str | None, str | None, bool]]:
    """Name, name of the task, and whether it is certain, of each entry."""
    project = project_of(folder, files)
    schedules = project.schedules
    return [
        (e.name, schedules.task_name(m, e), schedules.is_certain(m, e))
        for m, e in project.beat_entries()
    ]


ENTRY = '{"task": "shop.close", "schedule": 60}'


@pytest.mark.parametrize(
    "text",
    [
        f'CELERY_BEAT_SCHEDULE = {{"close": {ENTRY}}}',
        f'CELERYBEAT_SCHEDULE = {{"close": {ENTRY}}}',
        f'CELERY_BEAT_SCHEDULE["close"] = {ENTRY}',
        f'app.conf.beat_schedule = {{"close": {ENTRY}}}',
        f'app.conf.beat_schedule["close"] = {ENTRY}',
        f'app.conf["beat_schedule"] = {{"close": {ENTRY}}}',
        f'app.config["CELERY_BEAT_SCHEDULE"]["close"] = {ENTRY}',
        f'CELERY_BEAT_SCHEDULE["close"] = ({ENTRY},)',
        f'app.conf.update(beat_schedule={{"close": {ENTRY}}})',
        f'app.conf.update({{"beat_schedule": {{"close": {ENTRY}}}}})',
        f'app.conf.beat_schedule.update({{"close": {ENTRY}}})',
        f'CELERY = {{"beat_schedule": {{"close": {ENTRY}}}}}',
        f'class CeleryConfig:\n    beat_schedule = {{"close": {ENTRY}}}',
        f'CELERY_BEAT_SCHEDULE = {{**OTHERS, "close": {ENTRY}}}',
        f'CELERY_BEAT_SCHEDULE = OTHERS | {{"close": {ENTRY}}}',
        f'CELERY_BEAT_SCHEDULE |= {{"close": {ENTRY}}}',
        f'CELERY_BEAT_SCHEDULE: dict = {{}} if off else {{"close": {ENTRY}}}',
        f'def build():\n    beat_schedule = {{}}\n    beat_schedule["close"] = {ENTRY}',
        f'JOBS = {{"close": {ENTRY}}}\nCELERY_BEAT_SCHEDULE = JOBS',
        f'JOBS = {{"close": {ENTRY}}}\nCELERY_BEAT_SCHEDULE = {{**JOBS, **OTHERS}}',
        f'JOBS = {{"close": {ENTRY}}}\napp.conf.update(beat_schedule=dict(JOBS))',
        f'def make(app):\n    jobs = {{"close": {ENTRY}}}\n    app.conf.beat_schedule = jobs',
        f'def jobs():\n    return {{"close": {ENTRY}}}\nCELERY_BEAT_SCHEDULE = jobs()',
        'CLOSE = "shop.close"\nCELERY_BEAT_SCHEDULE = {"close": {"task": CLOSE, "schedule": 60}}',
        'P = "shop"\nCELERY_BEAT_SCHEDULE = {"close": {"task": f"{P}.close", "schedule": 60}}',
        'class Names(str, Enum):\n    CLOSE = "shop.close"\n'
        'CELERY_BEAT_SCHEDULE = {"close": {"task": Names.CLOSE.value, "schedule": 60}}',
    ],
)  # fmt: skip
def test_styles(tmp_path: Path, text: str) -> None:
    found = entries(tmp_path, {"celery_shop.py": f"import celery\n{text}\n"})
    assert found == [("close", "shop.close", True)]


def test_entries_of_a_list_are_not_certain(tmp_path: Path) -> None:
    text = 'import celery\njobs = [{"name": "close", "task": "shop.close", "schedule": 60}]\n'
    assert entries(tmp_path, {"jobs.py": text}) == [("close", "shop.close", False)]


def test_a_schedule_that_is_imported(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/names.py": 'class Names:\n    CLOSE = "shop.close"\n',
        "shop/jobs.py": "from .names import Names\n"
        'JOBS = {"close": {"task": Names.CLOSE, "schedule": 60}}\n',
        "shop/settings.py": "from .jobs import JOBS\nCELERY_BEAT_SCHEDULE = JOBS\n",
    }
    assert entries(tmp_path, files) == [("close", "shop.close", True)]


def test_two_values_are_no_constant(tmp_path: Path) -> None:
    text = (
        'if old:\n    CLOSE = "shop.close"\nelse:\n    CLOSE = "shop.shut"\n'
        'CELERY_BEAT_SCHEDULE = {"close": {"task": CLOSE, "schedule": 60}}\n'
    )
    assert entries(tmp_path, {"settings.py": text}) == [("close", None, True)]


def test_periodic_tasks_of_an_app(tmp_path: Path) -> None:
    text = (
        "from shop.tasks import close\n"
        "@app.on_after_configure.connect\n"
        "def setup(sender, **kwargs):\n"
        "    sender.add_periodic_task(60, close.s(1), name='close', expires=10)\n"
    )
    project = project_of(tmp_path, {"celery_shop.py": text})
    [(module, entry)] = project.beat_entries()
    assert (entry.name, entry.task_ref.origin) == ("close", "shop.tasks.close")
    assert entry.fields.keys() == {"schedule", "expires"}
    assert project.schedules.is_certain(module, entry)


def test_a_malformed_entry_is_one_only_inside_a_schedule(tmp_path: Path) -> None:
    text = (
        'import celery\nCELERY_BEAT_SCHEDULE = {"close": {"task": "shop.close", "options": {"task": 1}}}\n'
        'OTHER = {"close": {"task": "shop.close"}}\n'
    )
    assert entries(tmp_path, {"settings.py": text}) == [("close", "shop.close", True)]


def test_the_typed_schedules_of_celery_safe(tmp_path: Path) -> None:
    text = (
        "from celery_safe import SafeCelery, daily, every, schedule\n"
        "import celery_safe.schedules as plans, sched\n"
        "app = SafeCelery('shop')\n"
        "@app.task(name='shop.close')\ndef close(x): ...\n"
        "schedule(close, every(minutes=5), 1)\n"
        "plans.schedule(close, plans.daily(at='02:30', name='nightly'), 1)\n"
        "sched.schedule(close, every(minutes=5))\n"
        "schedule(close)\n"
    )
    project = project_of(tmp_path, {"tasks.py": text})
    found = [
        (e.name, task.name if (task := project.task_of_entry(m, e)) else None, project.schedules.is_certain(m, e))
        for m, e in project.beat_entries()
    ]  # fmt: skip
    assert found == [(None, "close", True), ("nightly", "close", True)]
