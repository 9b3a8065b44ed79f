from celery import Celery, Task, shared_task

from elsewhere import Charging, shop_task

app = Celery("shop")


@app.task(name="a", bind=True, max_retries=5)
def a(self, pk):
    try:
        charge(pk)
    except OSError as error:
        raise self.retry(exc=error, countdown=60 * self.requests.retries)  # error: CS118


@shared_task(name="b", bind=True)
def b(self, pk):
    print(self.id, pk)  # error: CS118


@shared_task(name="c", bind=True)
def c(task, pk):
    if task.retries < 3:  # error: CS118
        task.update_state(state="PROGRESS")
        task.updatestate(state="DONE")  # error: CS118


@app.task(name="d", bind=True)
async def d(self, pk):
    return [self.user for _ in range(pk)]  # error: CS118


@app.task(name="e", bind=True, max_retries=3)
def e(self, pk):
    print(self.request.retries, self.max_retries, self.name, self.app.conf, self.backend, self._get_request)
    self.apply_async_on_commit(args=(pk,))
    self.send_event("task-charged")


@app.task(name="f", bind=True, base=Charging)
def f(self, pk):
    return self.session.get(pk)


@app.task(name="g", bind=True)
def g(self, pk):
    self.opened = open(pk)
    return self.opened


@app.task(name="h", bind=True, team="billing")
def h(self, pk):
    return self.team


@shop_task(name="i", bind=True)
def i(self, pk):
    return self.session


@app.task(name="j", bind=True)
def j(self, pk):
    class Local:
        def get(self):
            return self.session

    return Local().get()


@app.task(name="k", bind=True)
def k(self, pk):
    self = pk
    return self.session


@app.task(name="l")
def l(order):
    return order.session


@app.task(name="m", bind=True)
def m(self, pk):
    return getattr(self, "rights", None) and self.rights


class Charge(Task):
    name = "n"

    def run(self, pk):
        return self.session


class Order:
    def __init__(self, user):
        self.owner = user
        self.mail.owner = user


@app.task(name="o", bind=True)
def o(self, pk):
    return self.rebates  # error: CS118


def on_start(task, **kwargs):
    task.started = 1


@app.task(name="p", bind=True)
def p(self, pk):
    return self.started, self.limit


p.limit = 9
