"""Findings with the sieve equal those without it, in projects that hypothesis makes up."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from lint_rules._engine import files
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

RULES = all_rules()

TASKS = """from celery import shared_task
@shared_task(name="shop.note")
def note(pk):
    return pk
@shared_task(name="shop.bill", max_retries=3)
def bill(pk, how="card"):
    return pk
"""

#: How a function that sends is written in the file ``f0``.
SENDS = [
    "from shop.tasks import note\ndef f0(pk):\n    note.delay(pk)\n",
    "from shop import tasks\ndef f0(pk):\n    tasks.bill.apply_async(args=(pk,))\n",
    "from . import tasks\nclass C0:\n    def m0(self, pk):\n        tasks.note.delay(pk)\n"
    "def f0(pk):\n    C0().m0(pk)\n",
    "from django.db import transaction\nfrom .tasks import note as told\n"
    "def f0(pk):\n    transaction.on_commit(lambda: told.delay(pk))\n",
    "from .tasks import note\ndef f0(pk):\n    note(pk)\n",
    "from .tasks import bill as f0\n",
]

#: How the function of file ``f{n}`` calls that of the file before.
CALLS = [
    "from shop.f{p} import f{p}\ndef f{n}(pk):\n    f{p}(pk)\n",
    "from .f{p} import f{p} as other\ndef f{n}(pk):\n    if pk:\n        other(pk)\n",
    "from . import f{p}\ndef f{n}(pk):\n    return f{p}.f{p}(pk)\n",
    "import shop.f{p}\ndef f{n}(pk):\n    shop.f{p}.f{p}(pk)\n",
    "from .f{p} import *\ndef f{n}(pk):\n    f{p}(pk)\n",
    "from .f{p} import f{p} as f{n}\n",
    "from .f{p} import f{p}\nclass C{n}:\n    def go(self, pk):\n        f{p}(pk)\n"
    "def f{n}(pk):\n    C{n}().go(pk)\n",
    "def f{n}(pk):\n    from .f{p} import f{p}\n    f{p}(pk)\n",
]

#: How the last file calls it where a transaction, or a request, is open.
ENDS = [
    "from django.db import transaction\nfrom .f{p} import f{p}\n"
    "def end(pk):\n    with transaction.atomic():\n        f{p}(pk)\n",
    "from django.db.transaction import atomic\nfrom shop.f{p} import f{p} as go\n"
    "@atomic\ndef end(pk):\n    go(pk)\n",
    "from .unit import unit\nfrom .f{p} import f{p}\ndef end(pk):\n    with unit():\n        f{p}(pk)\n",
    "from .f{p} import f{p}\ndef end(request, pk):\n    f{p}(pk)\n",
    "from .f{p} import f{p}\ndef end(session, pk):\n    with session.begin():\n        f{p}(pk)\n",
    "from django.db.models.signals import post_save\nfrom .f{p} import f{p}\n"
    "def end(sender, instance, **kwargs):\n    f{p}(instance.pk)\n"
    "post_save.connect(end)\n",
]
UNIT = (
    "from contextlib import contextmanager\nfrom django.db import transaction\n"
    "@contextmanager\ndef unit():\n    with transaction.atomic():\n        yield\n"
)


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """The files of a package: a chain of functions from a send to a transaction."""
    texts = {"__init__": "", "tasks": TASKS, "unit": UNIT, "f0": draw(st.sampled_from(SENDS))}
    length = draw(st.integers(0, 4))
    for n in range(1, length + 1):
        texts[f"f{n}"] = draw(st.sampled_from(CALLS)).format(n=n, p=n - 1)
    texts["end"] = draw(st.sampled_from(ENDS)).format(p=length)
    if draw(st.booleans()):
        texts["base"] = (
            "DATABASES = {'default': {}}\nDATABASES['default']['ATOMIC_REQUESTS'] = True\n"
        )
    for n in range(draw(st.integers(0, 2))):
        more = draw(st.sampled_from(CALLS)).format(n=10 + n, p=draw(st.integers(0, length)))
        texts[f"f{10 + n}"] = more
    return texts


def found(folder: Path) -> list[str]:
    findings = check_paths([folder], Config(preset="strict"), RULES).findings
    return [f"{Path(f.path).name}:{f.line} {f.code} {f.message}" for f in findings]


def written(texts: dict[str, str], folder: str) -> Path:
    package = Path(folder, "shop")
    package.mkdir()
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text)
    return Path(folder)


@settings(max_examples=60, deadline=None)
@given(projects())
def test_findings_do_not_depend_on_the_sieve(texts: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        project = written(texts, folder)
        with_sieve = found(project)
        with mock.patch.object(files, "speaks", return_value=True):
            assert found(project) == with_sieve


def test_a_transaction_is_followed_through_files_that_say_nothing_of_celery() -> None:
    plain = [c for c in CALLS if " as f{n}" not in c and "class" not in c]
    for first, second, end in itertools.product(plain, plain, ENDS[:3]):
        texts = {"__init__": "", "tasks": TASKS, "unit": UNIT, "f0": SENDS[0]}
        texts |= {"f1": first.format(n=1, p=0), "f2": second.format(n=2, p=1)}
        texts["end"] = end.format(p=2)
        with TemporaryDirectory() as folder:
            hits = [f for f in found(written(texts, folder)) if f.startswith("end.py")]
        assert any(" CS202 f2() calls f1() calls f0(), which sends" in f for f in hits), texts
