"""What a type checker must accept, with the types that it must see."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from shop_tasks import (
    Export,
    Import,
    add,
    app,
    charge,
    export,
    helper,
    logged,
    nightly,
    retrying,
    send_receipt,
    shared,
    write_down,
)
from typing_extensions import assert_type

from celery_safe import (
    SafeResult,
    SafeTask,
    Signature,
    cron,
    current_task,
    daily,
    every,
    once,
    schedule,
    weekly,
)

assert_type(charge(7), float)
assert_type(charge.delay(7), SafeResult[float])
assert_type(charge.delay(order_id=7, currency="USD").get(timeout=10), float)
assert_type(send_receipt.delay(7, cc=None).get(), str)
assert_type(send_receipt(7), str)
assert_type(retrying.delay(7).get(), bool)
assert_type(logged.delay(1.5).get(), str)
assert_type(shared.delay("acme").get(), dict[str, int])
assert_type(export.delay("acme", as_pdf=True).get(), list[str])
assert_type(app.register_task(Export).delay("acme").get(), list[str])
assert_type(Import().delay("x").get(), int)
assert_type(nightly.delay().get(), None)
assert_type(charge.delay(7).ready(), bool)

charge.apply_async(args=(7,))
charge.apply_async((7, "USD"), countdown=10, queue="slow", expires=60)
charge.apply_async(args=[7, "USD"], eta=datetime.now(timezone.utc))
charge.apply_async(kwargs={"order_id": 7, "currency": "USD"})
charge.apply_async((), {"order_id": 7, "currency": "USD"})
charge.apply_async(None, {"order_id": 7}, countdown=3)
charge.apply_async((7,), {"currency": "USD"}, headers={"tenant": "acme"})
export.apply_async(("acme",), {"as_pdf": True}, link=nightly.si())
assert_type(charge.apply_async((7,), link_error=[nightly.si()]).get(), float)
nightly.apply_async()
nightly.apply_async(priority=3)

assert_type(charge.s(7).delay(), SafeResult[float])
assert_type(charge.si(7).set(countdown=3).apply_async(queue="slow").get(), float)
assert_type(add.s(2.0).delay(1.0).get(), float)
assert_type((charge.s(7) | add.s(2.0) | write_down.s()).delay().get(), str)
assert_type((charge.s(7) | shared.si("acme")).apply_async().get(), dict[str, int])


def later(what: Signature[[], Any], task: SafeTask[[int], float]) -> SafeResult[float]:
    what.delay()
    return task.delay(7)


def progress(done: int) -> None:
    task = current_task()
    task.update_state(state="PROGRESS", meta={"done": done, "of": task.request.id})


helper(charge)
helper(retrying)


schedule(charge, every(minutes=5), 7, currency="USD")
schedule(send_receipt, daily(at="02:30", tz="Europe/Berlin", overlap="skip", misfire="skip"), 7)
schedule(retrying, weekly(["mon", "thu"], at="09:00", queue="slow"), 7)
schedule(shared, cron("*/15 8-18 * * mon-fri", expires=600, jitter=30), "acme")
schedule(nightly, once(at=datetime.now(timezone.utc), name="tonight"))
schedule(export, daily(at="02:30", tz="Europe/Berlin"), "acme", as_pdf=True)
schedule(nightly, every(hours=1))
schedule(shared, every(hours=1), "acme")


async def from_async_code() -> None:
    result = await charge.adelay(7, "USD")
    assert_type(result, SafeResult[float])
    assert_type(await result, float)
    assert_type(await result.aget(timeout=10), float)
    assert_type(await (await send_receipt.adelay(7)), str)
