"""What a type checker must refuse: exactly the lines that end with ``# error``."""

from __future__ import annotations

from datetime import timedelta

from shop_tasks import (
    Import,
    add,
    app,
    charge,
    export,
    logged,
    retrying,
    send_receipt,
    shared,
    write_down,
)

from celery_safe import SafeTask, current_task, daily, every, schedule

# 1. A wrong type, a missing, a surplus and an unknown argument of delay().
charge.delay("7")  # error
charge.delay()  # error
charge.delay(7, "EUR", True)  # error
charge.delay(7, currencyy="USD")  # error
send_receipt.delay(7, cc=["a@example.com"])  # error
shared.delay(7)  # error

# 2. The arguments of a signature.
charge.s("7", "EUR")  # error
write_down.s("7")  # error
charge.s(7, "EUR", 3)  # error
add.s(1.0, "2")  # error
add.s(1.0).delay()  # error
add.s(1.0).delay("2")  # error

# 3. The arguments of an immutable signature, which must be complete.
charge.si()  # error
send_receipt.si("7")  # error

# 4. The arguments of apply_async: their types, their number, the values of keywords.
charge.apply_async(args=("7",))  # error
charge.apply_async(args=["7", 3, None])  # error
charge.apply_async((7, "EUR", 1))  # error
charge.apply_async()  # error
charge.apply_async(countdown=10)  # error
write_down.apply_async(kwargs={"amount": "7"})  # error
write_down.apply_async(None, {"amount": "7"})  # error
charge.apply_async(("7",), {"currency": "USD"})  # error
retrying.apply_async(args=("7",))  # error

# 5. Options of a call: misspelt, or of the wrong type.
charge.apply_async((7,), countdwn=10)  # error
charge.apply_async((7,), countdown=timedelta(seconds=10))  # error
charge.s(7).set(qeue="slow")  # error
charge.s(7).apply_async(eta=10)  # error


# 6. Options of a task: misspelt, or of the wrong type.
@app.task(name="shop.a", max_retires=5)  # error
def a() -> None: ...


@app.task(name="shop.b", time_limit="60")  # error
def b() -> None: ...


# 7. bind=True and a function without self; self and no bind=True.
@app.task(name="shop.c", bind=True)  # error
def c(order_id: int) -> None: ...


@app.task(name="shop.d")
def d(self: SafeTask, order_id: int) -> None: ...


d.delay(7)  # error

# 8. The result: of a plain task, of an async one that is not awaited, of one that is a class.
text: str = charge.delay(7).get()  # error
number: int = send_receipt.delay(7).get(timeout=10)  # error
one: str = export.delay("acme").get()  # error
path_length: str = Import().delay("x").get()  # error
joined: int = (charge.s(7) | write_down.s()).delay().get()  # error


async def from_async_code() -> None:
    await charge.adelay("7")  # error
    one: str = await (await charge.adelay(7))  # error
    print(one)


# 9. A call in place, and self passed by hand.
charge("7")  # error
retrying(None, 7)  # error
logged.delay("7")  # error

# 10. Tasks that are classes, chains that do not fit, names that do not exist.
export.delay(7)  # error
export.delay("acme", True)  # error
Import().delay(7)  # error
charge.s(7) | shared.s()  # error
charge.dealy(7)  # error
retries = current_task().request.retires  # error

# A schedule: the task's arguments, and the options of its times.
schedule(charge, every(minutes=5), "7")  # error
schedule(charge, every(minutes=5))  # error
schedule(charge, every(minutes=5), 7, currencyy="USD")  # error
schedule(send_receipt, every(minutes=5), order_id="7")  # error
schedule(charge, 300, 7)  # error
schedule("shop.charge", every(minutes=5), 7)  # error
daily(at="02:30", overlap="skpi")  # error
daily(at="02:30", overlp="skip")  # error
every(minute=5)  # error
