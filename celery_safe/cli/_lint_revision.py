"""What ``celery-safe lint`` compares the tasks with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lint_rules._engine.config import Config
    from lint_rules._engine.rules import Rule
    from lint_rules._engine.since import Revision


def revision(
    paths: tuple[Path, ...],
    folder: Path,
    config: Config,
    since: str | None,
    chosen: tuple[Rule, ...],
    tell: Callable[[str], None],
) -> Revision | None:
    """The revision, if a rule asks; exits with 2 if one that was named by hand is not there."""
    from lint_rules._engine import git
    from lint_rules._engine import since as comparing

    asking = [rule.code for rule in chosen if rule.code.startswith("CS7")]
    if not asking:
        return None
    try:
        return comparing.find(paths, folder, config, since)
    except git.GitError as error:
        if since is not None:
            tell(f"--since {since}: {error}")
            raise SystemExit(2) from error
        if not isinstance(error, git.NotARepository):
            tell(f"{', '.join(asking)} compared nothing: {error}")
        return None
