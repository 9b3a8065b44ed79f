"""Apps and shared tasks of one test know nothing of those of the next."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import pytest
from celery import _state


@pytest.fixture(autouse=True)
def _own_shared_tasks() -> Iterator[None]:
    before = set(_state._on_app_finalizers)
    apps, _state._apps = _state._apps, weakref.WeakSet()
    yield
    _state._apps = apps
    _state._on_app_finalizers.clear()
    _state._on_app_finalizers.update(before)
