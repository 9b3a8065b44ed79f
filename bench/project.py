"""Writes a large Django project with Celery in it, the same one each time.

Usage: python bench/project.py FOLDER [LINES]
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

LINES = 850_000
WORDS = [
    "order",
    "invoice",
    "refund",
    "parcel",
    "stock",
    "price",
    "basket",
    "voucher",
    "customer",
    "address",
    "carrier",
    "payment",
    "product",
    "category",
    "supplier",
    "review",
    "coupon",
    "receipt",
    "exchange",
    "delivery",
    "warehouse",
    "shelf",
    "label",
    "tax",
]


def write(folder: Path, lines: int = LINES) -> tuple[int, int]:
    """The number of files and lines written; about one file in twenty speaks of Celery."""
    dice = random.Random(0)
    _save(folder / "config/__init__.py", "from .celery import app\n")
    _save(folder / "config/celery.py", CELERY)
    written, count, number = 0, 2, 0
    while written < lines:
        app = folder / "shop" / f"{dice.choice(WORDS)}{number}"
        for name, text in _app(dice, app.name):
            _save(app / name, text)
            written += text.count("\n")
            count += 1
        number += 1
    _save(folder / "shop/__init__.py", "")
    return count + 1, written


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _app(dice: random.Random, app: str) -> list[tuple[str, str]]:
    names = dice.sample(WORDS, 8)
    plain = [
        ("__init__.py", ""),
        ("models.py", MODELS + "".join(_model(dice, n) for n in names)),
        ("admin.py", ADMIN + "".join(ADMIN_CLASS.format(n=n.title()) for n in names)),
        ("serializers.py", SERIALIZERS + "".join(_serializer(dice, n) for n in names)),
        ("selectors.py", SELECTORS + "".join(_selector(dice, n) for n in names * 2)),
        ("tests/__init__.py", ""),
    ]
    plain += [
        (f"tests/test_{n}.py", TESTS + "".join(_test(dice, n, i) for i in range(20))) for n in names
    ]
    plain += [(f"migrations/000{i}_{n}.py", _migration(dice, n)) for i, n in enumerate(names[:4])]
    return [
        *plain,
        ("views.py", VIEWS.format(app=app) + "".join(_view(dice, n) for n in names)),
        ("tasks.py", TASKS.format(app=app) + "".join(_task(dice, n, app) for n in names)),
    ]


def _fields(dice: random.Random, count: int) -> list[str]:
    return [f"{dice.choice(WORDS)}_{dice.choice(WORDS)}_{i}" for i in range(count)]


def _model(dice: random.Random, name: str) -> str:
    kinds = ("CharField(max_length=200)", "IntegerField(default=0)", "DateTimeField(null=True)")
    fields = _fields(dice, 12)
    body = "".join(f"    {f} = models.{dice.choice(kinds)}\n" for f in fields)
    methods = "".join(
        f"\n    def has_{f}(self):\n        if self.{f} is None:\n            return False\n"
        f"        return bool(self.{f})\n"
        for f in fields
    )
    return f"\n\nclass {name.title()}(models.Model):\n{body}{methods}"


def _serializer(dice: random.Random, name: str) -> str:
    fields = _fields(dice, 8)
    body = "".join(f"    {f} = serializers.CharField(required=False)\n" for f in fields)
    checks = "".join(
        f"\n    def validate_{f}(self, value):\n        if not value:\n"
        f'            raise serializers.ValidationError("{f} is empty")\n        return value\n'
        for f in fields
    )
    return f"\n\nclass {name.title()}Serializer(serializers.Serializer):\n{body}{checks}"


def _selector(dice: random.Random, name: str) -> str:
    first, second = _fields(dice, 2)
    return (
        f"\n\ndef find_{first}(queryset, {second}=None, limit=100):\n"
        f"    found = []\n    for row in queryset.filter({first}__isnull=False)[:limit]:\n"
        f"        if {second} is not None and row.{second} != {second}:\n            continue\n"
        f'        found.append({{"{name}": row.pk, "{first}": row.{first}, "total": row.total * 2}})\n'
        f"    return sorted(found, key=lambda item: item['{name}'])\n"
    )


def _test(dice: random.Random, name: str, number: int) -> str:
    first, second = _fields(dice, 2)
    return (
        f"\n\ndef test_{name}_{number}(client, {name}):\n    # given\n"
        f'    data = {{"{first}": {number}, "{second}": "x" * {number + 1}}}\n\n    # when\n'
        f'    response = client.post("/{name}/", data, content_type="application/json")\n\n'
        f"    # then\n    assert response.status_code == 200\n"
        f'    assert response.json()["{first}"] == {number}\n'
        f'    assert {name}.{second} == "x" * {number + 1}\n'
    )


def _migration(dice: random.Random, name: str) -> str:
    fields = "".join(
        f'                ("{f}", models.CharField(max_length=200, null=True)),\n'
        for f in _fields(dice, 40)
    )
    return (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        "    dependencies = []\n\n    operations = [\n        migrations.CreateModel(\n"
        f'            name="{name}",\n            fields=[\n{fields}            ],\n        ),\n    ]\n'
    )


def _view(dice: random.Random, name: str) -> str:
    first, second = _fields(dice, 2)
    send = dice.choice(
        (
            f"sync_{name}.delay(found.pk)",
            f"transaction.on_commit(lambda: sync_{name}.delay(found.pk))",
            f"sync_{name}.apply_async((found.pk,), countdown=30)",
        )
    )
    return (
        f"\n\nclass {name.title()}View(View):\n    def get(self, request, pk):\n"
        f'        found = get_object_or_404({name.title()}, pk=pk)\n        context = {{"{first}": found}}\n'
        f'        return render(request, "{name}.html", context)\n\n    def post(self, request, pk):\n'
        f"        found = get_object_or_404({name.title()}, pk=pk)\n"
        f'        found.{second} = request.POST.get("{second}", "")\n        found.save()\n'
        f'        {send}\n        return redirect("{name}", pk=pk)\n'
    )


def _task(dice: random.Random, name: str, app: str) -> str:
    decorator = dice.choice(
        (
            f'@shared_task(name="{app}.sync_{name}")',
            "@shared_task",
            f'@app.task(name="{app}.sync_{name}", max_retries=3)',
        )
    )
    return (
        f"\n\n{decorator}\ndef sync_{name}(pk):\n    found = {name.title()}.objects.get(pk=pk)\n"
        f'    logger.info("syncing %s", found.pk)\n    with transaction.atomic():\n'
        f"        found.save()\n        for row in find_all(found):\n            row.save()\n"
        "    return found.pk\n"
    )


CELERY = """\
from celery import Celery
from celery.schedules import crontab

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "nightly": {"task": "order0.sync_order", "schedule": crontab(minute=0, hour=3), "args": (1,)},
}
"""
MODELS = "from django.db import models\n"
ADMIN = "from django.contrib import admin\n\nfrom . import models\n"
ADMIN_CLASS = (
    "\n\n@admin.register(models.{n})\nclass {n}Admin(admin.ModelAdmin):\n"
    '    list_display = ("pk",)\n    search_fields = ("pk",)\n'
)
SERIALIZERS = "from rest_framework import serializers\n"
SELECTORS = '"""Reads from the database."""\n'
TESTS = "import pytest\n\npytestmark = pytest.mark.django_db\n"
VIEWS = (
    "from django.db import transaction\nfrom django.shortcuts import get_object_or_404, redirect, render\n"
    "from django.views import View\n\nfrom shop.{app}.models import *\nfrom shop.{app}.tasks import *\n"
)
TASKS = (
    "import logging\n\nfrom celery import shared_task\nfrom django.db import transaction\n\n"
    "from config.celery import app\nfrom shop.{app}.models import *\n"
    "from shop.{app}.selectors import find_all\n\nlogger = logging.getLogger(__name__)\n"
)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        raise SystemExit(2)
    print(*write(Path(sys.argv[1]), *map(int, sys.argv[2:])))
