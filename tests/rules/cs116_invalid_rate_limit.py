from celery import Celery, Task, shared_task

app = Celery("shop", task_default_rate_limit="1/s")
app.conf.task_default_rate_limit = "10/min"  # error: CS116


@shared_task(name="a", rate_limit="10/day")  # error: CS116
def a():
    pass


@shared_task(name="b", rate_limit="10/sec")  # error: CS116
def b():
    pass


@app.task(name="c", rate_limit="ten per minute")  # error: CS116
def c():
    pass


@app.task(name="d", rate_limit="10/m ")  # error: CS116
def d():
    pass


@app.task(name="e", rate_limit="10 / m")  # error: CS116
def e():
    pass


@app.task(name="f", rate_limit="10/m")
def f():
    pass


@app.task(name="g", rate_limit="0.5/h")
def g():
    pass


@app.task(name="h", rate_limit=10)
def h():
    pass


@app.task(name="i", rate_limit="10")
def i():
    pass


@app.task(name="j", rate_limit=None)
def j():
    pass


@app.task(name="k", rate_limit="")
def k():
    pass


@app.task(name="l", rate_limit=f"{LIMIT}/m")
def m():
    pass


@app.task(name="n", rate_limit=LIMIT)
def n():
    pass


@limited(rate_limit="10/day")
def o():
    pass


RATE = "10/minute"
COUNT = 10


@app.task(name="q", rate_limit=RATE)  # error: CS116
def q():
    pass


@app.task(name="r", rate_limit=f"{COUNT}/sec")  # error: CS116
def r():
    pass


@app.task(name="s", rate_limit=f"{COUNT}/s")
def s():
    pass


class Slow(Task):
    rate_limit = "5/day"


@app.task(name="t", base=Slow)  # error: CS116
def t():
    pass
