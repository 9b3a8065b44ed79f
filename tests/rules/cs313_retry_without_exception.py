from celery import shared_task


@shared_task(name="a", bind=True)
def a(self, order):
    try:
        charge(order)
    except OSError as error:
        self.retry(exc="the bank is away")  # error: CS313
        self.retry(countdown=5, exc=f"order {order}")  # error: CS313
        self.retry(exc="order {}".format(order))  # error: CS313
        self.retry(exc="order %s" % order)  # error: CS313
        self.retry(exc="order " + order)  # error: CS313
        self.retry(exc=str(error))  # error: CS313
        a.retry(exc="")  # error: CS313
        self.retry(exc=error)
        self.retry(exc=Exception("the bank is away"))
        self.retry(exc=TimeoutError)
        self.retry(exc=None)
        self.retry(exc=make(error))
        self.retry()
        other.retry(exc="no task")
