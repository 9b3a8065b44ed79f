"""The project's app and store, as the admin's pages use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from celery import current_app

from celery_safe.app import SafeCelery
from celery_safe.errors import NoStore


class Unusable(Exception):
    """Why there is nothing to show; one sentence for the page."""


@dataclass(frozen=True)
class Project:
    """What the pages work on; ``rate`` is how many messages a second are sent."""

    app: SafeCelery
    store: Any
    using: str
    rate: float


def project() -> Project:
    """The app that Celery knows as the current one, with its tasks imported.

    Raises:
        Unusable: it is no SafeCelery, or its messages are not in a Django database.
    """
    from celery_safe.store.django import DjangoStore

    app = current_app._get_current_object()
    if not isinstance(app, SafeCelery):
        raise Unusable(
            f"The current app is a {type(app).__name__}, not a SafeCelery: import it in your "
            "project's __init__.py, as Celery's guide for Django says"
        )
    try:
        store = app.store
    except NoStore as error:
        raise Unusable(str(error)) from error
    if not isinstance(store, DjangoStore):
        raise Unusable(
            f"The app's store is a {type(store).__name__}: its messages are not in Django's "
            "database; use `celery-safe messages`"
        )
    app.loader.import_default_modules()
    app.finalize()
    return Project(app, store, store.using, float(app.conf.get("safe_release_rate")))
