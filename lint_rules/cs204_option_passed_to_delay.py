"""CS204 option-passed-to-delay: delay hands everything to the task, options too."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS204"
NAME = "option-passed-to-delay"
PRESET = "default"

#: Options of ``apply_async`` that are no likely parameters of a task.
OPTIONS = frozenset(
    {
        "args", "kwargs", "countdown", "eta", "expires", "queue", "routing_key", "exchange",
        "link", "link_error", "task_id", "ignore_result", "retry_policy", "soft_time_limit",
        "time_limit",
    }
)  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Keywords of ``.delay`` that are options, and no parameters of the task."""
    for module, send in project.sends():
        task = project.task_of(send)
        if send.method not in ("delay", "delay_on_commit") or task is None:
            continue
        args = task.function.args
        own = {p.arg for p in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
        if "base" in task.options or task.others:
            continue
        for arg in send.arguments:
            if arg.keyword in OPTIONS and arg.keyword not in own:
                fate = (
                    "it arrives in the task's keywords"
                    if args.kwarg is not None
                    else "the task has no such parameter, so the call fails"
                )
                yield finding(
                    module,
                    arg.node,
                    (CODE, NAME),
                    f"{send.method} takes no option {arg.keyword}: {fate}; use apply_async",
                )
