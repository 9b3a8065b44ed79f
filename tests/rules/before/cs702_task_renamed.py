from celery import Celery, shared_task

app = Celery("shop")


@shared_task
def charge(order_id):
    print("charge", order_id)
    return order_id


@shared_task(name="shop.refund")
def refund(order_id):
    print("refund", order_id)


@shared_task
def gets_its_own_name(order_id):
    print("own", order_id)


@shared_task
def with_alias(order_id):
    print("alias", order_id)


@app.task(name="shop.mapped")
def mapped(order_id):
    print("mapped", order_id)
