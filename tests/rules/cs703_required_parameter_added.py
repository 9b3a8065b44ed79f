# What it was is in before/.
from celery import shared_task

from shop.sessions import with_session


@shared_task(name="plain")
def plain(order_id, currency):  # error: CS703
    pass


@shared_task(name="bound", bind=True)
def bound(
    self,
    order_id,
    *,
    currency: str,  # error: CS703
    note: str | None = None,
):
    pass


@shared_task(name="first")
def first(user_id, order_id):  # error: CS703
    pass


@shared_task(name="lost_default")
def lost_default(order_id, currency):  # error: CS703
    pass


@shared_task(name="replaced")
def replaced(order_id, currency):  # error: CS703
    pass


# Its name says that it is the same task.
@shared_task(name="moved")
def moved_and_renamed(order_id, currency):  # error: CS703
    pass


@shared_task(name="with_default")
def with_default(order_id, currency="EUR", *, note=None):
    pass


# Messages that give it by position still fit: CS704.
@shared_task(name="renamed")
def renamed(order):
    pass


# Senders may have given it all along.
@shared_task(name="any_keyword")
def any_keyword(order_id, currency, **kwargs):
    pass


@shared_task(name="any_position")
def any_position(order_id, *args):
    pass


@shared_task(name="now_bound", bind=True)
def now_bound(self, order_id):
    pass


# The decorator that came may give it.
@shared_task(name="injected")
@with_session
def injected(session, order_id):
    pass


@shared_task(name="same_decorator")
@with_session
def same_decorator(session, order_id, currency):  # error: CS703
    pass


# Which of the two is meant cannot be seen.
if with_session:

    @shared_task(name="twice")
    def twice(order_id):
        pass

else:

    @shared_task(name="twice")
    def twice(order_id, currency):
        pass


@shared_task(name="became_a_task")
def became_a_task(order_id, currency):
    pass


@shared_task(name="new")
def new(order_id, currency):
    pass


def build(app):
    @app.task(name="inner")
    def inner(order_id, currency):
        pass


@shared_task(name="any_keyword_then_one")
def any_keyword_then_one(order_id, currency, **more):  # error: CS703
    pass


# All sends gave it.
@shared_task(name="any_keyword_given")
def any_keyword_given(order_id, currency, **more):
    pass


def send(order):
    any_keyword_then_one.delay(order, currency="EUR")
    any_keyword_given.delay(order, currency="EUR")
