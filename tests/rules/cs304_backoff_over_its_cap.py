from celery import shared_task


@shared_task(name="a", autoretry_for=(OSError,), retry_backoff=600)  # error: CS304
def a():
    pass


@shared_task(name="b", autoretry_for=(OSError,), retry_backoff=60 * 60)  # error: CS304
def b():
    pass


@shared_task(name="c", autoretry_for=(OSError,), retry_backoff=60, retry_backoff_max=30)  # error: CS304
def c():
    pass


@shared_task(name="d", autoretry_for=(OSError,), retry_backoff=True)
def d():
    pass


@shared_task(name="e", autoretry_for=(OSError,), retry_backoff=3600, retry_backoff_max=86400)
def e():
    pass


@shared_task(name="f", autoretry_for=(OSError,), retry_backoff=3600, retry_backoff_max=CAP)
def f():
    pass


@shared_task(name="g", autoretry_for=(OSError,), retry_backoff=5)
def g():
    pass
