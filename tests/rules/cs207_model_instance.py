from functools import partial

from celery import shared_task
from django.db import models, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.shortcuts import get_object_or_404
from shop.models import Order


@shared_task(name="a")
def a(x, y=None):
    pass


def view(request, pk, cache):
    order = Order.objects.get(pk=pk)
    a.delay(order)  # error: CS207
    a.delay(order.pk, y=order)  # error: CS207
    a.apply_async((request.user,))  # error: CS207
    a.apply_async(kwargs={"x": get_object_or_404(Order, pk=pk)})  # error: CS207
    a.s(Order.objects.filter(paid=True).first()).apply_async()  # error: CS207
    a.delay(order.pk)
    a.delay(request.user.pk)
    cached = cache.get(pk)
    a.delay(cached)
    if pk:
        row = Order.objects.get(pk=pk)
    else:
        row = 3
    a.delay(row)
    for item in Order.objects.all():
        a.delay(item.pk)
    a.delay(Order.objects.values_list("pk", flat=True).first())
    a.delay(order.save())  # error: CS207
    a.delay(cache.save("name", pk))


class View:
    def post(self, request):
        created = Order.objects.create(paid=False)
        a.delay(created)  # error: CS207
        one = self.get_object()
        a.delay(one)  # error: CS207


@receiver(post_save, sender=Order)
def saved(sender, instance, **kwargs):
    a.delay(instance)  # error: CS207
    a.delay(instance.pk)


def no_receiver(instance):
    a.delay(instance)


def rebound(pk):
    value = Order.objects.get(pk=pk)
    for value in [1, 2]:
        a.delay(value)


def loops(ids):
    for order in Order.objects.filter(paid=True).select_related("user").iterator():
        a.delay(order)  # error: CS207
        a.delay(order.user)  # error: CS207
        a.delay(order.state)
    unpaid = Order.objects.exclude(paid=True)
    for late in unpaid:
        a.delay(late)  # error: CS207
    [a.s(one).apply_async() for one in Order.objects.all()]  # error: CS207
    for pk in Order.objects.values_list("pk", flat=True):
        a.delay(pk)
    keys = Order.objects.filter(paid=True).values_list("pk", flat=True)
    for key in keys:
        a.delay(key)
    for either in Order.objects.all():
        a.delay(either)
    for either in ids:
        a.delay(either)


def unpacked(pk):
    order, created = Order.objects.get_or_create(pk=pk)
    a.delay(order)  # error: CS207
    a.delay(created)
    typed: Order = Order.objects.get(pk=pk)
    a.delay(typed)  # error: CS207
    if (walrus := Order.objects.filter(pk=pk).first()) is not None:
        a.delay(walrus)  # error: CS207


class Note(db.Model):
    pass


class Part(Base):
    __tablename__ = "parts"


class Price(BaseModel):
    pass


@shared_task(name="typed")
def typed(note: Note, part: Part = None, price: Price = None):
    pass


@shared_task(name="converted", pydantic=True)
def converted(note: Note):
    pass


def of_sqlalchemy(pk, session, find, price):
    note = find(pk)
    typed.delay(note)  # error: CS207
    typed.apply_async([note], {"part": note})  # error: CS207 CS207
    typed.delay(note.id, price=price)
    typed.delay(pk)
    converted.delay(note)
    row = session.query(Note).filter_by(id=pk).first()
    a.delay(row)  # error: CS207
    a.delay(Note.query.get_or_404(pk))  # error: CS207
    a.delay(session.query(Note.id).first())
    a.delay(session.query(Note, Part).first())
    a.delay(Note.query.with_entities(Note.id).first())
    a.delay(row.id)


class Invoice(models.Model):
    total = models.IntegerField()


class Paid(Invoice):
    pass


class Amount:
    pass


def of_forms(form, serializer, file):
    saved = serializer.save()
    a.delay(saved)  # error: CS207
    a.delay(saved.pk)
    made = form.save(commit=False)
    a.delay(made)  # error: CS207
    order_id = form.save()
    a.delay(order_id)
    path = file.save()
    a.delay(path)


def in_containers_and_later(pk):
    order = Order.objects.get(pk=pk)
    a.delay([order])  # error: CS207
    a.delay({"order": order})  # error: CS207
    a.delay({"order": order.pk})
    transaction.on_commit(partial(a.delay, order))  # error: CS207
    transaction.on_commit(partial(a.delay, order.pk))


def of_classes(invoice: Invoice, paid: "Paid | None", amount: Amount, bound: Invoice):
    a.delay(invoice)  # error: CS207
    a.delay(invoice.total)
    a.delay(paid)  # error: CS207
    a.delay(amount)
    bound = bound.total
    a.delay(bound)
    new = Invoice(total=1)
    a.delay(new)  # error: CS207
    other = Amount()
    a.delay(other)


def of_sqlalchemy(session, client, select, url, key):
    a.delay(session.get(Order, 1))  # error: CS207
    found = session.query(Order).filter_by(paid=True).first()
    a.delay(found)  # error: CS207
    a.delay(Order.query.get_or_404(1))  # error: CS207
    for row in session.scalars(select(Order).where(Order.paid)):
        a.delay(row)  # error: CS207
        a.delay(row.total)
    one = session.execute(select(Order)).scalar_one()
    a.delay(one)  # error: CS207
    a.delay(session.execute(select(Order.total)).scalar_one())
    a.delay(session.query(Order.total).first())
    a.delay(session.query(Order).with_entities(key).first())
    a.delay(session.get(url, key))
    a.delay(client.get(Order, 1))


@shared_task(name="of_models", pydantic=True)
def of_models(invoice):
    pass


def to_pydantic(invoice: Invoice):
    of_models.delay(invoice)
