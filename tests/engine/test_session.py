"""A session finds what a fresh run finds, whatever was done to the files between."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint_rules._engine import files, report, run, session
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths
from lint_rules._engine.session import Cancelled, Session

RULES = all_rules()
CONFIG = Config(preset="strict")
NAMES = ["shop/__init__.py", "shop/tasks.py", "shop/views.py", "shop/plain.py", "other.py"]
TEXTS = [
    "from celery import shared_task\n@shared_task\ndef charge(order): pass\n",
    "from celery import shared_task\n@shared_task\ndef charge(order, amount): pass\n",
    "from shop.tasks import charge\ndef view(): charge.delay(1)\n",
    "from shop.plain import charge\ndef view(): charge.delay(1, 2, 3)\n",
    "from .tasks import charge\nfrom .tasks import *\n",
    "from contextlib import contextmanager\nfrom django.db import transaction\n"
    "@contextmanager\ndef traced():\n    with transaction.atomic():\n        yield\n",
    "from shop.plain import traced\nfrom shop.tasks import charge\n"
    "def f():\n    with traced():\n        charge.delay(1)\n",
    # Files that matter only because of what others say: no word of Celery in the second and fourth.
    "from celery import shared_task\ndef own(f): return shared_task(f)\n",
    "from shop.tasks import own\n@own\ndef charge(order): pass\n",
    "from shop.plain import charge\ndef send(): charge.delay(1)\n",
    "from django.db import transaction\nfrom shop.views import send\n"
    "def f():\n    with transaction.atomic():\n        send()\n",
    "import src.shop.tasks\n", "x = 1\n", "def broken(:\n", "# celery \x00\n", "",
]  # fmt: skip


def saved(folder: Path, name: str, text: str | None) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text)


def outcome(result: report.Result) -> tuple[object, ...]:
    return result.findings, [f.fix for f in result.findings], result.unchecked, result.files


step = st.tuples(st.sampled_from(NAMES), st.none() | st.sampled_from(TEXTS))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(step, max_size=5), min_size=1, max_size=4))
def test_it_finds_what_a_fresh_run_finds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, str | None]]]
) -> None:
    folder = tmp_path_factory.mktemp("project")
    kept = Session([folder], CONFIG, RULES)
    for changes in steps:
        for name, text in changes:
            saved(folder, name, text)
        kept.refresh()
        assert outcome(kept.check()) == outcome(check_paths([folder], CONFIG, RULES))


def test_unsaved_text_counts_and_only_it_is_parsed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path, "shop/tasks.py", TEXTS[0])
    saved(tmp_path, "shop/views.py", TEXTS[2])
    kept = Session([tmp_path], Config(select=("CS201",)), [r for r in RULES if r.code == "CS201"])
    assert kept.check().findings == []
    parsed: list[str] = []
    parse = run.syntax.parse
    monkeypatch.setattr(run.syntax, "parse", lambda text: parsed.append(text) or parse(text))
    found = kept.check({tmp_path / "shop/tasks.py": TEXTS[1]}).findings
    assert [(Path(f.path).name, f.line) for f in found] == [("views.py", 2)]
    assert parsed == [TEXTS[1]]
    assert kept.check().findings == []


def test_text_that_does_not_parse_is_taken_as_it_last_did(tmp_path: Path) -> None:
    saved(tmp_path, "shop/tasks.py", TEXTS[1])
    saved(tmp_path, "shop/views.py", TEXTS[2])
    kept = Session([tmp_path], CONFIG, [r for r in RULES if r.code == "CS201"])
    assert len(kept.check().findings) == 1
    result = kept.check({tmp_path / "shop/tasks.py": TEXTS[1] + "def (\n"})
    assert [Path(u.path).name for u in result.unchecked] == ["tasks.py"]
    assert len(result.findings) == 1


def test_a_folder_that_becomes_a_package_renames_its_modules(tmp_path: Path) -> None:
    saved(tmp_path, "shop/tasks.py", TEXTS[0])
    kept = Session([tmp_path], CONFIG, [r for r in RULES if r.code == "CS101"])
    assert '"shop.tasks.charge"' not in kept.check().findings[0].message
    saved(tmp_path, "shop/__init__.py", "")
    kept.refresh()
    assert '"shop.tasks.charge"' in kept.check().findings[0].message


def test_the_disk_is_looked_at_only_after_refresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path, "shop/tasks.py", TEXTS[0])
    kept = Session([tmp_path], CONFIG, RULES)
    kept.check()
    with monkeypatch.context() as patch:
        patch.setattr(files, "discover", None)
        patch.setattr(session, "_stamp", None)
        kept.check()
    saved(tmp_path, "shop/late.py", TEXTS[0])
    assert kept.check().files == 1
    kept.refresh()
    assert kept.check().files == 2


def test_a_stopped_run_keeps_what_it_has_read(tmp_path: Path) -> None:
    for name in NAMES:
        saved(tmp_path, name, TEXTS[0])
    kept = Session([tmp_path], CONFIG, RULES)
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        kept.check(should_stop=lambda: next(asked))
    assert outcome(kept.check()) == outcome(check_paths([tmp_path], CONFIG, RULES))
