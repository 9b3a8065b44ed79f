"""The app of the async worker's test; configured by the environment."""

import asyncio
import os
import threading
from contextvars import ContextVar

from celery.exceptions import SoftTimeLimitExceeded

from celery_safe import SafeCelery, SafeTask

app = SafeCelery("async", broker=os.environ["BROKER"])
tenant: ContextVar[str] = ContextVar("tenant", default="none")
left: list["asyncio.Task[None]"] = []


def effect(line: str) -> None:
    fd = os.open(os.environ["EFFECTS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, f"{line}\n".encode())
    os.close(fd)


async def for_ever() -> None:
    try:
        await asyncio.sleep(3600)
    finally:
        effect("cancelled")


@app.task(name="async.run", bind=True)
async def run(self: SafeTask, number: int) -> None:
    before = tenant.get()
    tenant.set(f"acme-{number}")
    left.append(asyncio.create_task(for_ever()))
    await asyncio.sleep(0.05)
    left.clear()
    where = f"{os.getpid()}-{threading.get_ident()}"
    assert self.request.args == [number]
    effect(f"ran {number} {where} {id(asyncio.get_running_loop())} {before} {tenant.get()}")


@app.task(name="async.limited", soft_time_limit=1, time_limit=30)
async def limited() -> None:
    try:
        await asyncio.sleep(3600)
    except SoftTimeLimitExceeded:
        await asyncio.sleep(0)
        effect("limited")
        raise
