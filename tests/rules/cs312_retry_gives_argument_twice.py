from celery import shared_task


@shared_task(name="shop.charge", bind=True)
def charge(self, order, amount=0, note=""):
    try:
        order.upper()
    except KeyError as error:
        self.retry(exc=error, kwargs={"order": order})  # error: CS312
        self.retry(exc=error, kwargs={"note": note, "amount": amount})  # error: CS312
    except ValueError as error:
        self.retry(exc=error, kwargs={"note": "again"})
        self.retry(exc=error, args=(), kwargs={"order": order})
        self.retry((), {"order": order}, exc=error)
        self.retry(exc=error, kwargs=note)
        self.retry(exc=error)


@shared_task(name="shop.mail", bind=True)
def mail(self, order):
    self.retry(kwargs={"order": order})


@shared_task(name="shop.apart")
def apart(order):
    apart.retry(kwargs={"order": order})  # error: CS312


@shared_task(name="shop.unseen", bind=True)
def unseen(self, order):
    self.retry(kwargs={"order": order})


def view(order, rest):
    charge.delay(order)
    charge.delay(order, 5, note="x")
    mail.delay(order=order)
    mail.apply_async(kwargs={"order": order})
    apart.apply_async((order,), countdown=5)
    unseen.delay(*rest)


@shared_task(name="with_dict", bind=True)
def with_dict(self, order, force=False):
    raise self.retry(kwargs=dict(order=order, force=True))  # error: CS312


@shared_task(name="with_name", bind=True)
def with_name(self, order):
    kwargs = {"order": order}
    raise self.retry(kwargs=kwargs)  # error: CS312


with_dict.delay(1)
with_name.apply_async((1,))
