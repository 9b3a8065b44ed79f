"""Checks again whenever a file changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from lint_rules._engine import files
from lint_rules._engine.job import Job
from lint_rules._engine.report import Result
from lint_rules._engine.session import Session

#: Seconds between two looks at the times of the files.
INTERVAL = 0.5
_Stamps = dict[str, tuple[int, int, int] | None]


def results(
    job: Callable[[], Job | None],
    interval: float = INTERVAL,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Result]:
    """The result now, and another one after each change.

    Only the files that changed are parsed again; when the configuration changes, all are.

    Args:
        job: reads the configuration and says what to check; None if the configuration is wrong:
            then the last one holds until it changes again. Without a first one there is nothing.
        interval: seconds between two looks.
        wait: sleeps.
    """
    current = job()
    if current is None:
        return
    session = Session(current.paths, current.config, current.rules)
    settings = _settings(current)
    while True:
        before = _stamps(current)
        yield _shown(current.fresh(session.check(before=current.before)))
        while _stamps(current) == before and _settings(current) == settings:
            wait(interval)
        session.refresh()
        is_new = _settings(current) != settings
        settings = _settings(current)
        # What it is compared with may be another, too: more files have changed since.
        new = job()
        if new is not None:
            current = new
            if is_new:
                session = Session(new.paths, new.config, new.rules)


def _shown(result: Result) -> Result:
    """With paths as short as they can be."""

    def short(path: str) -> str:
        relative = os.path.relpath(path)
        return path if relative.startswith("..") else relative

    return replace(
        result,
        findings=[replace(f, path=short(f.path)) for f in result.findings],
        unchecked=[replace(u, path=short(u.path)) for u in result.unchecked],
        lines={short(path): lines for path, lines in result.lines.items()},
    )


def _stamps(job: Job) -> _Stamps:
    excluded = files.excluder(job.config.exclude, job.config.root)
    found = files.discover(job.paths, excluded, lambda _path, _why: None)
    return {str(path): _stamp(path) for path in found}


def _settings(job: Job) -> _Stamps:
    """Of what the configuration is read from: any such file at or above the paths."""
    folders = {f for p in job.paths for f in (p.absolute(), *p.absolute().parents)}
    found = {str(f / "pyproject.toml"): _stamp(f / "pyproject.toml") for f in folders}
    if job.baseline is not None:
        found[str(job.baseline)] = _stamp(job.baseline)
    return found


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
