"""Which task a send is for, where a function, a property, a loop or a cast gives the receiver."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.test_targets import TASKS
from tests.engine.test_task_names import project_of

VIEWS = """
import sys
import celery
from celery import chord, group
from typing import cast
from os import getenv
from shop.tasks import mail, pay
if sys.argv:
    import shop.tasks as optional
else:
    optional = None
mail = cast("Task", mail)

def chosen(order):
    task = pay
    if order.paid:
        task = mail
    return task

def signed(order):
    return pay.s(order.pk)

def each():
    yield pay.s(1)
    yield mail.s(1)

def listed(order):
    return [pay.s(order), mail.s(order)]

def unknown(order):
    return order.task()

def itself(order):
    return itself(order)

class Order:
    @property
    def signature_of(self):
        return pay.si(self.pk)

    def mail_of(self):
        return mail.si(self.pk)

    @classmethod
    def built(cls):
        return pay.si(1) | mail.si(1)

    @staticmethod
    def made():
        return mail.si(1)

    @cached
    def kept(self):
        return mail.si(1)

    def view(self, app, request):
        %s
"""

SENDS = [
    ("cast('Task', pay).delay()", "task", ["pay"]),
    ("mail.delay()", "task", ["mail"]),
    ("request.task(pay).delay()", "task", ["pay"]),
    ("request.task(request).delay()", "unknown", []),
    ("app.send_task(getenv('TASK') or 'shop.tasks.pay')", "name", ["pay"]),
    ("chosen(app).delay()", "task", ["pay", "mail"]),
    ("task = chosen(app)\n        task.delay()", "task", ["pay", "mail"]),
    ("signed(app).apply_async()", "signature", ["pay"]),
    ("self.signature_of.delay()", "signature", ["pay"]),
    ("self.mail_of().delay()", "signature", ["mail"]),
    ("self.mail_of.delay()", "unknown", []),
    ("Order.built().delay()", "canvas", ["pay", "mail"]),
    ("self.made().delay()", "signature", ["mail"]),
    ("self.kept().delay()", "unknown", []),
    ("unknown(app).delay()", "unknown", []),
    ("itself(app).delay()", "unknown", []),
    ("celery.group([pay.s(), mail.s()]).apply_async()", "canvas", ["pay", "mail"]),
    ("chord(header=[pay.s()], body=mail.s()).delay()", "canvas", ["pay", "mail"]),
    (
        "found = [pay, mail]\n        for f in found:\n            f.delay()",
        "task",
        ["pay", "mail"],
    ),
    (
        "found = []\n        found.append(pay.s())\n        for f in found:\n            f.delay()",
        "signature",
        ["pay"],
    ),
    ("for f in each():\n            f.delay()", "signature", ["pay", "mail"]),
    ("for f in listed(app):\n            f.delay()", "signature", ["pay", "mail"]),
    ("[f.delay() for f in each()]", "signature", ["pay", "mail"]),
    ("for f in app:\n            f.delay()", "unknown", []),
    ("for f in unknown(app):\n            f.delay()", "unknown", []),
    ("f = app\n        for f in each():\n            f.delay()", "unknown", []),
    ("optional.pay.delay()", "task", ["pay"]),
]


@pytest.mark.parametrize(("body", "kind", "expected"), SENDS, ids=[s[0] for s in SENDS])
def test_a_send_of_what_is_given(tmp_path: Path, body: str, kind: str, expected: list[str]) -> None:
    files = {"shop/__init__.py": "", "shop/tasks.py": TASKS, "shop/views.py": VIEWS % body}
    project = project_of(tmp_path, files)
    targets = [
        project.target(send)
        for module, send in project.sends()
        if module.path.name == "views.py" and send.method in ("delay", "apply_async", "send_task")
    ]
    assert [(t.kind, [task.name for task in t.tasks]) for t in targets] == [(kind, expected)]
