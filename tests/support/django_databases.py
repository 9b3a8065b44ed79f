"""Django in the process of the tests, with databases that are added while it runs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from typing import Any

import django
from django.conf import settings
from django.db import connections

APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "celery_safe.contrib.django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}


def _file() -> str:
    folder = tempfile.mkdtemp(prefix="celery-safe-django-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"{folder}/default.db"


def set_up() -> None:
    """Configure Django, once in a process."""
    if settings.configured:
        return
    settings.configure(
        SECRET_KEY="of a test", USE_TZ=True, INSTALLED_APPS=APPS, MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[TEMPLATES], ROOT_URLCONF="support.django_urls", ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _file()}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )  # fmt: skip
    django.setup()


def add(**database: Any) -> str:
    """Add a database; its alias."""
    set_up()
    alias = f"db{uuid.uuid4().hex}"
    made = connections.configure_settings({"default": {}, alias: database})
    connections.databases[alias] = made[alias]
    return alias


def remove(alias: str) -> None:
    """Close this thread's connection to it, and forget it."""
    connections[alias].close()
    del connections[alias]
    del connections.databases[alias]
