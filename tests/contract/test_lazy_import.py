"""Importing the package costs nothing: the heavy parts are loaded when they are first used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"celery", "kombu", "libcst", "click", "pydantic"}


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_package_loads_nothing_heavy() -> None:
    modules = loaded_by("import celery_safe")
    assert "celery_safe" in modules
    assert not modules & HEAVY


@pytest.mark.parametrize("name", ["CelerySafeError", "UnsafeSetting", "MissingExtra"])
def test_errors_load_nothing_heavy(name: str) -> None:
    assert not loaded_by(f"from celery_safe import {name}") & HEAVY


def test_the_check_can_fail() -> None:
    assert "click" in loaded_by("import click")
