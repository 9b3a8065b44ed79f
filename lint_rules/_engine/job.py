"""What one call of the command does: check, fix, ignore, compare with the baseline."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from lint_rules._engine import baseline, disk, fix, ignoring
from lint_rules._engine.cache import Cache, NoKey, listing
from lint_rules._engine.config import Config
from lint_rules._engine.fix import Fixed
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
            some = "in part" if any(one.path == done.path for done in fixed) else "not"
            self.tell(f"{one.path} is fixed {some}: {one.reason}")
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

    def write(self, fixed: list[Fixed]) -> Result:
        """Write the files, or standard input to standard output; the result of checking again.

        Raises:
            JobError: a file cannot be written.
        """
        if self.texts:
            texts = {**self.texts, **{one.path: one.after for one in fixed}}
            for text in texts.values():
                sys.stdout.buffer.write(fix.encoded(text, self.raw))
            sys.stdout.flush()
            return self.run(texts)
        for one in fixed:
            try:
                fix.write(one)
            except (OSError, RuntimeError) as error:
                raise JobError(str(error)) from error
        return self.run()

    def fresh(self, result: Result, *, tell: bool = False) -> Result:
        """The result without what the baseline has.

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
        if tell and parts.stale:
            first = parts.stale[0]
            self.tell(
                f"{len(parts.stale)} entries of {self.baseline} are found no more, such as "
                f"{first.code} in {first.path}; --write-baseline takes them out"
            )
        return parts.fresh

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
