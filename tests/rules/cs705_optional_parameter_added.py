# What it was is in before/.
from celery import shared_task


@shared_task(name="appended")
def appended(order_id, currency="EUR"):  # error: CS705
    pass


@shared_task(name="keyword_only")
def keyword_only(order_id, *, currency="EUR"):  # error: CS705
    pass


# The old workers take it too.
@shared_task(name="any_keyword")
def any_keyword(order_id, currency="EUR", **kwargs):
    pass


# CS703.
@shared_task(name="required")
def required(order_id, currency):
    pass


@shared_task(name="default_changed")
def default_changed(order_id=None, note="-"):
    pass


# CS704.
@shared_task(name="renamed")
def renamed(order_id, remark=""):
    pass


@shared_task(name="quite_new")
def quite_new(order_id, currency="EUR"):
    pass
