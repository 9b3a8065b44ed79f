"""The options of ``celery-safe lint`` together, and which do not go together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

STDIN = Path("-")


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    paths: tuple[Path, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    preset: str | None
    celery_version: str | None
    since: str | None
    fix: bool
    unsafe_fixes: bool
    diff: bool
    add_ignore: str | None
    baseline: Path | None
    write_baseline: bool
    output_format: str
    output_file: Path | None
    statistics: bool
    exit_zero: bool
    show_files: bool
    watch: bool
    jobs: str
    cache_dir: Path | None
    no_cache: bool
    stdin_filename: Path | None

    @property
    def writes(self) -> bool:
        """Whether files are changed, or would be."""
        return self.fix or self.diff or self.add_ignore is not None

    def refuse_what_makes_no_sense(self) -> None:
        """Options that do not go together."""
        fixing = self.fix or self.diff
        for wrong, message in (
            (self.unsafe_fixes and not fixing, "--unsafe-fixes goes with --fix or --diff"),
            (
                self.add_ignore is not None and fixing,
                "--add-ignore does not go with --fix or --diff",
            ),
            (
                self.statistics and self.output_format not in ("text", "concise", "json"),
                f"--statistics does not go with --output-format {self.output_format}",
            ),
            (
                STDIN in self.paths and len(self.paths) > 1,
                "- stands alone: standard input is the only file then",
            ),
            (
                STDIN not in self.paths and self.stdin_filename is not None,
                "--stdin-filename goes with - as path",
            ),
            (
                self.watch and (self.writes or self.write_baseline or STDIN in self.paths),
                "--watch changes nothing and reads no standard input",
            ),
        ):
            if wrong:
                raise click.UsageError(message)
