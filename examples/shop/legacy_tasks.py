"""The shop before celery-safe. Every mistake is real and common; `celery-safe lint` names them.

Nothing imports this file.
"""

from celery import Celery
from celery.schedules import crontab
from django.db import transaction

app = Celery("legacy")

# Whoever can write to the broker runs code in the worker.
app.conf.update(task_serializer="pickle", accept_content=["json", "pickle"])

app.conf.beat_schedule = {
    # Meant to run once at three: runs sixty times, at every minute of the hour.
    "nightly-report": {
        "task": "legacy.report",
        "schedule": crontab(hour=3),
    },
}


# The name is computed from the module: moving this function breaks messages in flight.
@app.task
def send_receipt(order_id, email):
    print(order_id, email)


# Celery accepts any option: the misspelt one does nothing at all.
@app.task(name="legacy.report", time_limt=60)
def report():
    print("report")


# Retry options without autoretry_for or self.retry(): nothing ever retries.
@app.task(name="legacy.sync_stock", max_retries=5, default_retry_delay=30)
def sync_stock(sku):
    print(sku)


# self.retry() raises Retry to tell the worker; the broad except eats it.
@app.task(name="legacy.charge", bind=True, max_retries=3)
def charge(self, order_id):
    try:
        try:
            print("charging", order_id)
        except ConnectionError as error:
            raise self.retry(exc=error)
    except Exception:
        print("could not charge", order_id)


def place_order(order):
    with transaction.atomic():
        order.save()
        # The worker may look for the order before it is committed, or after a rollback.
        charge.delay(order.id)
    # Wrong call: send_receipt wants two arguments.
    send_receipt.delay(order.id)
