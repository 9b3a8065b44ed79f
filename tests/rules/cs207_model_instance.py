from celery import shared_task
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
