"""What a name means when other files have to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine import run
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths


def found(folder: Path, files: dict[str, str], code: str) -> list[tuple[str, int]]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    rules = [r for r in all_rules() if r.code == code]
    result = check_paths([folder], Config(), rules)
    assert not result.unchecked
    return [(Path(f.path).relative_to(folder).as_posix(), f.line) for f in result.findings]


def test_a_star_import_brings_the_app(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/base.py": "from celery import Celery\napp = Celery('shop')\n_hidden = app\n",
        "shop/middle.py": "from .base import *\n",
        "shop/tasks.py": "from shop.middle import *\n@app.task\ndef a(): pass\n",
        "shop/celery_other.py": "from shop.middle import *\n@other.task\ndef b(): pass\n",
    }
    assert found(tmp_path, files, "CS101") == [("shop/tasks.py", 2)]


def test_a_star_import_from_outside_brings_celery(tmp_path: Path) -> None:
    files = {"tasks.py": "from celery import *\n@shared_task\ndef a(): pass\n"}
    assert found(tmp_path, files, "CS101") == [("tasks.py", 2)]


def test_star_imports_in_a_circle_end(tmp_path: Path) -> None:
    files = {
        "a.py": "from b import *\nfrom celery import Celery\n",
        "b.py": "from a import *\n@app.task\ndef x(): pass\n",
    }
    assert found(tmp_path, files, "CS101") == []


def test_a_name_of_the_file_itself_wins_over_a_star(tmp_path: Path) -> None:
    files = {
        "base.py": "from celery import Celery\napp = Celery('shop')\n",
        "tasks.py": "from base import *\napp = object()\n@app.task\ndef a(): pass\n",
    }
    assert found(tmp_path, files, "CS101") == []


def test_only_the_decorator_itself_is_asked_whether_it_retries(tmp_path: Path) -> None:
    files = {
        "decorators.py": (
            "def timed(f):\n    return f\n"
            "def again(f):\n    return lambda *a: _again(f)\n"
            "def _again(f):\n    f.retry()\n"
        ),
        "tasks.py": (
            "from celery import shared_task\nfrom decorators import again, timed\n"
            "@shared_task(name='a', max_retries=3)\n@timed\ndef a(): pass\n"
            "@shared_task(name='b', max_retries=3)\n@again\ndef b(): pass\n"
        ),
    }
    assert found(tmp_path, files, "CS301") == [("tasks.py", 3)]


def test_a_caller_that_is_no_python_is_one_line_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without a word of Celery is parsed late, for the transaction in which it calls a sender."""
    monkeypatch.setattr(run, "SYNTAX_ONLY", 0)
    (tmp_path / "shop.py").write_text(
        "from celery import shared_task\n@shared_task\ndef charge(order=None): pass\n"
        "def send(): charge.delay(1)\n"
    )
    (tmp_path / "view.py").write_text(
        "from django.db import transaction\nfrom shop import send\n"
        "with transaction.atomic():\n    send()\n    print 'sent'\n"
    )
    chosen = [r for r in all_rules() if r.code == "CS101"]
    result = check_paths([tmp_path], Config(), chosen)
    assert [(Path(u.path).name, u.reason[:12]) for u in result.unchecked] == [
        ("view.py", "syntax error")
    ]
    assert (result.files, len(result.findings)) == (1, 1)


@pytest.mark.parametrize("spare", [0, run.SYNTAX_ONLY])
def test_a_file_on_the_way_that_is_no_python_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spare: int
) -> None:
    """What lies between a transaction and a send is tried once, be it parsed or not."""
    monkeypatch.setattr(run, "SYNTAX_ONLY", spare)
    (tmp_path / "shop.py").write_text(
        "from celery import shared_task\n@shared_task\ndef charge(order=None): pass\n"
        "def send(): charge.delay(1)\n"
    )
    (tmp_path / "middle.py").write_text(
        "from shop import send\ndef through():\n    send()\n    print 'sent'\n"
    )
    (tmp_path / "view.py").write_text(
        "from django.db import transaction\nfrom middle import through\n"
        "def view():\n    with transaction.atomic():\n        through()\n"
    )
    result = check_paths([tmp_path], Config(), [r for r in all_rules() if r.code == "CS202"])
    assert [Path(u.path).name for u in result.unchecked] == ["middle.py"]
    assert (result.files, result.findings) == (2, [])


def test_one_file_of_a_package_does_not_say_what_the_project_lacks(tmp_path: Path) -> None:
    app = "from celery import Celery\napp = Celery('shop')\n@app.task(name='a')\ndef a(): pass\n"
    files = {
        "shop/__init__.py": "",
        "shop/celery.py": app + "app.config_from_object('shop.conf')\n",
        "shop/conf.py": "timezone = 'UTC'\n",
        "lone.py": app,
    }
    assert found(tmp_path, files, "CS110") == [("lone.py", 3), ("shop/celery.py", 3)]
    limits = [r for r in all_rules() if r.code == "CS110"]

    def alone(name: str) -> int:
        return len(check_paths([tmp_path / name], Config(), limits).findings)

    assert [alone("lone.py"), alone("shop"), alone("shop/celery.py")] == [1, 1, 0]
    (tmp_path / "tasks.py").write_text(app.replace("app = Celery('shop')\n", ""))
    assert alone("tasks.py") == 0  # where the app is, there may be a limit
    # What stands above the repository is no part of it.
    (tmp_path / "shop/.git").mkdir()
    (tmp_path / "requests.py").touch()
    (tmp_path / "shop/conf.py").write_text("import requests\n" + app.replace("'a'", "'b'"))
    assert alone("shop") == 2
