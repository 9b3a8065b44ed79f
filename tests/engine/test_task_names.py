"""Names of tasks, as Celery computes them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.project import Project
from lint_rules._engine.rules import Rule, check_paths


def project_of(folder: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    seen: list[Project] = []

    def keep(project: Project):  # type: ignore[no-untyped-def]
        seen.append(project)
        return iter(())

    result = check_paths([folder], Config(), [Rule("CS999", "keep", "default", keep)])
    assert not result.unchecked
    return seen[0]


def names(folder: Path, files: dict[str, str]) -> dict[str, str] | None:
    found = project_of(folder, files).names()
    return None if found is None else {name: task.name for name, task in found.items()}


def test_computed_and_written_names(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/names.py": """
            from enum import Enum
            PREFIX = "shop"
            class Names:
                PAY = "pay"
            class Kind(str, Enum):
                MAIL = "mail"
        """,
        "shop/tasks.py": """
            from celery import shared_task
            from shop import names
            from shop.names import PREFIX, Kind, Names
            HERE = PREFIX + ".here"
            @shared_task
            def computed(): pass
            @shared_task(name="written")
            def a(): pass
            @shared_task(name=HERE)
            def b(): pass
            @shared_task(name=Names.PAY)
            def c(): pass
            @shared_task(name=f"{names.PREFIX}.{Names.PAY}")
            def d(): pass
            @shared_task(name=Kind.MAIL.value)
            def e(): pass
            @shared_task(name=__name__ + ".x")
            def f(): pass
            @shared_task(name=unknown())
            def g(): pass
            @shared_task(name=None)
            def h(): pass
        """,
    }
    assert names(tmp_path, files) == {
        "shop.tasks.computed": "computed",
        "written": "a",
        "shop.here": "b",
        "pay": "c",
        "shop.pay": "d",
        "mail": "e",
        "shop.tasks.x": "f",
        "shop.tasks.h": "h",
    }


TASKS = "from celery import Celery, shared_task\n@shared_task\ndef pay(): pass\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return name", {"pay": "pay"}),
        ("return f'shop.{name}'", {"shop.pay": "pay"}),
        (
            "if module.endswith('.tasks'):\n            module = module[:-6]\n"
            "        return super().gen_task_name(name, module)",
            {"shop.pay": "pay"},
        ),
        ("return module.rpartition('.')[0] + '/' + name", {"shop/pay": "pay"}),
        ("return registry.name_for(name)", None),
        ("for x in module: pass\n        return name", None),
    ],
)
def test_gen_task_name(tmp_path: Path, body: str, expected: dict[str, str] | None) -> None:
    app = f"class App(Celery):\n    def gen_task_name(self, name, module):\n        {body}\n"
    files = {"shop/__init__.py": "", "shop/tasks.py": TASKS + app}
    assert names(tmp_path, files) == expected


def test_a_decorator_without_wraps_hides_the_name(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/guards.py": """
            import functools
            def when_enabled(func):
                def wrapper(*args, **kwargs):
                    return func(*args, **kwargs)
                return wrapper
            def kept(func):
                @functools.wraps(func)
                def wrapper(*args, **kwargs):
                    return func(*args, **kwargs)
                return wrapper
        """,
        "shop/tasks.py": """
            from celery import shared_task
            from shop.guards import kept, when_enabled
            @shared_task
            @when_enabled
            def check(): pass
            @shared_task
            @kept
            def close(): pass
            @shared_task(name="shop.pay")
            @when_enabled
            def pay(): pass
            @when_enabled
            @shared_task
            def above(): pass
        """,
    }
    assert names(tmp_path, files) == {
        "shop.guards.wrapper": "check",
        "shop.tasks.close": "close",
        "shop.pay": "pay",
        "shop.tasks.above": "above",
    }
