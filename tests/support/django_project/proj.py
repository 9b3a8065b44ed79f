"""The recipe of Celery's own Django guide; the class comes from the environment."""

import os

from celery import Celery

from celery_safe import SafeCelery
from celery_safe.broker import register

register()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
app = {"safe": SafeCelery, "plain": Celery}[os.environ["APP"]]("proj")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def periodic(sender, **kwargs):
    sender.add_periodic_task(0.3, sender.tasks["shop.tasks.tick"].s(), name="tick")
