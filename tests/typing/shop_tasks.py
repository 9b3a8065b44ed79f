"""Tasks of each kind, as a project writes them; used by the files of mistakes and of good uses."""

from __future__ import annotations

from typing import Any

from celery_safe import SafeCelery, SafeTask, shared_task

app = SafeCelery("shop", broker="memory://")


@app.task(name="shop.charge")
def charge(order_id: int, currency: str = "EUR") -> float:
    return order_id / 100


@app.task
def nightly() -> None: ...


@app.task(name="shop.receipt", max_retries=5, queue="mail")
async def send_receipt(order_id: int, cc: str | None = None) -> str:
    return f"{order_id} {cc}"


@app.task(name="shop.retrying", bind=True, max_retries=3)
def retrying(self: SafeTask, order_id: int) -> bool:
    if self.request.retries > 2:
        return False
    raise self.retry(countdown=2**self.request.retries)


class Logged(SafeTask):
    """A base class with a method of its own."""

    abstract = True

    def log(self, text: str) -> None:
        print(self.name, text)


@app.task(name="shop.logged", base=Logged, bind=True)
def logged(self: Logged, amount: float) -> str:
    self.log(f"{amount}")
    return self.request.id or ""


@app.task(name="shop.add")
def add(amount: float, to: float) -> float:
    return amount + to


@app.task(name="shop.format")
def write_down(amount: float) -> str:
    return f"{amount:.2f}"


class Export(SafeTask):
    """A task that is a class, its signature read off ``run``."""

    name = "shop.export"

    def run(self, customer: str, *, as_pdf: bool = False) -> list[str]:
        return [customer, str(as_pdf)]


export = app.register_task(Export())


class Import(SafeTask[[str], int]):
    """A task that is a class and names its signature."""

    name = "shop.import"

    def run(self, path: str) -> int:
        return len(path)


@shared_task(name="shop.shared")
def shared(tenant: str) -> dict[str, int]:
    return {tenant: 1}


def helper(task: SafeTask[..., Any]) -> str:
    return task.name
