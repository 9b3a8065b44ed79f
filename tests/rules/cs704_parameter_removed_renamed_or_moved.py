# What it was is in before/.
from celery import shared_task


@shared_task(name="removed")
def removed(order_id):  # error: CS704
    pass


@shared_task(name="renamed")
def renamed(order):  # error: CS704
    pass


# Nothing is raised: the values change places.
@shared_task(name="reordered")
def reordered(user_id, order_id):  # error: CS704
    pass


@shared_task(name="inserted")
def inserted(order_id, currency="EUR", note=""):  # error: CS704
    pass


@shared_task(name="keyword_only")
def keyword_only(order_id, *, note=""):  # error: CS704
    pass


@shared_task(name="no_more_kwargs")
def no_more_kwargs(order_id):  # error: CS704
    pass


@shared_task(name="positional_only")
def positional_only(order_id, note="", /):  # error: CS704
    pass


@shared_task(name="appended")
def appended(order_id, note=""):
    pass


@shared_task(name="into_kwargs")
def into_kwargs(order_id, **kwargs):
    pass


@shared_task(name="now_bound", bind=True)
def now_bound(self, order_id, note=""):
    pass


@shared_task(name="typed")
async def typed(order_id: int, note: str = "-", *args: str, **kwargs: str) -> None:
    pass


@shared_task(name="keyword_order")
def keyword_order(*, note="", order_id):
    pass


@shared_task(name="swallowed_by_position")
def swallowed_by_position(order_id, **more):  # error: CS704
    pass


@shared_task(name="swallowed_by_keyword")
def swallowed_by_keyword(order_id, **more):
    pass


def send(order):
    swallowed_by_position.delay(order)
    swallowed_by_keyword.delay(order)
