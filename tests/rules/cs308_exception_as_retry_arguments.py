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
