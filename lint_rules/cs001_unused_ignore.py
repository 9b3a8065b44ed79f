"""CS001 unused-ignore: an ignore comment that takes no finding away hides the next one."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.project import Project, finding

CODE = "CS001"
NAME = "unused-ignore"
PRESET = "default"
#: It asks what the comments took away, so all others come first.
RUNS_LAST = True


def check(project: Project) -> Iterator[Finding]:
    """Ignore comments, or codes in them, without effect."""
    for idle in project.ignores.idle():
        what = ", ".join(idle.codes)
        yield finding(
            idle.module,
            idle.ignore.span(),
            (CODE, NAME),
            f"the comment to {idle.ignore.kind} {what}".rstrip() + f" has no effect: {idle.why}",
            Fix(
                "safe",
                f"take out {what}" if what else "take out the comment",
                (idle.ignore.without(idle.codes, idle.module.lines[idle.ignore.line - 1]),),
            ),
        )
