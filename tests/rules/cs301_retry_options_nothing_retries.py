from functools import partial

from celery import Celery, Task, current_task, shared_task
from celery_safe import SafeCelery
from shop.base import Base, retried
from shop.helpers import work

app = Celery("plain")
safe = SafeCelery("safe")


@app.task(name="a", max_retries=5)  # error: CS301
def a(x):
    work(x)


@app.task(
    name="b",
    bind=True,
    default_retry_delay=60,
    retry_backoff=True,  # error: CS301
)
def b(self, x):
    print(self.request.id, self.retries)


@app.task(name="c", retry_kwargs={"max_retries": 3})  # error: CS301
def c(x):
    work(x)


@app.task(name="d", max_retries=5, autoretry_for=(OSError,))
def d(x):
    work(x)


@app.task(name="e", bind=True, max_retries=5)
def e(self, x):
    try:
        work(x)
    except OSError as error:
        raise self.retry(exc=error)


@app.task(name="f", bind=True, max_retries=5)
def f(self, x):
    work(self, x)


@app.task(name="g", max_retries=5)
def g(x):
    g.retry()


@app.task(name="h", max_retries=5)
def h(x):
    current_task.retry()


@app.task(name="i", max_retries=0)
def i(x):
    work(x)


@app.task(name="j", max_retries=5, base=Base)
def j(x):
    work(x)


@app.task(name="k", max_retries=5)
@retried
def k(x):
    work(x)


@safe.task(name="m", max_retries=5)
def m(x):
    work(x)


@app.task(name="n", bind=True, max_retries=5)
def n(self, x):
    def later():
        self.retry()

    work(later)


@app.task(name="o", bind=True, max_retries=5)
def o(self, x):
    work(self.retry)


@app.task(name="p", bind=True, max_retries=5)
def p(self, x):
    work(on_error=lambda: self.retry())


TRIES = {"max_retries": 5}
NEVER = 0


class Logged(Task):
    def on_failure(self, error, *args):
        print(error)


class Again(Task):
    autoretry_for = (OSError,)


class ByHand(Logged):
    def on_failure(self, error, *args):
        self.retry(exc=error)


@app.task(name="with_dict", **TRIES)  # error: CS301
def with_dict():
    pass


@app.task(name="never", max_retries=NEVER)
def never():
    pass


@app.task(name="logged", base=Logged, max_retries=5)  # error: CS301
def logged_task():
    pass


@app.task(name="again", base=Again, max_retries=5)
def again():
    pass


@app.task(name="by_hand", base=ByHand, max_retries=5)
def by_hand():
    pass


retrying = partial(app.task, autoretry_for=(OSError,))


@retrying(name="retrying", max_retries=5)
def retried_too():
    pass
