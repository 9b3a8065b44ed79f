import requests
from celery import Task, shared_task
from proj.errors import RETRYABLE, TransientErrors

ERRORS = (OSError,)


class Failed(Exception):
    pass


@shared_task(name="a", autoretry_for=OSError)  # error: CS307
def a():
    pass


@shared_task(name="b", autoretry_for=(requests.ConnectionError), max_retries=3)  # error: CS307
def b():
    pass


@shared_task(name="c", autoretry_for=(OSError,))
def c():
    pass


@shared_task(name="d", autoretry_for=ERRORS)
def d():
    pass


@shared_task(name="e", autoretry_for=RETRYABLE)
def e():
    pass


@shared_task(name="f", autoretry_for=[OSError], dont_autoretry_for=TransientErrors)
def f():
    pass


@shared_task(name="g", autoretry_for=(Failed))  # error: CS307
def g():
    pass


Alias = OSError
SOME_ERRORS = (OSError, KeyError)
OPTIONS = {"autoretry_for": OSError}


@shared_task(name="alias", autoretry_for=Alias)  # error: CS307
def alias():
    pass


@shared_task(name="errors", autoretry_for=SOME_ERRORS)
def errors():
    pass


class Again(Task):
    autoretry_for = OSError


@shared_task(name="inherits", base=Again)  # error: CS307
def inherits():
    pass


@shared_task(name="spread", **OPTIONS)  # error: CS307
def spread():
    pass
