from celery import shared_task

from shop.sessions import with_session


@shared_task(name="plain")
def plain(order_id):
    pass


@shared_task(name="bound", bind=True)
def bound(self, order_id):
    pass


@shared_task(name="first")
def first(order_id):
    pass


@shared_task(name="lost_default")
def lost_default(order_id, currency="EUR"):
    pass


@shared_task(name="replaced")
def replaced(order_id, note=""):
    pass


@shared_task(name="moved")
def moved(order_id):
    pass


@shared_task(name="with_default")
def with_default(order_id):
    pass


@shared_task(name="renamed")
def renamed(order_id):
    pass


@shared_task(name="any_keyword")
def any_keyword(order_id, **kwargs):
    pass


@shared_task(name="any_position")
def any_position(*args):
    pass


@shared_task(name="now_bound")
def now_bound(order_id):
    pass


@shared_task(name="injected")
def injected(order_id):
    pass


@shared_task(name="same_decorator")
@with_session
def same_decorator(session, order_id):
    pass


@shared_task(name="twice")
def twice(order_id):
    pass


def became_a_task(order_id):
    pass


def build(app):
    @app.task(name="inner")
    def inner(order_id):
        pass


@shared_task(name="any_keyword_then_one")
def any_keyword_then_one(order_id, **more):
    pass


@shared_task(name="any_keyword_given")
def any_keyword_given(order_id, **more):
    pass


def send(order):
    any_keyword_then_one.delay(order)
    any_keyword_given.delay(order, currency="EUR")
