import logging
from contextlib import suppress

from celery import shared_task
from celery.exceptions import Retry
from shop.helpers import work


@shared_task(name="a", bind=True)
def a(self, x):
    try:
        if not work(x):
            raise self.retry(countdown=5)  # error: CS302
    except Exception:
        logging.exception("failed")


@shared_task(name="b", bind=True)
def b(self, x):
    try:
        try:
            work(x)
        except OSError as error:
            self.retry(exc=error)  # error: CS302
    except:
        return None


@shared_task(name="c", bind=True)
def c(self, x):
    try:
        raise self.retry()  # error: CS302
    except (ValueError, Retry):
        pass


@shared_task(name="d")
def d(x):
    try:
        d.retry()  # error: CS302
    except BaseException as error:
        print(error)


@shared_task(name="e", bind=True)
def e(self, x):
    try:
        work(x)
    except Exception as error:
        raise self.retry(exc=error)


@shared_task(name="f", bind=True)
def f(self, x):
    try:
        raise self.retry()
    except Retry:
        raise
    except Exception:
        pass


@shared_task(name="g", bind=True)
def g(self, x):
    try:
        raise self.retry()
    except ValueError:
        pass


@shared_task(name="h", bind=True)
def h(self, x):
    try:
        raise self.retry()
    except Exception:
        logging.exception("failed")
        raise


@shared_task(name="i", bind=True)
def i(self, x):
    try:
        try:
            raise self.retry()  # error: CS302
        except Exception:
            raise
    except Exception:
        pass


@shared_task(name="j", bind=True)
def j(self, x):
    try:
        self.retry(throw=False)
    except Exception:
        pass


@shared_task(name="k", bind=True)
def k(self, x):
    try:
        work(x)
    except Exception:
        pass
    else:
        raise self.retry()


@shared_task(name="m", bind=True)
def m(self, client):
    try:
        client.retry()
    except Exception:
        pass


BROAD = (Exception, SystemExit)
NARROW = (KeyError, OSError)


@shared_task(name="constants", bind=True)
def constants(self):
    try:
        self.retry()  # error: CS302
    except BROAD:
        return
    try:
        self.retry()
    except NARROW:
        return


@shared_task(name="suppressed", bind=True)
def suppressed(self):
    with suppress(Exception):
        self.retry()  # error: CS302
    with suppress(KeyError):
        self.retry()
