from celery import Celery, shared_task

app = Celery("shop")


@app.task(name="a", bind=True)  # error: CS104
def a():
    pass


@shared_task(name="b", bind=True)  # error: CS104
def b(pk):
    print(pk)


@shared_task(
    name="c",
    bind=True,  # error: CS104
)
def c(order_id, cc=None):
    send(order_id, cc)


@shared_task(name="d", bind=True)
def d(self, pk):
    print(pk)


@shared_task(name="e", bind=True)
def e(job, pk):
    job.update_state(state="x")
    print(job, pk)


@shared_task(name="f", bind=True)
def f(unused, pk):
    print(pk)


@shared_task(name="g", bind=True)
def g(*args):
    print(args)


@shared_task(name="h")
def h(pk):
    print(pk)


@shared_task(name="i", bind=True)
@other
def i(pk):
    print(pk)


@shared_task(name="j", bind=True)
def j(task, pk):
    print(task, pk)


BOUND = True
OPTIONS = {"bind": True}


@shared_task(name="k", bind=BOUND)  # error: CS104
def k(pk):
    print(pk)


@shared_task(name="l", **OPTIONS)  # error: CS104
def l(pk):
    print(pk)


@shared_task(name="m", bind=True)
def m(t: "Task", pk):
    print(t, pk)


@shared_task(name="n", bind=True)
def n(instance, pk):
    record(instance, pk=pk)


@shared_task(name="o", bind=True)  # error: CS104
def o(instance, pk):
    instance.save()


@app.task(max_retries=3)
def forgot_to_bind(order_id):
    try:
        print(order_id)
    except OSError as error:
        raise self.retry(exc=error)  # error: CS104


@app.task
def makes_its_own(order_id):
    self = find(order_id)
    self.retry()


@app.task
def of_a_class(order_id):
    class Inner:
        def run(self):
            self.retry()
