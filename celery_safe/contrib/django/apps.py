"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig


class CelerySafeConfig(AppConfig):
    """Found by Django by itself."""

    name = "celery_safe.contrib.django"
    label = "celery_safe"
    verbose_name = "Celery"
    default_auto_field = "django.db.models.BigAutoField"
