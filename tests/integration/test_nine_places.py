"""The nine places where plain Celery drops work without a trace: where is the message now?"""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
import stores
from kombu import Connection, Queue
from support.bench import Bench, ends, is_running, on

from celery_safe.store import Entry, Filter
from celery_safe.testing.local import until

pytestmark = pytest.mark.broker
ON = ["redis", "rabbitmq-classic", "sqlite"]


@pytest.fixture
def store(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = bench.redis(2)
    bench.env.update(STORE=url, CAP="2")
    monkeypatch.setenv("QUEUE", bench.env["QUEUE"])
    return stores.make(url)


@pytest.fixture
def ids() -> dict[str, str]:
    return {n: f"{n}-{uuid.uuid4().hex[:8]}" for n in PLACES}


#: How each is sent, what then is on the shelf, and the task's state.
PLACES = {
    "killed": ("app.send_task('early', task_id='{id}')", "WorkerLostError", "WorkerLostError"),
    "unknown": ("app.send_task('shop.gone', task_id='{id}')", "no worker knew it", "UnknownTask"),
    "body": ("send(b'{{]', '{id}')", "cannot be read", "Unreadable"),
    "content": ("send(b'x', '{id}', content_type='application/x-python-serialize')", "untrusted content", "Unreadable"),
    "header": ("send(b'[[], {{}}, {{}}]', '{id}', headers={{'id': '{id}'}})", "this is no task", "Unreadable"),
    "eta": ("send(b'[[], {{}}, {{}}]', '{id}', eta='tomorrow')", "invalid", "Unreadable"),
    "rejected": ("app.send_task('rejects', task_id='{id}')", "Reject", "Reject"),
}  # fmt: skip
SEND = """
def send(body, id, content_type='application/json', headers=None, **more):
    headers = headers or {'task': 'work', 'id': id, **more}
    with app.connection_for_write() as c:
        c.Producer().publish(body, routing_key=app.conf.task_default_queue, exchange='',
                             content_type=content_type, content_encoding='utf-8', headers=headers)
"""


def dead(store: Any) -> dict[str, Entry]:
    return {e.message.task_id: e for e in store.list(Filter(kinds=["dead"]))}


@on("safe", ON)
def test_each_is_a_dead_letter_and_a_failure(bench: Bench, store: Any, ids: dict[str, str]) -> None:
    bench.env["UNKNOWN_WAIT"] = "1"
    bench.worker()
    sent = "\n".join(line.format(id=ids[n]) for n, (line, _, _) in PLACES.items())
    bench.run(f"{SEND}\n{sent}\nwork.delay(0, 0)")
    until(lambda: set(ids.values()) <= set(dead(store)), "all of them are on the shelf", 60)
    found = dead(store)
    assert len(found) == len(PLACES)
    for name, (_, reason, _) in PLACES.items():
        assert reason in found[ids[name]].reason, name
        assert found[ids[name]].message.routing_key == bench.env["QUEUE"]
    states = bench.run(
        "import sys\n"
        f"for i in {[ids[n] for n in PLACES]}:\n"
        "    r = app.AsyncResult(i)\n"
        "    try: r.get(timeout=30)\n"
        "    except Exception as e: print(type(e).__name__)"
    ).split()
    assert dict(zip(PLACES, states, strict=True)) == {n: e for n, (_, _, e) in PLACES.items()}
    assert bench.settle("seven places", 1, 30) == 0
    assert is_running(bench.workers[0])


@on("safe", ON)
def test_a_retry_that_cannot_be_published_goes_back_to_its_queue(bench: Bench, store: Any) -> None:
    bench.worker()
    out = bench.run("print(app.send_task('retries').get(timeout=60))")
    assert out.split() == ["done"]
    assert bench.count("retries") == 2
    assert dead(store) == {}


@on("safe", ["rabbitmq-quorum"])
def test_what_the_broker_drops_is_drained_onto_the_shelf(bench: Bench, store: Any) -> None:
    """The ninth: a quorum queue's delivery limit, here lower than our own cap."""
    dlx, poison = f"{bench.env['QUEUE']}-dlx", uuid.uuid4().hex
    bench.env.update(DLX=dlx, CAP="5")
    worker = bench.worker(wait=False)
    until(lambda: "the broker has no such queue" in bench.log(), "the missing queue is said", 60)
    assert "Declare it" in bench.log()
    with Connection(bench.broker_url) as connection:
        Queue(dlx)(connection.default_channel).declare()
    until(lambda: f"queue {dlx} go to the shelf" in bench.log(), "it is found", 60)
    bench.run(
        f"app.send_task('dies', ['child'], task_id='{poison}', link_error=errback.s())\n"
        "[work.delay(n, 0) for n in range(3)]"
    )
    until(lambda: poison in dead(store), "the poison is on the shelf", 90)
    entry = dead(store)[poison]
    assert "delivered more often than the queue's delivery limit" in entry.reason
    assert entry.details["broker_reason"] == "delivery_limit"
    assert entry.message.routing_key == bench.env["QUEUE"]
    assert bench.count("dies-child") == 2
    until(lambda: bench.count("errback-DroppedByBroker"), "its errback", 30)
    out = bench.run(
        f"try: app.AsyncResult('{poison}').get(timeout=30)\nexcept Exception as e: print(type(e).__name__)"
    )
    assert out.split() == ["DroppedByBroker"]
    time.sleep(1)
    assert bench.count("errback-DroppedByBroker") == 1
    assert bench.settle("dropped by a quorum queue", 3, 60) == 0
    ends(worker, "SIGTERM")
    with Connection(bench.broker_url) as connection:
        assert connection.default_channel.queue_declare(dlx, passive=True).message_count == 0


@on("safe", ["redis"])
def test_a_hard_time_limit_calls_errbacks_once(bench: Bench, store: Any) -> None:
    """Plain Celery calls them twice: for the limit, and for the process that it kills."""
    bench.worker()
    bench.run("app.send_task('dies', ['hang'], time_limit=1, link_error=errback.s())")
    until(lambda: bench.count("errback-TimeLimitExceeded"), "its errback", 30)
    until(lambda: len(dead(store)) == 1, "its dead letter", 30)
    bench.send(2, 0.1)
    assert bench.settle("a hard limit", 2, 30) == 0
    assert sum(what.startswith("errback") for what, *_ in bench.effects()) == 1
