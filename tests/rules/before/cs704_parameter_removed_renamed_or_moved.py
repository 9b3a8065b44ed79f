from celery import shared_task


@shared_task(name="removed")
def removed(order_id, note=""):
    pass


@shared_task(name="renamed")
def renamed(order_id):
    pass


@shared_task(name="reordered")
def reordered(order_id, user_id):
    pass


@shared_task(name="inserted")
def inserted(order_id, note=""):
    pass


@shared_task(name="keyword_only")
def keyword_only(order_id, note=""):
    pass


@shared_task(name="no_more_kwargs")
def no_more_kwargs(order_id, **kwargs):
    pass


@shared_task(name="positional_only")
def positional_only(order_id, note=""):
    pass


@shared_task(name="appended")
def appended(order_id):
    pass


@shared_task(name="into_kwargs")
def into_kwargs(order_id, *, note=""):
    pass


@shared_task(name="now_bound")
def now_bound(order_id, note=""):
    pass


@shared_task(name="typed")
def typed(order_id, note=""):
    pass


@shared_task(name="keyword_order")
def keyword_order(*, order_id, note=""):
    pass


@shared_task(name="swallowed_by_position")
def swallowed_by_position(order_id, currency="EUR"):
    pass


@shared_task(name="swallowed_by_keyword")
def swallowed_by_keyword(order_id, currency="EUR"):
    pass


def send(order):
    swallowed_by_position.delay(order, "USD")
    swallowed_by_keyword.delay(order, currency="USD")
