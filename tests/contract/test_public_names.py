"""What is public: the facade's listing, the names behind it, and their reference page."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import celery_safe

ROOT = Path(__file__).resolve().parents[2]


def test_listing_equals_all() -> None:
    assert len(celery_safe.__all__) == len(set(celery_safe.__all__))
    assert set(celery_safe._WHERE) == set(celery_safe.__all__) - {"__version__"}


@pytest.mark.parametrize("name", sorted(celery_safe._WHERE))
def test_name_can_be_imported(name: str) -> None:
    module = importlib.import_module(celery_safe._WHERE[name])
    assert getattr(celery_safe, name) is getattr(module, name)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="SafeCelry"):
        _ = celery_safe.SafeCelry  # type: ignore[attr-defined]


def test_every_error_is_public_and_documented() -> None:
    errors = importlib.import_module("celery_safe.errors")
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined <= set(celery_safe.__all__)
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    assert [
        name for name in sorted(defined) if f"`{name}`" not in page.replace("celery_safe.", "")
    ] == []
