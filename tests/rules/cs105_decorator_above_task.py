import functools
from contextlib import contextmanager
from functools import lru_cache, wraps

from celery import Celery, shared_task
from django.db import transaction
from unknown import trace

app = Celery("shop")
REGISTRY = {}


def logged(function):
    @wraps(function)
    def inner(*args, **kwargs):
        print(function)
        return function(*args, **kwargs)

    return inner


def unwrapped(function):
    def inner(*args):
        return function(*args)

    return inner


def locked(key):
    def decorator(function):
        @functools.wraps(function)
        def inner(*args):
            return function(*args)

        return inner

    return decorator


def updated(function):
    def inner(*args):
        return function(*args)

    return wraps(function)(inner)


def both(function=None, *, key=None):
    def decorator(f):
        @wraps(f)
        def inner(*args):
            return f(*args)

        return inner

    if function is not None:
        return decorator(function)
    return decorator


def registered(function):
    REGISTRY[function.__name__] = function
    return function


def registered_as(key):
    def decorator(function):
        REGISTRY[key] = function
        return function

    return decorator


def enqueuing(function):
    @wraps(function)
    def inner(*args):
        return function.delay(*args)

    return inner


def sometimes(function):
    if not REGISTRY:
        return function

    @wraps(function)
    def inner(*args):
        return function(*args)

    return inner


def with_delay(function):
    @wraps(function)
    def inner(*args):
        return function(*args)

    inner.delay = lambda *args: None
    return inner


class Wrapped:
    def __init__(self, function):
        self.function = function

    def __getattr__(self, name):
        return getattr(self.function, name)


@logged  # error: CS105
@app.task(name="a")
def a():
    pass


@unwrapped  # error: CS105
@shared_task(name="b")
def b():
    pass


@locked("c")  # error: CS105
@app.task(name="c")
def c():
    pass


@updated  # error: CS105
@app.task(name="d")
def d():
    pass


@transaction.atomic  # error: CS105
@app.task(name="e")
def e():
    pass


@transaction.atomic()  # error: CS105
@app.task(name="f")
def f():
    pass


@lru_cache(maxsize=1)  # error: CS105
@app.task(name="g")
def g():
    pass


@app.task(name="h")
@logged
@locked("h")
def h():
    pass


@registered
@app.task(name="i")
def i():
    pass


@registered_as("j")
@app.task(name="j")
def j():
    pass


@enqueuing
@app.task(name="k")
def k():
    pass


@sometimes
@app.task(name="l")
def m():
    pass


@with_delay
@app.task(name="n")
def n():
    pass


@Wrapped
@app.task(name="o")
def o():
    pass


@trace
@app.task(name="p")
def p():
    pass


@both
@app.task(name="q")
def q():
    pass


@logged
def r():
    pass


@unwrapped
@other.task
def s():
    pass


class Counted:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)


class Timed:
    def __call__(self, function):
        @wraps(function)
        def inner(*args):
            return function(*args)

        return inner


class Registry:
    def __call__(self, function):
        return function


class Seen(Base):
    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)


@contextmanager
def connected():
    yield


@Counted  # error: CS105
@app.task(name="t")
def t():
    pass


@Timed()  # error: CS105
@app.task(name="u")
def u():
    pass


@connected()  # error: CS105
@app.task(name="v")
def v():
    pass


@Registry()
@app.task(name="w")
def w():
    pass


@Seen
@app.task(name="seen")
def seen():
    pass


def monitored(name):
    def decorate(func):
        def call(*args):
            ping(name, "run")
            return func(*args)

        return call

    return decorate


@monitored("nightly")  # error: CS105
@app.task(name="nightly")
def nightly():
    pass
