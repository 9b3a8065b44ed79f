"""Names that two files give to their tasks."""

from __future__ import annotations

from collections.abc import Callable

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]

APP = {
    "shop/__init__.py": "",
    "shop/app.py": "from celery import Celery\napp = Celery('shop')\n",
}
WITH_APP = "from shop.app import app\n@app.task(name='shop.mail')\ndef {}(): pass\n"
SHARED = "from celery import shared_task\n@shared_task(name='mail')\ndef mail(): pass\n"
UNNAMED = "from celery import shared_task\n@shared_task\ndef mail(): pass\n"


def test_two_files_of_one_app(lint: Lint) -> None:
    files = APP | {"shop/a.py": WITH_APP.format("a"), "shop/b.py": WITH_APP.format("b")}
    assert lint(files, "CS106") == [("shop/b.py", 2)]


def test_two_files_of_one_package_with_shared_tasks(lint: Lint) -> None:
    files = APP | {"shop/a.py": SHARED, "shop/b.py": SHARED}
    assert lint(files, "CS106") == [("shop/b.py", 2)]


def test_a_test_may_use_a_name_again(lint: Lint) -> None:
    files = APP | {"shop/a.py": SHARED, "shop/tests/__init__.py": "", "shop/tests/b.py": SHARED}
    assert lint(files, "CS106") == []


def test_two_services_are_two_apps(lint: Lint) -> None:
    files = {"orders/tasks.py": SHARED, "stock/tasks.py": SHARED}
    assert lint(files, "CS106") == []


def test_files_of_one_name_in_folders_that_are_no_packages(lint: Lint) -> None:
    files = {"shop/orders/tasks.py": UNNAMED, "shop/stock/tasks.py": UNNAMED}
    assert lint(files, "CS106") == []


def test_bare_function_names_by_the_projects_own_app(lint: Lint) -> None:
    app = (
        "from celery import Celery\n"
        "class Own(Celery):\n"
        "    def gen_task_name(self, name, module):\n"
        "        return name\n"
        "app = Own('shop')\n"
    )
    files = APP | {"shop/app.py": app, "shop/a.py": UNNAMED, "shop/b.py": UNNAMED}
    assert lint(files, "CS106") == [("shop/b.py", 2)]


def test_periodic_tasks_of_old_releases(lint: Lint) -> None:
    task = "@periodic_task(run_every=60)\ndef nightly(): pass\n"
    files = {"shop.py": "from celery.task import periodic_task\n" + task + task}
    assert lint(files, "CS106") == [("shop.py", 4)]
    assert lint(files, "CS103") == []


def test_periodic_tasks_by_the_projects_own_decorator(lint: Lint) -> None:
    own = (
        "from celery.task import periodic_task as celery_periodic_task\n"
        "def periodic_task(**options):\n"
        "    def decorator(function):\n"
        "        return celery_periodic_task(**options)(function)\n"
        "    return decorator\n"
    )
    task = "@periodic_task(run_every=60)\ndef nightly(): pass\n"
    files = {"own.py": own, "shop.py": "from own import periodic_task\n" + task + task}
    assert lint(files, "CS106") == [("shop.py", 4)]
