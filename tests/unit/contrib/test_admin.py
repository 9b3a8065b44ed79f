"""The admin's pages do what ``celery-safe messages`` and ``why`` do, for those who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import _state
from kombu import Connection, Queue
from support import django_databases

from celery_safe import SafeCelery
from celery_safe.message import Message
from celery_safe.store import New

django_databases.set_up()

from django.apps import apps  # noqa: E402 (after Django is set up)
from django.contrib.auth.models import Permission, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from celery_safe.contrib.django import admin as pages  # noqa: E402
from celery_safe.store.django import DjangoStore  # noqa: E402

LIST = "/admin/celery_safe/storedmessage/"


@pytest.fixture(scope="module")
def _migrated() -> None:
    call_command("migrate", verbosity=0)


@pytest.fixture
def app(tmp_path: Path, _migrated: None) -> Iterator[SafeCelery]:
    before = _state.default_app, getattr(_state._tls, "current_app", None)
    store = DjangoStore()
    for model in apps.get_app_config("celery_safe").get_models():
        model._default_manager.all().delete()
    User.objects.all().delete()
    app = SafeCelery(
        "proj", broker=f"sqlite+safe:///{tmp_path / 'broker.db'}", store=store, backend="cache+memory://"
    )  # fmt: skip

    @app.task(name="shop.charge", queue="orders")
    def charge(order: int, currency: str = "EUR") -> None: ...

    for entry_id, body, more in (
        (
            "a1",
            '[[1], {"currency": "CHF"}, {}]',
            {"reason": "ValueError: no", "error": "Traceback <x>"},
        ),
        ("b2", '[[2], {"cc": 1, "api_token": "hidden"}, {}]', {"reason": "old"}),
    ):
        headers = {"task": "shop.charge", "id": f"task-{entry_id}", "root_id": "root", "retries": 3}
        message = Message(body.encode(), "application/json", "utf-8", headers, {}, "", "orders")
        store.put([New(message, "dead", None, id=entry_id, **more)])
    yield app
    app.close()
    _state._set_current_app(before[1])
    _state.default_app = before[0]


def client(*permissions: str) -> Client:
    user = User.objects.create_user("anna", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    made = Client()
    made.force_login(user)
    return made


def everything() -> Client:
    return client("view_storedmessage", "delete_storedmessage", "replay_storedmessage")


def act(by: Client, action: str, *ids: str, **more: str) -> Any:
    data = {"action": action, "_selected_action": list(ids), **more}
    return by.post(LIST, data, follow=True)


def sent(app: SafeCelery) -> list[Any]:
    found = []
    with Connection(app.conf.broker_url) as connection:
        queue = Queue("orders")(connection.default_channel)
        while message := queue.get():
            message.ack()
            found.append(message)
    return found


def test_without_permission_nothing_is_seen(app: SafeCelery) -> None:
    nobody = client()
    for page in (LIST, f"{LIST}a1/change/", f"{LIST}why/"):
        assert nobody.get(page).status_code == 403
    assert act(nobody, "discard", "a1", confirm="yes").status_code == 403
    assert Client().get(LIST).status_code == 302
    assert len(app.store.list()) == 2


def test_who_may_only_see_changes_nothing(app: SafeCelery) -> None:
    viewer = client("view_storedmessage")
    page = viewer.get(LIST).content.decode()
    assert "task-a1" in page
    assert "Replay" not in page
    act(viewer, "discard", "a1", confirm="yes")
    act(viewer, "replay", "a1", confirm="yes")
    act(viewer, "delete_selected", "a1", post="yes")
    assert viewer.post(f"{LIST}a1/delete/", {"post": "yes"}).status_code == 403
    assert viewer.post(f"{LIST}a1/change/", {"reason": "mine"}).status_code == 403
    assert viewer.get(f"{LIST}add/").status_code == 403
    assert [e.reason for e in app.store.list()] == ["ValueError: no", "old"]
    assert sent(app) == []
    assert "Discard" not in viewer.get(f"{LIST}a1/change/").content.decode()


def test_list_is_filtered_and_searched(app: SafeCelery) -> None:
    viewer = client("view_storedmessage")
    for query, expected in (
        ("", {"task-a1", "task-b2"}), ("?kind=held", set()), ("?since=hour", {"task-a1", "task-b2"}),
        ("?q=a1", {"task-a1"}), ("?q=task-b", {"task-b2"}), ("?q=ValueError", {"task-a1"}),
        ("?routing_key=orders", {"task-a1", "task-b2"}), ("?q=shop.gone", set()),
    ):  # fmt: skip
        page = viewer.get(LIST + query).content.decode()
        assert {i for i in ("task-a1", "task-b2") if i in page} == expected, query


def test_one_message_is_shown_without_its_secrets(app: SafeCelery) -> None:
    viewer = client("view_storedmessage")
    page = viewer.get(f"{LIST}b2/change/").content.decode()
    assert "api_token" in page
    assert "hidden&quot;" not in page
    assert "***" in page
    assert "cc" in page
    assert "root root" in page
    error = viewer.get(f"{LIST}a1/change/").content.decode()
    assert "Traceback &lt;x&gt;" in error


def test_replay_asks_then_sends_what_fits(app: SafeCelery) -> None:
    user = everything()
    asked = act(user, "replay", "a1", "b2").content.decode()
    assert asked.count("stays, as it would fail again") == 1
    assert sent(app) == []
    done = act(user, "replay", "a1", "b2", confirm="yes").content.decode()
    assert "1 sent" in done
    assert "task-b2] not sent" in done
    (message,) = sent(app)
    assert message.headers["replayed_from"] == "task-a1"
    assert [e.id for e in app.store.list()] == ["b2"]
    history = [r.value for r in app.store.records.read("history", "task-a1")]
    assert "anna in the admin" in json.dumps(history)


def test_replay_mends_arguments(app: SafeCelery) -> None:
    user = everything()
    wrong = act(user, "replay", "b2", changes="cc=1", confirm="yes").content.decode()
    assert "write kwargs.name=value" in wrong
    look = act(
        user, "replay", "b2", changes='kwargs.currency="USD"', without="cc api_token", look="x"
    )
    assert "stays, as it would fail" not in look.content.decode()
    assert sent(app) == []
    act(user, "replay", "b2", changes='kwargs.currency="USD"', without="cc api_token", confirm="x")
    (message,) = sent(app)
    assert json.loads(message.body)[:2] == [[2], {"currency": "USD"}]


def test_discard_asks_and_spares_what_is_being_published(app: SafeCelery) -> None:
    user = everything()
    assert "task-a1" in act(user, "discard", "a1", "b2").content.decode()
    assert len(app.store.list()) == 2
    app.store.replace("b2", New(app.store.list()[1].message, "dead", 0.0, id="b2"))
    app.store.claim("relay", 60, 1)
    done = act(user, "discard", "a1", "b2", confirm="yes").content.decode()
    assert "1 deleted" in done
    assert "1 are being published right now" in done
    assert [e.id for e in app.store.list()] == ["b2"]


def test_too_many_at_once_are_for_the_command_line(
    app: SafeCelery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    done = act(everything(), "discard", "a1", "b2", confirm="yes").content.decode()
    assert "No more than 1 at once" in done
    assert len(app.store.list()) == 2


def test_why_joins_what_is_known(app: SafeCelery) -> None:
    viewer = client("view_storedmessage")
    page = viewer.get(f"{LIST}why/", {"task_id": "task-a1"}).content.decode()
    assert "dead since" in page
    assert "ValueError: no" in page
    assert "Nothing is known" in viewer.get(f"{LIST}why/", {"task_id": "none"}).content.decode()


def test_an_app_whose_messages_are_elsewhere_is_said(app: SafeCelery) -> None:
    from celery_safe.store.memory import MemoryStore

    SafeCelery("other", broker="memory://", store=MemoryStore())
    page = client("view_storedmessage").get(LIST).content.decode()
    assert "store is a MemoryStore" in page
    assert "task-a1" not in page
