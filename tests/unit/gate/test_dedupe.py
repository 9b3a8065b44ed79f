"""A message that a relay published twice runs once; whatever has not ended runs again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from billiard.exceptions import WorkerLostError
from celery.exceptions import Ignore, Reject, Retry

from celery_safe import BadSetting, SafeCelery
from celery_safe.gate import dedupe, gate
from celery_safe.gate.asking import StoreAway
from celery_safe.gate.verdicts import Skip
from celery_safe.message import Message
from celery_safe.relay import Relay
from celery_safe.relay.marking import HEADER
from celery_safe.store import New
from celery_safe.store.memory import MemoryStore


class Request:
    """A delivered message, as far as its end is concerned."""

    def __init__(
        self, id: str = "1", mark: str = "entry", retries: int = 0, body: Any = b"[[], {}, {}]"
    ) -> None:
        self.id, self.name, self.acknowledged = id, "shop.pay", False
        self.request_dict = {"retries": retries}
        self._message = SimpleNamespace(headers={HEADER: mark} if mark else {}, body=body)

    def on_success(self, outcome: Any, **_: Any) -> None:
        if outcome[0]:
            self.on_failure(outcome[1])
        self.acknowledged = True

    def on_failure(self, info: Any, **_: Any) -> None:
        self.acknowledged = True

    def end(self, error: BaseException | None = None) -> None:
        """As the pool says it."""
        info = SimpleNamespace(exception=error)
        self.on_success((error is not None, info if error else 7, 0.1))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=lambda: 1000.0)


@pytest.fixture
def worker(store: MemoryStore) -> Any:
    return SimpleNamespace(
        dedupe_window=3600.0, records=store.records, ask=lambda call, *args: call(*args)
    )


def runs(request: Request, worker: Any) -> bool:
    verdict = dedupe.guard(request, worker)
    assert verdict is None or isinstance(verdict, Skip)
    return verdict is None


ENDS = [None, ValueError("final"), Ignore(), Retry()]
COMES_BACK = [WorkerLostError("killed"), Reject(requeue=True), SystemExit(1)]


@pytest.mark.parametrize("error", ENDS, ids=repr)
def test_what_has_ended_is_skipped(worker: Any, error: Any) -> None:
    first = Request()
    assert runs(first, worker)
    assert runs(Request(), worker), "it has not ended"
    first.end(error)
    assert not runs(Request(), worker)
    assert not runs(Request(body="[[], {}, {}]"), worker), "the body as text"


@pytest.mark.parametrize("error", COMES_BACK, ids=repr)
def test_what_comes_back_runs_again(worker: Any, error: Any) -> None:
    first = Request()
    assert runs(first, worker)
    first.end(error)
    assert runs(Request(), worker)


@pytest.mark.parametrize(
    "other",
    [Request(retries=1), Request(mark="another"), Request(id="2"), Request(body=b"other")],
    ids=["retry", "sent again", "replay", "in its place"],
)
def test_what_is_no_duplicate_runs(worker: Any, other: Request) -> None:
    first = Request()
    assert runs(first, worker)
    first.end()
    assert runs(other, worker)


def test_a_failure_that_waits_for_the_store_has_not_ended(worker: Any) -> None:
    class Waits(Request):
        def on_failure(self, info: Any, **_: Any) -> None:
            """Its dead letter is not written yet, so nothing is acknowledged."""

    first = Waits()
    assert runs(first, worker)
    first.on_failure(SimpleNamespace(exception=ValueError()))
    assert runs(Request(), worker)


def test_without_a_mark_nothing_is_asked_or_written(worker: Any, store: MemoryStore) -> None:
    worker.ask = lambda *_: pytest.fail("the store was asked")
    plain = Request(mark="")
    assert runs(plain, worker)
    plain.end()
    worker.dedupe_window = None
    assert runs(Request(), worker)
    assert store.records.read(dedupe.TOPIC) == []


def test_an_end_that_cannot_be_written_is_in_the_log(
    worker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any) -> None:
        raise StoreAway("no answer")

    first = Request()
    assert runs(first, worker)
    worker.ask = away
    first.end()
    assert "a duplicate of it would run: no answer" in caplog.text
    with pytest.raises(StoreAway):
        dedupe.guard(Request(), worker)


def test_it_is_asked_before_what_would_touch_the_result() -> None:
    assert gate.GUARDS[0] is dedupe.guard


def app(**conf: Any) -> Any:
    made: Any = SafeCelery("shop", broker="memory://", store=MemoryStore())
    made.conf.update(conf)
    return made


def test_a_relay_marks_tasks_when_it_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    for window in (None, 60):
        one = app(safe_dedupe_window=window)
        task = Message(b"[]", "application/json", "utf-8", {"task": "t", "id": "1"})
        kept = Message(b"[]", "application/json", "utf-8", {"task": "t", "id": "2", HEADER: "old"})
        event = Message(b"{}", "application/json", "utf-8", {})
        one.store.put([New(m, "outbox", id=i) for m, i in ((task, "a"), (kept, "b"), (event, "c"))])
        relay = Relay(one, one.store, ["outbox"])
        plain = relay.publisher.publish
        monkeypatch.setattr(
            relay.publisher,
            "publish",
            lambda entries, plain=plain: (
                seen.append([e.message.headers.get(HEADER) for e in entries]) or plain(entries)
            ),
        )
        relay.step()
        relay.close()
    assert seen == [[None, "old", None], ["a", "old", None]]


def test_the_window_is_seconds() -> None:
    for off in (None, 0):
        assert dedupe.window(app(safe_dedupe_window=off)) is None
    assert dedupe.window(app(safe_dedupe_window=60)) == 60.0
    for wrong in (True, "a day", -1):
        with pytest.raises(BadSetting, match="write seconds"):
            dedupe.window(app(safe_dedupe_window=wrong))
