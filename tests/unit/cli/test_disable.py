"""``celery-safe disable``, ``switches`` and ``enable``; what workers do is in tests/integration/test_shelf.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.shop import Shop

from celery_safe.gate.switches import Switch


def test_disable_list_enable(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    assert shop.store.count().messages == 0  # makes the tables
    assert "nothing is disabled" in shop.command("switches", "-A", "proj").stderr
    said = shop.command(
        "disable", "-A", "proj", "shop.chrage", "--until", "2h", "--reason", "the bank is down"
    )
    assert "this app knows no task 'shop.chrage'" in said.stderr
    assert "is disabled (hold) until 2" in said.stdout
    shop.command(
        "disable", "-A", "proj", "shop.*", "--queue", "orders", "--mode", "drop", "--reason", "x"
    )
    listed = json.loads(shop.command("switches", "-A", "proj", "--output-format", "json").stdout)
    assert [(s["task"], s["mode"], s["queue"]) for s in listed] == [
        ("shop.*", "drop", "orders"), ("shop.chrage", "hold", "*"),
    ]  # fmt: skip
    assert (
        "there are: 'shop.* queue=orders', 'shop.chrage'"
        in shop.command("enable", "-A", "proj", "x", code=2).stderr
    )
    shop.command("enable", "-A", "proj", "shop.*", "--reason", "it is up")
    text = shop.command("switches", "-A", "proj").stdout
    assert "the bank is down" in text
    assert "shop.*" not in text
    history = shop.command("switches", "-A", "proj", "--history").stdout.splitlines()
    assert [line.split()[3] for line in history] == ["disable", "disable", "enable"]
    assert "reason" in shop.command("disable", "-A", "proj", "x", code=2).stderr
    wrong = shop.command("disable", "-A", "proj", "x", "--argument", "y", "--reason", "z", code=2)
    assert "write name=value" in wrong.stderr


def test_enable_may_name_one_of_several(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    assert shop.store.count().messages == 0
    for more in (["--argument", "tenant=1"], ["--argument", "tenant=2"], ["--schedule", "night-*"]):
        shop.command("disable", "-A", "proj", "shop.charge", *more, "--reason", "x")
    done = shop.command("enable", "-A", "proj", "shop.charge", "--argument", "tenant=3", code=2)
    assert (
        "no switch on 'shop.charge argument=tenant=3'; there are: 'shop.charge arg" in done.stderr
    )
    shop.command("enable", "-A", "proj", "shop.charge", "--argument", "tenant=1")
    text = shop.command("switches", "-A", "proj").stdout
    assert "argument=tenant=2" in text
    assert "argument=tenant=1" not in text
    history = shop.command("switches", "-A", "proj", "--history").stdout
    assert "enable shop.charge argument=tenant=1" in history
    assert len(shop.command("enable", "-A", "proj", "shop.charge").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"task": "shop.*"}, True), ({"task": "shop"}, False), ({"task": "s?op.charge"}, True),
        ({"queue": "orders"}, True), ({"queue": "mail"}, False),
        ({"argument": "tenant=42"}, True), ({"argument": "tenant=4"}, False),
        ({"argument": "other=42"}, False), ({"task": "shop.*", "queue": "mail"}, False),
        ({"argument": "test=true"}, True), ({"argument": "test=True"}, True),
        ({"argument": "note=null"}, True), ({"argument": "none=None"}, False),
        ({"schedule": "night-*"}, True), ({"schedule": "day"}, False),
    ],
)  # fmt: skip
def test_what_a_switch_is_about(given: dict[str, str], fits: bool) -> None:
    switch = Switch("hold", "r", "w", 0.0, **given)  # type: ignore[arg-type]
    arguments = {"tenant": 42, "test": True, "note": None}
    assert switch.fits("shop.charge", "orders", "night-report", lambda: arguments) is fits
    assert switch.fits("shop.charge", "orders", None, lambda: arguments) is (
        fits and "schedule" not in given
    )
