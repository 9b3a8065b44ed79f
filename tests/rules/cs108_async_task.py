import asyncio
from functools import wraps

from celery import Celery, Task, shared_task
from proj.aio import synchronous

app = Celery("shop")


@app.task(name="a")  # error: CS108
async def a():
    pass


@shared_task(name="b", bind=True)  # error: CS108
async def b(self):
    pass


@shared_task(name="c")
def c():
    async def inner():
        pass

    return inner


@shared_task(name="d")
@synchronous
async def d():
    pass


@shared_task(name="e", base=app.Task)
async def e():
    pass


async def f():
    pass


class Retrying(Task):
    max_retries = 5


class Awaiting(Task):
    def __call__(self, *args, **kwargs):
        return asyncio.run(self.run(*args, **kwargs))


@app.task(name="g", base=Retrying)  # error: CS108
async def g():
    pass


@app.task(name="h", base=Awaiting)
async def h():
    pass


def traced(function):
    @wraps(function)
    async def inner(*args):
        return await function(*args)

    return inner


def run_here(function):
    @wraps(function)
    def inner(*args):
        return asyncio.run(function(*args))

    return inner


@app.task(name="i")  # error: CS108
@traced
async def i():
    pass


@app.task(name="j")
@run_here
async def j():
    pass


class Charge(Task):  # error: CS108
    name = "k"

    async def run(self):
        pass


app.register_task(Charge())
