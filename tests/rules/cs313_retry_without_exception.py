import traceback

from celery import shared_task


@shared_task(name="a", bind=True)
def a(self, order):
    try:
        charge(order)
    except OSError as error:
        self.retry(exc="the bank is away")  # error: CS313
        self.retry(countdown=5, exc=f"order {order}")  # error: CS313
        self.retry(exc="order {}".format(order))  # error: CS313
        self.retry(exc="order %s" % order)  # error: CS313
        self.retry(exc="order " + order)  # error: CS313
        self.retry(exc=str(error))  # error: CS313
        a.retry(exc="")  # error: CS313
        self.retry(exc=error)
        self.retry(exc=Exception("the bank is away"))
        self.retry(exc=TimeoutError)
        self.retry(exc=None)
        self.retry(exc=make(error))
        self.retry()
        other.retry(exc="no task")


@shared_task(name="by_name", bind=True)
def by_name(self, x):
    text = f"no {x}"
    raise self.retry(exc=text)  # error: CS313


@shared_task(name="by_position", bind=True)
def by_position(self, x):
    raise self.retry(None, None, "no")  # error: CS313


@shared_task(name="traced", bind=True)
def traced(self, x):
    raise self.retry(exc=traceback.format_exc())  # error: CS313


@shared_task(name="either", bind=True)
def either(self, x):
    error = "no"
    if x:
        error = ValueError(x)
    raise self.retry(exc=error)
