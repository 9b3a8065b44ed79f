"""What one call of the command does: check, fix, ignore, compare with the baseline."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from lint_rules._engine import baseline, disk, fix, ignoring, writing
from lint_rules._engine.baseline import Entry, Split
from lint_rules._engine.cache import Cache, NoKey, listing
from lint_rules._engine.config import Config
from lint_rules._engine.fix import Fixed, NotFixed
from lint_rules._engine.parallel import ParallelRun
from lint_rules._engine.report import Result
from lint_rules._engine.rules import Rule, check_run
from lint_rules._engine.run import Run
from lint_rules._engine.since import Revision

_AFTERWARDS = frozenset({"tell", "progress", "jobs", "raw", "baseline", "texts"})


class JobError(Exception):
    """It cannot be done; the message says why, and what to do."""


@dataclass(frozen=True)
class Job:
    """What is checked with what.

    ``texts`` stand for what is in some files; ``raw`` is the one of standard input, undecoded.
    ``tell`` is told what somebody should know who reads the findings, ``progress`` after each file
    how many are done; ``jobs`` is how many processes parse; ``before`` is what it is
    compared with.
    """

    paths: tuple[Path, ...]
    config: Config
    rules: tuple[Rule, ...]
    tell: Callable[[str], None]
    texts: Mapping[Path, str] = field(default_factory=dict)
    raw: bytes = b""
    baseline: Path | None = None
    progress: Callable[[int], None] = lambda _: None
    jobs: int = 1
    before: Revision | None = None

    def run(self, texts: Mapping[Path, str] | None = None) -> Result:
        """Check everything, with other texts for some files."""
        texts = self.texts if texts is None else texts
        run = (
            ParallelRun(self.config, texts, self.progress, self.jobs)
            if self.jobs > 1
            else Run(self.config, texts, self.progress)
        )
        return check_run(run, self.paths, self.rules, self.before)

    def cached(self, folder: Path) -> Result:
        """As :meth:`run`, or what an earlier run found if nothing has changed since."""
        if self.texts:
            return self.run()
        # All fields but those that only say what becomes of the result.
        key = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _AFTERWARDS}
        try:
            kept = Cache(folder, key, self.rules)
        except NoKey:
            return self.run()
        before = listing(self.paths, self.config.exclude, self.config.root)
        found = kept.load(before)
        if found is not None:
            return found
        with disk.traced() as trace:
            result = self.run()
        if listing(self.paths, self.config.exclude, self.config.root) == before:
            try:
                kept.save(result, trace, before)
            except OSError as error:
                self.tell(
                    f"the cache {folder} cannot be written: {error.strerror}; "
                    "--no-cache does without"
                )
        return result

    def fixes(self, result: Result, *, unsafe: bool) -> list[Fixed]:
        """The files as the fixes make them."""
        kinds = frozenset({fix.SAFE, fix.UNSAFE} if unsafe else {fix.SAFE})
        fixed, left = fix.plan(
            result.findings, kinds, lambda texts: self.run(texts).findings, self.texts
        )
        for one in left:
            some = "only in part" if any(one.path == done.path for done in fixed) else "not"
            self.tell(f"{one.path} is {some} fixed: {one.reason}")
        return fixed

    def ignores(self, result: Result, reason: str) -> list[Fixed]:
        """The files with a comment at each finding that the baseline does not have.

        Raises:
            JobError: ``reason`` is none, or the baseline cannot be read.
        """
        fresh = self.fresh(result)
        try:
            commented = ignoring.with_comments(fresh, reason)
        except ValueError as error:
            raise JobError(str(error)) from error
        new = set(fresh.findings)
        others = [f for f in result.findings if f not in new]
        fixed, left = fix.plan(
            [*commented.findings, *others],
            frozenset({ignoring.KIND}),
            lambda texts: self.run(texts).findings,
            self.texts,
        )
        for path, why in [*commented.left, *((str(one.path), one.reason) for one in left)]:
            self.tell(f"{path} gets no comment: {why}")
        return fixed

    def write(self, fixed: list[Fixed]) -> tuple[list[Fixed], list[NotFixed]]:
        """Write the files: those that are written, and those that cannot be."""
        done: dict[Path, Fixed] = {}
        left = []
        for one in sorted(fixed, key=lambda one: one.path.is_symlink()):
            if one.path.resolve() in done:
                continue  # a link to it: what is fixed there would be written twice
            try:
                writing.write(one)
            except writing.NotWritten as error:
                left.append(NotFixed(one.path, str(error)))
            else:
                done[one.path.resolve()] = one
        return list(done.values()), left

    def write_text(self, fixed: list[Fixed]) -> Mapping[Path, str]:
        """Write standard input as it is fixed to standard output; the text.

        Raises:
            JobError: its encoding has not all of it.
        """
        texts = {**self.texts, **{one.path: one.after for one in fixed}}
        try:
            for text in texts.values():
                sys.stdout.buffer.write(writing.encoded(text, self.raw))
        except writing.NotWritten as error:
            raise JobError(f"standard input is not fixed: {error}") from error
        sys.stdout.flush()
        return texts

    def fresh(self, result: Result, *, prune: bool = False) -> Result:
        """The result without what the baseline has; with ``prune`` that forgets what is gone.

        Raises:
            JobError: the baseline cannot be read.
        """
        if self.baseline is None:
            return result
        try:
            entries = baseline.load(self.baseline)
        except baseline.BaselineError as error:
            raise JobError(str(error)) from error
        parts = baseline.split(result, entries, self.baseline, self.paths)
        if prune and parts.stale:
            self._prune(parts, entries, self.baseline)
        return parts.fresh

    def _prune(self, parts: Split, entries: list[Entry], file: Path) -> None:
        first = parts.stale[0]
        count = f"{len(parts.stale)} of {len(entries)} entries"
        gone = f"{first.code} in {first.path}"
        try:
            baseline.prune(parts, entries, file)
        except baseline.BaselineError as error:
            self.tell(f"{count} of {file} are found no more, such as {gone}, but {error}")
        else:
            self.tell(f"{count} are taken out of {file}, they are found no more: such as {gone}")

    def write_baseline(self, result: Result) -> None:
        """Write what is found into the baseline file.

        Raises:
            JobError: no such file is named, or it cannot be written.
        """
        if self.baseline is None:
            raise JobError("--write-baseline needs --baseline FILE, or `baseline` configured")
        try:
            count, gone = baseline.write(result, self.baseline, self.paths)
        except baseline.BaselineError as error:
            raise JobError(str(error)) from error
        self.tell(f"{self.baseline} has {count} entries now; {gone} were taken out")
