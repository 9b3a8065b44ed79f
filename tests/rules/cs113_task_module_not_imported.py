from celery import shared_task

CELERY_IMPORTS = ("orders", "stock")


@shared_task(name="a")  # error: CS113
def a():
    pass


@shared_task(name="b")
def b():
    pass
