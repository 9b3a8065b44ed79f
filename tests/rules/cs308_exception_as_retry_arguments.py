from celery import shared_task


@shared_task(name="a", bind=True)
def a(self, x):
    try:
        work(x)
    except OSError as error:
        raise self.retry(error)  # error: CS308


@shared_task(name="b", bind=True)
def b(self, x):
    try:
        work(x)
    except OSError as exc:
        self.retry(exc, countdown=5)  # error: CS308


@shared_task(name="c", bind=True)
def c(self, x):
    try:
        work(x)
    except OSError as error:
        raise self.retry(exc=error)


@shared_task(name="d", bind=True)
def d(self, x):
    arguments = [x]
    self.retry(arguments)


@shared_task(name="e", bind=True)
def e(self, x):
    try:
        work(x)
    except OSError as error:
        other.retry(error)


@shared_task(name="later", bind=True)
def later(self, x):
    try:
        pay(x)
    except OSError as error:
        last = error
    self.retry(last)  # error: CS308


@shared_task(name="made", bind=True)
def made(self, x):
    raise self.retry(ValueError("x"))  # error: CS308


@shared_task(name="arguments", bind=True)
def arguments(self, x):
    raise self.retry((x,), exc=ValueError("x"))
