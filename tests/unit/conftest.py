"""Shared tasks of one test stay out of the apps of the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import _state


@pytest.fixture(autouse=True)
def _own_shared_tasks() -> Iterator[None]:
    before = set(_state._on_app_finalizers)
    yield
    _state._on_app_finalizers.clear()
    _state._on_app_finalizers.update(before)
