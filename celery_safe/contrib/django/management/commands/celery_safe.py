"""``manage.py celery_safe ...``: the command ``celery-safe``, with the project's app found by itself."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

#: Where the commands read the app that nobody has named by -A.
_VARIABLE = "CELERY_APP"
#: What ``manage.py`` itself has read.
_OF_DJANGO = ("--settings", "--pythonpath")


class Command(BaseCommand):
    """Hands its words over; options and exit codes are those of ``celery-safe``."""

    help = (
        "celery-safe with this project's Celery app: relay, outbox, messages, why and all others."
    )

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as ``celery-safe`` would, and end the process with its exit code."""
        self._run(f"{Path(argv[0]).name} {argv[1]}", _words(argv[2:]))

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the help of ``celery-safe``, and end the process."""
        self._run(f"{Path(prog_name).name} {subcommand}", ["--help"])

    def add_arguments(self, parser: CommandParser) -> None:
        """For ``call_command("celery_safe", "relay", "--once")``."""
        parser.add_argument("words", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run for :func:`django.core.management.call_command`.

        Raises:
            CommandError: with its exit code, if that is not 0.
        """
        try:
            self._run("celery_safe", [*args, *options["words"]])
        except SystemExit as end:
            if end.code:
                raise CommandError(
                    f"celery_safe ended with {end.code}", returncode=int(end.code)
                ) from end

    def _run(self, prog: str, words: list[str]) -> None:
        from celery_safe.cli import main

        before = os.environ.get(_VARIABLE)
        if before is None and (found := next(_apps(), None)) is not None:
            os.environ[_VARIABLE] = found
        try:
            main.main(words, prog_name=prog)
        finally:
            if before is None:
                os.environ.pop(_VARIABLE, None)
            connections.close_all()


def _words(argv: list[str]) -> list[str]:
    words, skip = [], False
    for word in argv:
        is_ours = not skip and word.partition("=")[0] not in _OF_DJANGO
        skip = not skip and word in _OF_DJANGO
        if is_ours:
            words.append(word)
    return words


def _apps() -> Iterator[str]:
    """Where the project's Celery app may be: ``proj.celery`` or ``proj`` for settings in ``proj.settings``."""
    named = [getattr(settings, name, None) for name in ("ROOT_URLCONF", "WSGI_APPLICATION")]
    for module in [os.environ.get("DJANGO_SETTINGS_MODULE"), *named]:
        package = str(module or "").rpartition(".")[0]
        while package:
            if importlib.util.find_spec(package) is not None:
                if _has_module(package):
                    yield f"{package}.celery"
                elif hasattr(importlib.import_module(package), "app"):
                    yield package
            package = package.rpartition(".")[0]


def _has_module(package: str) -> bool:
    try:
        return importlib.util.find_spec(f"{package}.celery") is not None
    except ModuleNotFoundError:  # a module, and no package
        return False
