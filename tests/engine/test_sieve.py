"""What the sieve leaves out has nothing to find, and nothing that is read crashes the checker."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint_rules._engine import files
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

CASES = Path(__file__).resolve().parents[1] / "rules"
SNIPPETS = [
    "from celery import shared_task, Celery\n", "app = Celery('x')\n", "@app.task\ndef f(a): pass\n",
    "from .other import *\n", "f.delay(1, 2)\n", "import a.b as c\n", "class A(Base):\n    x = 1\n",
    "@shared_task(bind=True, max_retries=3)\ndef g(self, a, *, b): self.retry()\n",
    "with transaction.atomic():\n    g.delay()\n", "CELERY_X = ['pickle']\n", "x = lambda y: y.delay()\n",
    "from django.db import transaction\n", "match x:\n    case {'a': b, **c}: pass\n",
    "app.conf.update(accept_content=['pickle'])\n", "[z.delay() for z in y if z]\n", "def h[T](x): ...\n",
    "app.config_from_object('settings', namespace='CELERY')\n", "async def k():\n    async with a as b: b.s()\n",
]  # fmt: skip


def found(paths: list[Path]) -> list[tuple[str, int, str]]:
    result = check_paths(paths, Config(preset="strict"), all_rules())
    return [(f.path, f.line, f.code) for f in result.findings]


def test_findings_with_the_sieve_are_those_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    for path in CASES.glob("cs*.py"):
        (package / path.name).write_bytes(path.read_bytes())
    # A re-export and a wrapper in files that never say "celery".
    (package / "__init__.py").write_text("from .main import application as app\n")
    (package / "main.py").write_text("from celery import Celery\napplication = Celery('x')\n")
    (package / "wrap.py").write_text(
        "from contextlib import contextmanager\nfrom django.db import transaction\n"
        "@contextmanager\ndef traced():\n    with transaction.atomic():\n        yield\n"
    )
    (package / "use.py").write_text(
        "from shop import app\nfrom .wrap import traced\n@app.task\ndef f(): pass\n"
        "def g():\n    with traced():\n        f.delay()\n"
    )
    # A decorator of the project in a file that says nothing else about Celery.
    (package / "cron.py").write_text(
        "from celery import shared_task\ndef cron(**options):\n    return shared_task(**options)\n"
    )
    (package / "nightly.py").write_text("from .cron import cron\n@cron()\ndef f(a): pass\n")
    with_sieve = found([tmp_path])
    assert (str(package / "nightly.py"), 3, "CS102") in with_sieve
    assert (str(package / "use.py"), 7, "CS202") in with_sieve
    monkeypatch.setattr(files, "speaks", lambda _: True)
    assert found([tmp_path]) == with_sieve


@pytest.mark.parametrize("sieve", [True, False])
@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "base",
            "DATABASES['default']['ATOMIC_REQUESTS'] = True\n",
            [(2, "CS103"), (5, "CS218"), (8, "CS218")],
        ),
        (
            "orders",
            "def pay(order):\n    with atomic():\n        order.pay()\n",
            [(2, "CS103"), (8, "CS218")],
        ),
        (
            "stock",
            "from django.db import transaction\ndef sell(all):\n    for one in all:\n"
            "        transaction.on_commit(lambda: notify(one))\n",
            [(4, "CS208"), (2, "CS103"), (8, "CS218")],
        ),
        ("watch", "def report(t):\n    print(t.team)\n", []),
    ],
)
def test_rules_ask_files_that_say_nothing_of_celery(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sieve: bool,
    name: str,
    text: str,
    expected: list[tuple[int, str]],
) -> None:
    if not sieve:
        monkeypatch.setattr(files, "speaks", lambda _: True)
    (tmp_path / "views.py").write_text(
        "from celery import shared_task\n@shared_task(name='n', team='b')\ndef n(x=1): pass\n"
        "def view(request, order):\n    n.delay(order.pk)\n"
        "def buy(request):\n    new = Order.objects.create()\n    n.delay(new.pk)\n"
    )
    (tmp_path / f"{name}.py").write_text(text)
    codes = ("CS103", "CS208", "CS218")
    assert [(line, c) for _, line, c in found([tmp_path]) if c in codes] == expected


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(SNIPPETS), max_size=8), st.binary(max_size=30))
def test_nothing_that_is_read_crashes_it(tmp_path: Path, parts: list[str], noise: bytes) -> None:
    path = tmp_path / "tasks.py"
    path.write_bytes("".join(parts).encode() + b"# celery\n" + noise)
    result = check_paths([path], Config(preset="strict"), all_rules())
    assert len(result.unchecked) + result.files == 1


@pytest.mark.parametrize(
    "text",
    [
        "celery = " + "(" * 5000 + ")" * 5000,
        "celery = " + "[" * 150 + "]" * 150,
        "celery = 1" + " + 1" * 20000,
        "celery = " + "not " * 5000 + "1",
        "celery" + ".a" * 5000,
        "if celery:\n" + "".join(" " * n + "if 1:\n" for n in range(1, 99)) + " " * 99 + "pass\n",
        "x = f'" + "{f'" * 50,
    ],
    ids=range(7),
)
def test_deep_nesting_is_one_line_and_no_crash(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.py"
    path.write_text(text)
    result = check_paths([path], Config(), all_rules())
    assert len(result.unchecked) + result.files == 1
    assert all("\n" not in u.reason for u in result.unchecked)


def test_a_file_that_only_calls_a_task_is_read_for_it(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "__init__.py").write_text("")
    (shop / "tasks.py").write_text(
        "from celery import shared_task\n@shared_task(name='c')\ndef charge(x): return x\n"
    )
    (shop / "views.py").write_text("from .tasks import charge\ndef view(x):\n    charge(x)\n")
    assert (str(shop / "views.py"), 3, "CS217") in found([tmp_path])
