from celery import Celery, shared_task
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
