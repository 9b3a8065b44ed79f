"""Which task a send is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.test_task_names import project_of

TASKS = """
from celery import shared_task
@shared_task
def pay(): pass
@shared_task
def mail(): pass
@shared_task(bind=True)
def again(self):
    self.delay()
def plain(): pass
KNOWN = {"pay": pay, "mail": mail}
EACH = [pay, mail]
PAIRS = [("a", pay), ("b", mail)]
"""

SENDS = [
    ("pay.delay()", "task", ["pay"]),
    ("tasks.pay.delay()", "task", ["pay"]),
    ("sig = pay.s(1)\n    sig.delay()", "signature", ["pay"]),
    ("sig = pay.si(1).set(queue='q')\n    sig.set(priority=1).apply_async()", "signature", ["pay"]),
    ("pay.signature((1,)).apply_async()", "signature", ["pay"]),
    ("pay.chunks([], 5).apply_async()", "signature", ["pay"]),
    ("signature('shop.tasks.pay').delay()", "signature", ["pay"]),
    ("signature(pay.s()).delay()", "signature", ["pay"]),
    ("app.signature('shop.tasks.pay').delay()", "signature", ["pay"]),
    ("app.tasks['shop.tasks.pay'].apply_async()", "task", ["pay"]),
    ("app.send_task('shop.tasks.pay')", "name", ["pay"]),
    ("app.send_task(name='shop.tasks.pay')", "name", ["pay"]),
    ("f = pay if app else mail\n    f.delay()", "task", ["pay", "mail"]),
    ("for f in (pay, mail):\n        f.delay()", "task", ["pay", "mail"]),
    ("KNOWN['pay'].delay()", "task", ["pay"]),
    ("KNOWN[app].delay()", "task", ["pay", "mail"]),
    ("for f in EACH:\n        f.delay()", "task", ["pay", "mail"]),
    ("for n, f in enumerate(EACH):\n        f.delay()", "task", ["pay", "mail"]),
    ("for f, n in zip(EACH, app):\n        f.delay()", "task", ["pay", "mail"]),
    ("for n, f in PAIRS:\n        f.delay()", "task", ["pay", "mail"]),
    ("for n, f in KNOWN.items():\n        f.delay()", "task", ["pay", "mail"]),
    ("[f.delay() for f in KNOWN.values()]", "task", ["pay", "mail"]),
    (
        "for f in EACH:\n        pass\n    for f in PAIRS:\n        f.delay()",
        "unknown",
        "receiver is an expr",
    ),
    ("for f in app.items():\n        f.delay()", "unknown", "f is not bound"),
    ("for n, f in app.items():\n        f.delay()", "unknown", "f is not bound"),
    ("group(pay.s(), mail.s())()", "canvas", ["pay", "mail"]),
    ("chord([pay.s()])(mail.s())", "canvas", ["pay", "mail"]),
    ("(pay.s() | mail.s())()", "canvas", ["pay", "mail"]),
    ("flow = chain(pay.s()).set(queue='q')\n    flow()", "canvas", ["pay"]),
    ("pay.chunks([], 5)()", "signature", ["pay"]),
    ("send = pay.delay\n    send(1)", "task", ["pay"]),
    ("a, b = pay, mail\n    b.delay()", "task", ["mail"]),
    ("chain(pay.s(), mail.s()).delay()", "canvas", ["pay", "mail"]),
    ("(pay.s() | mail.s()).delay()", "canvas", ["pay", "mail"]),
    ("parts = []\n    parts.append(mail.s())\n    group(*parts).delay()", "canvas", ["mail"]),
    ("group(pay.s(i) for i in app).delay()", "canvas", ["pay"]),
    ("c = pay.s()\n" + "    c = c | mail.s()\n" * 12 + "    c.delay()", "canvas", ["pay", "mail"]),
    ("c = pay.s()\n" + "    c = c.set(a=1)\n" * 12 + "    c.delay()", "signature", ["pay"]),
    ("c = pay\n" + "    c = c or mail\n" * 12 + "    c.delay()", "task", ["pay", "mail"]),
    (
        "c = pay.s()\n" + "    c = c.set(a=1)\n" * 60 + "    c.delay()",
        "unknown",
        "c is assigned 61 times",
    ),
    ("c = c\n    c.delay()", "unknown", "receiver is None"),
    ("Shop().task.delay()", "unknown", "receiver is an expression"),
    ("app.send_task('other.pay')", "unknown", "no task of the project is called other.pay"),
    ("app.delay()", "unknown", "receiver is the parameter app"),
    ("plain.delay()", "unknown", "shop.tasks.plain is not known to be a task"),
    ("celery_tools.x.delay()", "unknown", "celery_tools.x is not of this project"),
    ("f = pay if app else app\n    f.delay()", "unknown", "receiver is the parameter app"),
    ("with app as f:\n        f.delay()", "unknown", "f is not bound by a plain assignment"),
]


@pytest.mark.parametrize(("body", "kind", "expected"), SENDS, ids=[s[0] for s in SENDS])
def test_a_send(tmp_path: Path, body: str, kind: str, expected: list[str] | str) -> None:
    views = (
        "import celery_tools\nfrom celery import chain, chord, group, signature\nfrom shop import tasks\n"
        f"from shop.tasks import EACH, KNOWN, PAIRS, mail, pay, plain\ndef view(app):\n    {body}\n"
    )
    files = {"shop/__init__.py": "", "shop/tasks.py": TASKS, "shop/views.py": views}
    project = project_of(tmp_path, files)
    sends = [
        project.target(send)
        for module, send in project.sends()
        if module.path.name == "views.py"
        and send.method in ("delay", "apply_async", "send_task", "__call__")
    ]
    assert [target.kind for target in sends] == [kind]
    if kind == "unknown":
        assert str(expected) in sends[0].why
    else:
        assert [task.name for task in sends[0].tasks] == expected
        assert sends[0].is_known


@pytest.mark.parametrize(
    "body",
    [
        "itertools.chain([1], [2])()",
        "app.chain(1)()",
        "pay.s()()",
        "pay.map([])()",
        "flow = app\n    flow()",
        "send = pay.delay\n    send = app\n    send()",
    ],
)
def test_what_is_called_and_sends_nothing(tmp_path: Path, body: str) -> None:
    views = f"import itertools\nfrom shop.tasks import pay\ndef view(app):\n    {body}\n"
    files = {"shop/__init__.py": "", "shop/tasks.py": TASKS, "shop/views.py": views}
    sends = project_of(tmp_path, files).sends()
    methods = {s.method for m, s in sends if m.path.name == "views.py"}
    assert methods.isdisjoint({"__call__", "delay"})


def test_through_classes_and_their_bases_in_other_files(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/base.py": "from shop.tasks import mail\nclass Base:\n    task = mail\n",
        "shop/views.py": (
            "from shop.base import Base\nfrom shop.tasks import pay\n"
            "class View(Base):\n"
            "    def __init__(self):\n        self.own = pay\n"
            "    def get(self):\n        self.task.delay()\n        self.own.delay()\n"
            "        self.other.delay()\n"
            "def f():\n    View.task.delay()\n"
        ),
    }
    project = project_of(tmp_path, files)
    targets = [project.target(s) for m, s in project.sends() if m.path.name == "views.py"]
    assert [[task.name for task in t.tasks] for t in targets] == [["mail"], ["pay"], [], ["mail"]]
    assert targets[2].why == "receiver is an attribute of self"
    again = [project.target(s) for m, s in project.sends() if m.path.name == "tasks.py"]
    assert [task.name for task in again[0].tasks] == ["again"]


def test_sends_that_are_handed_over(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/views.py": (
            "from functools import partial\nfrom shop.tasks import mail, pay\n"
            "def view(later):\n"
            "    later(partial(pay.delay, 1))\n"
            "    later(mail.apply_async)\n"
            "    later(call=pay.s(1).apply_async)\n"
        ),
    }
    passed = list(project_of(tmp_path, files).passed())
    assert [(t.kind, t.tasks[0].name, p.callee.origin) for _, p, t in passed] == [
        ("task", "pay", "functools.partial"),
        ("task", "mail", None),
        ("signature", "pay", None),
    ]


def test_a_task_in_the_body_of_a_class(tmp_path: Path) -> None:
    code = (
        "from celery import shared_task\n"
        "class Indexing:\n"
        "    @shared_task\n"
        "    def index(pk): pass\n"
        "    def plain(self): pass\n"
        "    def save(self):\n"
        "        self.index.delay(1)\n"
        "        self.plain.delay(1)\n"
        "def f():\n"
        "    Indexing.index.delay(1)\n"
    )
    project = project_of(tmp_path, {"shop.py": code})
    targets = [project.target(send) for _, send in project.sends()]
    assert [[task.name for task in t.tasks] for t in targets] == [["index"], [], ["index"]]
