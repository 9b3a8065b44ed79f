from celery import Celery

app = Celery("shop")
app.conf.task_routes = {
    "shop.orders.*": {"queue": "orders"},
    "shop.mail.*": {"queue": "mail"},  # error: CS213
    "shop.orders.charge": {"queue": "slow"},
    "shop.orders.chareg": {"queue": "slow"},  # error: CS213
    "warehouse.*": {"queue": "warehouse"},
    "*.charge": {"queue": "slow"},
    "celery.backend_cleanup": {"queue": "slow"},
}


@app.task(name="shop.orders.charge")
def charge(x):
    return x
