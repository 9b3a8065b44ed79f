from celery import chain, chord, group, shared_task


@shared_task(name="shop.charge")
def charge(order):
    pass


@shared_task(name="shop.mail", ignore_result=True)
def mail(order):
    pass


@shared_task(name="shop.total", ignore_result=True)
def total(amounts):
    pass


@shared_task(name="shop.unclear", ignore_result=total.ignore_result)
def unclear(order):
    pass


def wrong(order, orders):
    mail.delay(order).get(timeout=5)  # error: CS403
    sent = mail.apply_async((order,))
    sent.get(timeout=5)  # error: CS403
    mail.s(order).delay().get(timeout=5)  # error: CS403
    group(mail.s(one) for one in orders).apply_async().join(timeout=5)  # error: CS403
    parts = []
    for one in orders:
        parts.append(charge.s(one) | mail.s())
    job = group(parts)
    job.apply_async().join(timeout=5)  # error: CS403
    chord([charge.s(order), mail.s(order)], total.s())  # error: CS403
    chord(mail.s(one) for one in orders)(total.s())  # error: CS403
    chord([chain(charge.s(order), mail.s())], total.s())  # error: CS403


def right(order, orders):
    mail.delay(order)
    charge.delay(order).get(timeout=5)
    mail.apply_async((order,), ignore_result=False).get(timeout=5)
    unclear.delay(order).get(timeout=5)
    chain(mail.s(order), charge.s()).apply_async().get(timeout=5)
    group(charge.s(one) for one in orders).apply_async().join(timeout=5)
    group(mail.s(one) for one in orders).apply_async()
    chord([charge.s(order)], total.s())
    chord([chain(mail.s(order), charge.s())], total.s())
    chord([mail.s(order).set(ignore_result=False)], total.s())
    parts = []
    for one in orders:
        parts.append(mail.s(one) | charge.s())
    group(parts).apply_async().join(timeout=5)
