from celery import shared_task


@shared_task(name="appended")
def appended(order_id):
    pass


@shared_task(name="keyword_only")
def keyword_only(order_id):
    pass


@shared_task(name="any_keyword")
def any_keyword(order_id, **kwargs):
    pass


@shared_task(name="required")
def required(order_id):
    pass


@shared_task(name="default_changed")
def default_changed(order_id, note=""):
    pass


@shared_task(name="renamed")
def renamed(order_id, note=""):
    pass
