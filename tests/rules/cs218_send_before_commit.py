from celery import chain, shared_task
from django.db import models, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from haystack.signals import BaseSignalProcessor
from shop.helpers import find_or_make
from shop.models import Order


@shared_task(name="a")
def a(x):
    return x


@receiver(post_save, sender=Order)
def one(sender, instance, created, **kwargs):
    if created:
        a.delay(instance.pk)  # error: CS218


@receiver([pre_save, post_save], sender=Order)
def two(sender, instance, **kwargs):
    transaction.on_commit(lambda: a.delay(instance.pk))
    a.delay_on_commit(instance.pk)


def three(sender, instance=None, **kwargs):
    a.apply_async(args=[instance.pk])  # error: CS218


post_save.connect(three, sender=Order)


class Basket(models.Model):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        a.delay(self.pk)  # error: CS218

    def touch(self):
        self.save()
        a.delay(self.pk)  # error: CS218

    def ping(self):
        a.delay(self.pk)


def view(request):
    order = Order.objects.create(user=request.user)
    a.delay(order.pk)  # error: CS218


def deferred(request):
    order = Order.objects.create(user=request.user)
    transaction.on_commit(lambda: a.delay(order.pk))

    def send():
        a.delay(order.pk)

    transaction.on_commit(send)


def helped(lines):
    for line in lines:
        order, created = find_or_make(line)
        if created:
            a.delay(order.id)  # error: CS218


def chained(order):
    order.save()
    chain(a.si(order.pk), a.s()).apply_async()  # error: CS218


def stored(form):
    order = form.save()
    signature = a.signature(kwargs={"x": order.pk}, immutable=True)
    signature.apply_async()  # error: CS218


def by_user(request):
    a.delay(request.user.pk)


def only_read(pk):
    order = Order.objects.get(pk=pk)
    a.delay(order.pk)
    order.save()


def not_committed(form):
    order = form.save(commit=False)
    a.delay(order.number)


def later(form):
    order = form.save()
    a.apply_async((order.pk,), countdown=5)


@shared_task(name="b")
def b(x):
    order = Order.objects.create(number=x)
    a.delay(order.pk)


def sync(order):
    a.delay(order.pk)


def sync_quietly(order, quiet=True):
    if not quiet:
        sync(order)


@receiver(post_save, sender=Order)
def through_a_function(sender, instance, **kwargs):
    sync(instance)  # error: CS218
    sync_quietly(instance)
    sync_quietly(instance, quiet=False)  # error: CS218
    transaction.on_commit(lambda: sync(instance))


class Config:
    def ready(self):
        post_save.connect(self.on_save, sender=Order)
        post_save.connect(Config.on_each, sender=Order)

    def on_save(self, instance, **kwargs):
        a.delay(instance.pk)  # error: CS218

    @classmethod
    def on_each(cls, instance, **kwargs):
        a.delay(instance.pk)  # error: CS218

    def other(self, instance, **kwargs):
        a.delay(instance.pk)


def soon(form):
    order = form.save()
    a.apply_async((order.pk,), countdown=1)  # error: CS218
    a.apply_async((order.pk,), countdown=form.wait)


class Indexing(BaseSignalProcessor):
    def handle_save(self, sender, instance, **kwargs):
        a.delay(instance.pk)  # error: CS218
        self.index.delay(instance.pk)  # error: CS218
        transaction.on_commit(lambda: a.delay(instance.pk))

    def other(self, sender, instance, **kwargs):
        a.delay(instance.pk)

    @shared_task(name="shop.index")
    def index(pk):
        return pk


class NoProcessor(Other):
    def handle_save(self, sender, instance, **kwargs):
        a.delay(instance.pk)


@transaction.non_atomic_requests
def without_transaction(request):
    order = Order.objects.create(paid=False)
    a.delay(order.pk)


class Serializer:
    def update(self, instance, data):
        changed = super().update(instance, data)
        a.delay(changed.pk)  # error: CS218
        return changed


class Progress:
    def save(self):
        pass


def of_no_row(order):
    progress = Progress()
    progress.save()
    a.delay(progress.pk)
    other = Order(paid=True)
    other.save()
    a.delay(other.pk)  # error: CS218
