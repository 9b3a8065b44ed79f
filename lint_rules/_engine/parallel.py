"""Parses the files of a run in several processes, where there are enough of both."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from lint_rules._engine import files, quiet, syntax
from lint_rules._engine.collect import collect
from lint_rules._engine.config import Config
from lint_rules._engine.module import Module
from lint_rules._engine.run import Run

#: What comes back has to be unpacked here, which takes a quarter of the time that it took to make:
#: two processes gain nothing by it.
MIN_CPUS = 4
MAX_JOBS = 8
#: Below so many bytes of files that speak of Celery, starting processes takes longer than parsing.
WORTH_IT = 1_500_000


def available() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def automatic() -> int:
    """How many processes are best here."""
    cpus = available()
    return min(cpus, MAX_JOBS) if cpus >= MIN_CPUS else 1


class ParallelRun(Run):
    """A run that lets other processes parse what speaks of Celery.

    Args:
        config: what to leave out.
        texts: stand for what is in some files.
        progress: is told after each file how many are done.
        jobs: how many processes.
        worth_it: how many bytes it takes.
    """

    def __init__(
        self,
        config: Config,
        texts: Mapping[Path, str],
        progress: Callable[[int], None],
        jobs: int,
        worth_it: int = WORTH_IT,
    ) -> None:
        super().__init__(config, texts, progress)
        self.jobs = jobs
        self.worth_it = worth_it
        self._parsing: dict[Path, Future[bytes | str | None]] = {}
        self._read: dict[Path, tuple[bytes, str]] = {}

    def discover(self, paths: Iterable[Path], excluded: Callable[[Path], bool]) -> Iterator[Path]:
        """The files of the run; those that matter are being parsed elsewhere by then."""
        found = list(dict.fromkeys(super().discover(paths, excluded)))
        matter: dict[Path, bytes] = {}
        for path in found:
            if path not in self.texts:
                try:
                    self._read[path] = raw, _ = files.read(path)
                except syntax.CannotCheck:
                    continue  # it is read again in its turn, and told then
                if files.speaks(raw):
                    matter[path] = raw
        if sum(map(len, matter.values())) < self.worth_it:
            yield from found
            return
        names = files.ModuleNames()
        with _pool(self.jobs) as pool:
            for path, raw in matter.items():
                name = names.of(path.absolute())
                self._parsing[path] = pool.submit(_parsed, path, name, raw)
            yield from found

    def module(self, path: Path, *, always: bool) -> Module | None:
        """The parsed file, from the process that did it; otherwise it is parsed here."""
        future = self._parsing.pop(path, None)
        try:
            answer = None if future is None else future.result()
        except BrokenProcessPool:
            answer = None
        if answer is not None:
            self._read.pop(path, None)
        if isinstance(answer, str):
            self._report(str(path), answer)
            return None
        if answer is None:
            return super().module(path, always=always)
        self.checked += 1
        module: Module = pickle.loads(answer)
        return module

    def _text(self, path: Path) -> tuple[bytes, str]:
        return self._read.pop(path, None) or super()._text(path)


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    # A fork has loaded everything already.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context(method))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _parsed(path: Path, name: tuple[str, ...], raw: bytes) -> bytes | str | None:
    """The packed module, or why the file cannot be checked; None if it cannot be packed."""
    try:
        text = files.decode(raw)
        return pickle.dumps(
            collect(path, name, text, quiet.parse(path, text)), pickle.HIGHEST_PROTOCOL
        )
    except syntax.CannotCheck as error:
        return str(error)
    except (RecursionError, pickle.PicklingError, TypeError, AttributeError):
        return None
