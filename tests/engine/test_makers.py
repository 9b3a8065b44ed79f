"""Tasks by the project's own decorators and factories of apps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules._engine.config import Config, ConfigError, load
from lint_rules._engine.rules import all_rules, check_paths

Lint = Callable[[dict[str, str], str], list[tuple[str, int]]]

APP = "from celery import Celery, shared_task\nfrom functools import partial, wraps\napp = Celery('s')\n"
TASK = "{imports}  # celery\n{decorator}\ndef charge(order_id, amount): pass\n"

MAKERS = {
    "a function that hands on its options": """
def own(**options):
    def decorator(function):
        @wraps(function)
        def inner(*args):
            return function(*args)
        return shared_task(**options)(inner)
    return decorator
""",
    "with a name for the result": """
def own(**options):
    def decorator(function):
        task = app.task(**options)(function)
        return task
    return decorator
""",
    "a later registration of the function that is given back": """
def own(**options):
    def decorator(function):
        def callback(scanner, name, function):
            held = scanner.registry["celery.app"]
            held.task(**options)(function)
        attach(function, callback)
        return function
    return decorator
""",
    "a task decorator inside": """
def own(**options):
    def decorator(function):
        @shared_task(**options)
        @wraps(function)
        def inner(*args):
            return function(*args)
        return inner
    return decorator
""",
    "with and without call": """
def own(function=None, **options):
    def decorator(function):
        return app.task(function, **options)
    if function is not None:
        return decorator(function)
    return decorator
""",
    "a lambda": """
def own(**options):
    return lambda function: shared_task(**options)(function)
""",
    "straight on": """
def own(*args, **options):
    return app.task(*args, **options)
""",
    "an import inside": """
def own(**options):
    from celery import shared_task as make
    return make(**options)
""",
    "a class": """
class own:
    def __init__(self, **options):
        self.options = options
    def __call__(self, function):
        return shared_task(**self.options)(function)
""",
    "an instance": """
class Own:
    def __call__(self, function=None, **options):
        if function is None:
            return lambda f: self._make(f, options)
        return self._make(function, options)
    def _make(self, function, options):
        task = shared_task(function)
        return task
own = Own()
""",
    "another one of the project": """
def inner_one(**options):
    return shared_task(**options)
def own(**options):
    return inner_one(acks_late=True, **options)
""",
    "partial": "own = partial(shared_task, queue='slow')",
    "a preset": "own = shared_task(queue='slow')",
    "an alias": "own = app.task",
    "a task that is changed before it is given": """
def own(name=None, silo=None, **options):
    def wrapped(function):
        @wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        options["trail"] = False
        task = app.task(name=name, **options)(inner)
        if silo:
            task = silo(task)
        return task
    return wrapped
""",
    "options of its own": """
def own(*args, **kwargs):
    options = {"queue": "slow", **kwargs}
    if args and callable(args[0]):
        return shared_task(**options)(args[0])
    return shared_task(*args, **options)
""",
    "a decorator inside with parts": """
def own(**outer):
    def decorator(function):
        def inner(*args):
            return function(*args)
        inner.__name__ = function.__name__
        return shared_task(**outer)(wraps(function)(inner))
    return decorator
""",
}


@pytest.mark.parametrize("body", MAKERS.values(), ids=MAKERS)
def test_a_decorator_of_the_project_makes_a_task(lint: Lint, body: str) -> None:
    for decorator in ("@own", "@deco.own"):
        files = {
            "deco.py": APP + body,
            "shop.py": TASK.format(
                imports="import deco\nfrom deco import own", decorator=decorator
            ),
        }
        assert lint(files, "CS102") == [("shop.py", 4), ("shop.py", 4)]


NOT_MAKERS = {
    "returns the function": """
def own(function):
    shared_task(function)
    return function
""",
    "a plain wrapper": """
def own(function):
    @wraps(function)
    def inner(*args):
        shared_task(function).delay(*args)
    return inner
""",
    "a parameter called like it": """
def own(shared_task):
    return shared_task(queue="x")
""",
    "itself": """
def own(function):
    return own(function)
""",
    "another's task": """
def own(function):
    return invoke.task(function)
""",
}


@pytest.mark.parametrize("body", NOT_MAKERS.values(), ids=NOT_MAKERS)
def test_other_decorators_do_not(lint: Lint, body: str) -> None:
    files = {
        "deco.py": APP + "import invoke\n" + body,
        "shop.py": TASK.format(imports="from deco import own", decorator="@own"),
    }
    assert lint(files, "CS102") == []


def test_its_own_options_are_not_looked_for_above_the_function(lint: Lint) -> None:
    body = """
def own(**options):
    def decorator(function):
        @wraps(function)
        def inner(*args):
            print(options.pop("lock_timeout", 0))
            return function(*args)
        return shared_task(soft_time_limit=9, time_limit=1, **options)(inner)
    return decorator
"""
    files = {
        "deco.py": APP + body,
        "shop.py": "from deco import own  # celery\n@own(lock_timeout=5)\ndef charge(): pass\ncharge.delay(1)\n",
    }
    for code in ("CS103", "CS115", "CS201"):
        assert lint(files, code) == []
    assert lint(files, "CS101") == [("shop.py", 2)]


def test_a_maker_that_does_not_hand_on_a_name_is_no_place_for_one(lint: Lint) -> None:
    body = "def own(function):\n    return shared_task(queue='slow')(function)\n"
    files = {
        "deco.py": APP + body,
        "shop.py": "from deco import own  # celery\n@own\ndef charge(): pass\n",
    }
    assert lint(files, "CS101") == []


def test_a_bound_task_by_a_maker_takes_itself_first(lint: Lint) -> None:
    body = "own = shared_task(bind=True, name='x')\n"
    shop = (
        "from deco import own  # celery\n@own\ndef charge(self, order_id): pass\ncharge.delay(1)\n"
    )
    assert lint({"deco.py": APP + body, "shop.py": shop + "charge.delay(1, 2)\n"}, "CS201") == [
        ("shop.py", 5)
    ]


PROXIES = {
    "of a lambda": "from celery.local import Proxy\nworker = Proxy(lambda: build())\n",
    "of a function": "from werkzeug.local import LocalProxy\nworker = LocalProxy(build)\n",
    "of django": "from django.utils.functional import SimpleLazyObject\n"
    "worker = SimpleLazyObject(build)\n",
}


@pytest.mark.parametrize("body", PROXIES.values(), ids=PROXIES)
def test_a_proxy_stands_for_an_app(lint: Lint, body: str) -> None:
    files = {
        "shop.py": "from celery import Celery\ndef build():\n    return Celery('x')\n"
        + body
        + "@worker.task\ndef charge(a): pass\n"
    }
    assert len(lint(files, "CS102")) == 1
    files["shop.py"] = files["shop.py"].replace("return Celery", "return Invoke")
    assert lint(files, "CS102") == []


FACTORIES = {
    "by its body": "def build():\n    it = Celery('x')\n    return it\n",
    "at once": "def build():\n    return Celery('x')\n",
    "by another": "def one():\n    return Celery('x')\ndef build():\n    return one()\n",
    "by its annotation": "def build(flask) -> Celery:\n    return flask.extensions['x']\n",
}


@pytest.mark.parametrize("body", FACTORIES.values(), ids=FACTORIES)
def test_a_factory_gives_an_app(lint: Lint, body: str) -> None:
    files = {
        "make.py": "from celery import Celery\n" + body,
        "shop.py": "from make import build\nworker = build()\n@worker.task\ndef charge(): pass\n",
    }
    assert lint(files, "CS101") == [("shop.py", 3)]


def test_a_factory_of_something_else_does_not(lint: Lint) -> None:
    files = {
        "make.py": "from invoke import Program\ndef build():\n    return Program('x')\n",
        "shop.py": "from make import build\nworker = build()\n@worker.task\ndef charge(): pass\n",
    }
    assert lint(files, "CS101") == []


def test_a_file_that_uses_only_the_projects_decorator_is_read(lint: Lint) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/deco.py": APP + "def own(**options):\n    return shared_task(**options)\n",
        "shop/more.py": "from shop.deco import own as another\nimport celery\n",
        "shop/last.py": "import celery\nfrom .deco import own\nslow = own(queue='slow')\n",
        "shop/a.py": "from shop.deco import own\n@own()\ndef charge(a): pass\n",
        "shop/b.py": "from shop.more import another\n@another()\ndef charge(a): pass\n",
        "shop/c.py": "from shop import last\n@last . slow\ndef charge(a): pass\n",
        "shop/d.py": "def own(f): return f\n@own\ndef charge(a): pass\n",
    }
    assert lint(files, "CS102") == [("shop/a.py", 3), ("shop/b.py", 3), ("shop/c.py", 3)]


def test_decorators_of_other_packages_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("from vendor import cron\n@cron('x')\ndef charge(a): pass\n")
    rules = [r for r in all_rules() if r.code == "CS102"]
    assert not check_paths([tmp_path], Config(), rules).findings
    config = Config(task_decorators=("vendor.cron",))
    assert len(check_paths([tmp_path], config, rules).findings) == 1


@pytest.mark.parametrize("name", ["cron", "shop.", "shop:cron", ""])
def test_a_decorator_without_its_module_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.celery-safe.lint]\ntask-decorators = [{name!r}]\n"
    )
    with pytest.raises(ConfigError, match=r"pyproject.toml:2: task-decorators: write the module"):
        load(tmp_path)


def test_an_attribute_that_says_celery_is_an_app(lint: Lint) -> None:
    files = {
        "server.py": "class Server:\n    pass\nserver = Server()\n",
        "shop.py": "from server import server\n@server.celery.task\ndef a(): pass\n"
        "@server.runner.task\ndef b(): pass\n",
    }
    assert lint(files, "CS101") == [("shop.py", 2)]


@pytest.mark.parametrize("decorator", ["@app.periodic_task(run_every=60)", "@app.periodic_task"])
def test_a_periodic_task_of_the_apps_own_class(lint: Lint, decorator: str) -> None:
    app = "class App(Celery):\n    def periodic_task(self, **options): return self.task\n"
    text = f"from celery import Celery\n{app}app = App('s')\n{decorator}\ndef close(day): pass\n"
    assert lint({"shop.py": text}, "CS103") == []
    assert lint({"shop.py": text}, "CS102") == [("shop.py", 6)]
