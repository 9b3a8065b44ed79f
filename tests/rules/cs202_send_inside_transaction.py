import itertools
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from celery import Celery, chain, chord, group, shared_task
from django.db import transaction
from django.db.transaction import atomic
from django.utils.decorators import method_decorator
from shop.db import Session, engine
from shop.tasks import charge
from thirdparty import atomic as other_atomic
from thirdparty import run_after_commit

app = Celery("shop")


@shared_task(name="a", bind=True)
def a(self, x):
    with transaction.atomic():
        a.apply_async((x,), countdown=60)
        again = a.signature((x,), countdown=60)
        again.apply_async()
        a.apply_async((x,))  # error: CS202


def block(order):
    with transaction.atomic():
        charge.delay(order.pk)  # error: CS202
        if order.paid:
            with open("x") as f:
                a.apply_async(args=[f.read()])  # error: CS202
        app.send_task("a", [1])  # error: CS202
    charge.delay(order.pk)


@transaction.atomic
def decorated(order):
    charge.delay(order.pk)  # error: CS202


@atomic(durable=True)
def decorated_with_call(order):
    charge.si(order.pk).apply_async()  # error: CS202


def deferred(order):
    with transaction.atomic():
        transaction.on_commit(lambda: charge.delay(order.pk))
        transaction.on_commit(partial(charge.delay, order.pk))

        def later():
            charge.delay(order.pk)

        transaction.on_commit(later)
        charge.delay_on_commit(order.pk)


def elsewhere(order):
    with other_atomic():
        charge.delay(order.pk)
    with transaction.atomic(using="replica"):
        charge.delay(order.pk)


def plain():
    pass


def not_a_task():
    with transaction.atomic():
        plain.delay()


def default_database(order):
    with transaction.atomic("default"):
        charge.delay(order.pk)  # error: CS202


@contextmanager
def traced():
    with transaction.atomic():
        yield


@contextmanager
def timed():
    yield


def through_a_wrapper(order):
    with traced():
        charge.delay(order.pk)  # error: CS202
    with timed():
        charge.delay(order.pk)


@traced()
def wrapper_as_decorator(order):
    charge.delay(order.pk)  # error: CS202


def read_only(order, settings):
    with transaction.atomic(using=settings.REPLICA):
        charge.delay(order.pk)


class OrderView:
    @method_decorator(transaction.atomic)
    def post(self, order):
        charge.delay(order.pk)  # error: CS202

    def get(self, order):
        charge.delay(order.pk)


@method_decorator(atomic, name="dispatch")
class AtomicView:
    def post(self, order):
        charge.delay(order.pk)  # error: CS202


@method_decorator(atomic, name="post")
class HalfAtomicView:
    def post(self, order):
        charge.delay(order.pk)  # error: CS202

    def get(self, order):
        charge.delay(order.pk)


def notify(order):
    a.delay(order.pk)


def notify_all(order):
    for one in order.parts:
        notify(one)


def notify_later(order):
    transaction.on_commit(lambda: a.delay(order.pk))


def notify_as_it_fits(order, now):
    if now:
        a.delay(order.pk)
    else:
        transaction.on_commit(lambda: a.delay(order.pk))


@run_after_commit
def notify_by_decorator(order):
    a.delay(order.pk)


def notify_recursively(order):
    notify_recursively(order.parent)


def through_calls(order):
    with transaction.atomic():
        notify(order)  # error: CS202
        notify_all(order)  # error: CS202
        notify_later(order)
        notify_as_it_fits(order, False)
        notify_by_decorator(order)
        notify_recursively(order)
        transaction.on_commit(lambda: notify(order))
        transaction.on_commit(partial(notify, order))

        def inner():
            notify(order)

        transaction.on_commit(inner)
    notify(order)
    notify_all(order)


def shadowed(order, notify):
    with transaction.atomic():
        notify(order)


class Base:
    def tell(self, order):
        a.delay(order.pk)


class Checkout(Base):
    def pay(self, order):
        with transaction.atomic():
            self.tell(order)  # error: CS202
            self.unknown(order)
            super().tell(order)  # error: CS202

    @transaction.atomic
    def pay_atomically(self, order):
        Base().tell(order)  # error: CS202
        base = Base()
        base.tell(order)  # error: CS202


@asynccontextmanager
async def unit_of_work():
    async with Session.begin() as session:
        yield session


async def with_sqlalchemy(session, order, game):
    with session.begin():
        a.delay(order.pk)  # error: CS202
    async with Session.begin() as inner:
        inner.add(order)
        a.delay(order.pk)  # error: CS202
    async with unit_of_work():
        a.delay(order.pk)  # error: CS202
    with Session() as plain_session:
        a.delay(plain_session.get(order))
    with engine.begin():  # nothing says that this is of SQLAlchemy
        a.delay(order.pk)
    with game.begin():
        a.delay(order.pk)


def before_commit(session, order):
    session.add(order)
    session.flush()
    a.delay(order.pk)  # error: CS202
    session.commit()


def after_commit(session, order):
    session.add(order)
    session.commit()
    a.delay(order.pk)


def in_other_branches(session, order, fresh):
    if fresh:
        session.add(order)
    else:
        a.delay(order.pk)
    session.commit()


def in_the_same_branch(self, order, fresh):
    try:
        if fresh:
            self.db.session.add(order)
            a.delay(order.pk)  # error: CS202
        self.db.session.commit()
    except ValueError:
        self.db.session.rollback()


def never_committed_here(session, order):
    session.add(order)
    a.delay(order.pk)


def another_session(session, other, order):
    session.add(order)
    a.delay(order.pk)
    other.commit()


def returns_between(session, order):
    session.add(order)
    if order.done:
        a.delay(order.pk)
        return
    session.commit()


def in_a_loop(session, orders):
    for order in orders:
        session.add(order)
        session.commit()
        a.delay(order.pk)
    session.commit()


def with_a_callback(session, order, later):
    session.add(order)
    later(lambda: a.delay(order.pk))
    session.commit()


def only_reads(session, order):
    session.execute("select 1")
    a.delay(order.pk)
    session.commit()


def canvases_that_are_called(order):
    with transaction.atomic():
        group(charge.s(n) for n in range(3))()  # error: CS202
        chord([a.s(1)])(a.si(2))  # error: CS202
        (a.s(1) | a.si(2))()  # error: CS202
        workflow = chain(a.s(1), a.si(2))
        workflow()  # error: CS202
        a.chunks([(1,)], 10)()  # error: CS202
        itertools.chain([1])()


def start(order):
    chord([a.s(order.pk)])(a.si(2))


@transaction.atomic
def calls_what_starts_one(order):
    start(order)  # error: CS202


@method_decorator([run_after_commit, transaction.atomic], name="post")
class ListedView:
    def post(self, order):
        charge.delay(order.pk)  # error: CS202
