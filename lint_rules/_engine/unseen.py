"""Which of the files that could not be checked leave open what is in the project."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lint_rules._engine import disk, files, makers
from lint_rules._engine.findings import Unchecked
from lint_rules._engine.module import Module


def unseen(
    unchecked: Iterable[Unchecked], modules: Iterable[Module], decorators: Iterable[str]
) -> list[Unchecked]:
    """Those that may have a task, a send or a setting: no old script without a word of Celery.

    Args:
        unchecked: all that could not be checked.
        modules: those that could.
        decorators: task decorators that are configured.
    """
    uses = makers.uses(modules, decorators)
    found = []
    for one in unchecked:
        try:
            raw = disk.read_bytes(Path(one.path))
        except OSError:
            found.append(one)
            continue
        if files.speaks(raw) or (uses is not None and uses.search(raw)):
            found.append(one)
    return found
