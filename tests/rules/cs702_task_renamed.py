# What it was is in before/.
from celery import Celery, shared_task

app = Celery("shop")


@shared_task  # error: CS702
def charge_order(order_id):
    print("charge", order_id)
    return order_id


@shared_task(name="shop.give_back")  # error: CS702
def refund(order_id):
    print("refund", order_id)


# It is what Celery called it before.
@shared_task(name="cs702_task_renamed.gets_its_own_name")
def gets_its_own_name_now(order_id):
    print("own", order_id)


@shared_task
def with_alias_now(order_id):
    print("alias", order_id)


@shared_task(name="cs702_task_renamed.with_alias")
def old_name_of_with_alias(order_id):
    return with_alias_now(order_id)


@app.task(name="shop.mapped_now")
def mapped(order_id):
    print("mapped", order_id)


RENAMED = {"shop.mapped": "shop.mapped_now"}
for old, new in RENAMED.items():
    app.tasks[old] = app.tasks[new]


@shared_task
def quite_new(user_id, text):
    print("mail", user_id, text)
