from celery import shared_task


@shared_task(name="a")
def a(order_id):  # error: CS102
    pass


@shared_task(name="b", bind=True)
def b(
    self,
    order_id,  # error: CS102
    note="",
    *args,
    currency: str,  # error: CS102
    **kwargs,
):
    pass


@shared_task(name="c")
def c(order_id=None, *, note=None):
    pass


@shared_task(name="d", bind=True)
def d(self):
    pass


def plain(order_id):
    pass
