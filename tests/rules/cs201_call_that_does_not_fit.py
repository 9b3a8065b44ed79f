import functools

from celery import Celery, chain, shared_task, signature
from celery_safe import every, schedule
from django.db import transaction
from proj.decorators import OPTIONS, unlocked

app = Celery("shop")


@app.task(name="shop.charge")
def charge(order, cc=None, *, note=""):
    pass


@app.task(name="shop.refund", bind=True)
def refund(self, order, amount):
    pass


@shared_task(name="shop.many")
def many(first, *rest, **options):
    pass


@shared_task(name="shop.nothing")
def nothing():
    pass


@shared_task(name="shop.only", bind=True)
def only(self, a, /, b=1):
    pass


def calls(order, args, kwargs):
    charge.delay()  # error: CS201
    charge.delay(order, None, "note")  # error: CS201
    charge.delay(order, bcc=1)  # error: CS201
    charge.delay(order, order=order)  # error: CS201
    charge.apply_async()  # error: CS201
    charge.apply_async((1, 2, 3))  # error: CS201
    charge.apply_async(args=[1], kwargs={"bcc": 2}, countdown=5)  # error: CS201
    charge.apply_async([], {"cc": 2})  # error: CS201
    charge.s(1, 2, 3).apply_async()  # error: CS201
    charge.si().apply_async()  # error: CS201
    charge.s(bcc=1)  # error: CS201
    charge.delay_on_commit()  # error: CS201
    charge.apply_async_on_commit(args=(1, 2, 3))  # error: CS201
    refund.delay(order)  # error: CS201
    refund.delay(1, 2, 3)  # error: CS201
    nothing.delay(order)  # error: CS201
    only.delay(a=1)  # error: CS201
    nothing.apply_async((order,))  # error: CS201
    nothing.apply_async(kwargs=dict(order=order))  # error: CS201

    charge.delay(order)
    charge.delay(order=order, cc=1, note="x")
    charge.delay(*args)
    charge.delay(**kwargs)
    charge.apply_async((order,), countdown=10, queue="x")
    charge.apply_async(args, kwargs)
    charge.apply_async(args=(*args,))
    charge.apply_async(kwargs={**kwargs})
    charge.apply_async(kwargs=dict(order=1))
    charge.s().apply_async((order,))
    chain(nothing.si(), charge.s())()
    charge.s(note="x")
    refund.delay(order, amount=2)
    many.delay(1, 2, 3, a=4)
    nothing.delay()
    only.delay(1, b=2)


@shared_task(name="shop.atomic")
@transaction.atomic
def atomic(order):
    pass


@shared_task(name="shop.unlocked")
@unlocked
def consumes_a_keyword(order):
    pass


@shared_task(name="shop.typing", typing=False)
def loose(order):
    pass


@shared_task(name="shop.base", base=app.Task)
def based(order):
    pass


def more():
    atomic.delay()  # error: CS201
    consumes_a_keyword.delay(1, force=True)
    loose.delay()
    based.delay()


def shadowed(charge):
    charge.delay()


def rebound(prepare):
    charge, build = prepare()
    charge.delay()


if app.main:

    @app.task(name="shop.twice")
    def twice(a):
        pass

else:

    @app.task(name="shop.twice")
    def twice(a, b):
        pass


def unknown_one():
    twice.delay()


class Pool:
    def apply_async(self, function, args):
        pass


def not_celery():
    pool = Pool()
    pool.apply_async(charge, (1, 2, 3, 4))
    functools.partial(charge.delay)


class Checkout:
    task = charge

    def pay(self, order):
        self.task.delay(order, bcc=1)  # error: CS201
        self.task.delay(order)


def stored(order, flag, items, sent_by):
    signature = charge.s()
    signature.apply_async()  # error: CS201
    signature.delay(order)
    charge.s(order).set(queue="slow").apply_async((1, 2))  # error: CS201
    charge.s(order).set(queue="slow").apply_async()
    either = charge if flag else refund
    either.delay()
    for one in (nothing, nothing):
        one.delay(1)  # error: CS201
    alias = charge
    alias.delay(1, 2, 3)  # error: CS201
    sent_by.delay(1, 2, 3)
    app.send_task("shop.charge", (1, 2, 3))  # error: CS201
    app.send_task("shop.charge", kwargs={"order": 1})
    app.send_task("other.charge", (1, 2, 3))
    app.tasks["shop.charge"].delay(1, 2, 3)  # error: CS201
    transaction.on_commit(functools.partial(charge.delay, 1, 2, 3))  # error: CS201
    transaction.on_commit(functools.partial(charge.delay, order))
    items.sort(key=functools.partial(charge.delay))
    charge.signature(args=(1, 2, 3))  # error: CS201
    charge.signature((order,), {"note": "x"}, queue="slow")
    charge.subtask()
    charge.signature(immutable=True)  # error: CS201
    charge.starmap([(1,), (2,)]).delay()
    chain(charge.s(1), nothing.si()).apply_async()
    chain(charge.s(1)).delay()
    sent_by = charge if flag else sent_by
    sent_by.delay(1, 2, 3)


@app.task(name="shop.again", bind=True)
def again(self, order):
    self.apply_async((order, 1))  # error: CS201
    self.apply_async((order,))


CELERY_BEAT_SCHEDULE = {
    "too many": {
        "task": "shop.charge",
        "schedule": 60,
        "args": (1, 2, 3),  # error: CS201
    },
    "no such parameter": {
        "task": "shop.charge",
        "schedule": 60,
        "args": (1,),
        "kwargs": {"nobody": 2},  # error: CS201
    },
    "missing": {
        "task": "shop.charge",  # error: CS201
        "schedule": 60,
    },
    "by its name": {
        "task": nothing.name,
        "schedule": 60,
        "args": [1],  # error: CS201
    },
    "right": {"task": "shop.charge", "schedule": 60, "args": (1,), "kwargs": {"note": "x"}},
    "without": {"task": nothing.name, "schedule": 60},
    "unseen": {"task": "shop.charge", "schedule": 60, "args": OPTIONS},
    "of another": {"task": "other.charge", "schedule": 60, "args": (1, 2, 3)},
    "with more": {"task": "shop.charge", "schedule": 60, **OPTIONS},
}


@app.on_after_configure.connect
def set_up(sender, **kwargs):
    sender.add_periodic_task(60, charge.s())  # error: CS201
    sender.add_periodic_task(60, charge.s(1), args=(2, 3))  # error: CS201
    sender.add_periodic_task(60, charge.s(1))
    sender.add_periodic_task(60, charge.si(1), args=(2, 3))
    sender.add_periodic_task(60, charge)  # error: CS201
    sender.add_periodic_task(60, nothing)
def timed(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        with functools.timer():
            return f(*args, **kwargs)

    return inner


def logged(logger):
    def decorator(f):
        def inner(*a, **k):
            logger.info("begins")
            return f(*a, **k)

        return inner

    return decorator


def takes_one(f):
    def inner(*args, **kwargs):
        kwargs.pop("force", None)
        return f(*args, **kwargs)

    return inner


def adds_one(f):
    def inner(*args, **kwargs):
        return f("session", *args, **kwargs)

    return inner


def has_its_own(f):
    def inner(*args, force=False, **kwargs):
        return f(*args, **kwargs)

    return inner


@app.task(name="shop.timed")
@timed
def timed_task(order):
    pass


@app.task(name="shop.logged")
@logged(app.log)
def logged_task(order):
    pass


@app.task(name="shop.takes")
@takes_one
def takes_task(order):
    pass


@app.task(name="shop.adds")
@adds_one
def adds_task(session, order):
    pass


@app.task(name="shop.own")
@has_its_own
def own_task(order):
    pass


def decorated(order):
    timed_task.delay(order, 1)  # error: CS201
    logged_task.delay()  # error: CS201
    timed_task.delay(order)
    takes_task.delay(order, force=True)
    adds_task.delay(order)
    own_task.delay(order, force=True)


schedule(charge, every(minutes=5), 1)
schedule(charge, every(minutes=5), 1, note="x")
schedule(charge, every(minutes=5))  # error: CS201
schedule(charge, every(minutes=5), 1, nte="x")  # error: CS201
schedule(charge, every(minutes=5), *OPTIONS)
sched.schedule(charge, every(minutes=5))


def by_name_and_in_calls_of_dict(amount):
    signature("shop.charge", args=(1, 2, 3)).delay()  # error: CS201
    signature("shop.charge", kwargs={"ordr": 1})  # error: CS201
    signature("shop.charge", args=(1,)).delay()
    app.signature("shop.refund", (1, 2, 3))  # error: CS201
    app.signature("elsewhere.task", (1, 2, 3)).delay()
    charge.apply_async((1,), dict(nte="x"))  # error: CS201
    charge.apply_async((1,), dict(note="x"))
    charge.delay_on_commit(1, countdown=3)
