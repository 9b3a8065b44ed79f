"""CS508 setting-in-wrong-place: the visibility timeout is read in broker_transport_options alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS508"
NAME = "setting-in-wrong-place"
PRESET = "default"

#: Options of a transport that no result backend reads.
_OF_A_BROKER = frozenset(
    {
        "visibility_timeout", "fanout_prefix", "fanout_patterns", "priority_steps",
        "unacked_restore_limit", "queue_order_strategy", "queue_name_prefix", "polling_interval",
        "wait_time_seconds", "predefined_queues", "confirm_publish",
    }
)  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Options of the broker's transport among those of the result backend, or on their own."""
    broker = [s.value for _, s in conf.settings(project, "broker_transport_options")]
    if any(not isinstance(value, ast.Dict) or None in value.keys for value in broker):
        return  # made elsewhere, so what it has is not to be seen
    right = {key for value in broker for key in _keys(value)}
    for module, setting in conf.settings(project, "result_backend_transport_options"):
        for name, key in _keys(setting.value).items():
            if name in _OF_A_BROKER - right:
                yield finding(
                    module,
                    key,
                    (CODE, NAME),
                    f"result_backend_transport_options does not read {name}: the broker's is in "
                    "force without it; write it into broker_transport_options",
                )
    for module, setting in conf.written(project):
        if setting.name in ("visibility_timeout", "broker_visibility_timeout"):
            is_conf = isinstance(setting.node, ast.Attribute | ast.Subscript | ast.keyword)
            if is_conf and "visibility_timeout" not in right:
                yield finding(
                    module,
                    setting.node,
                    (CODE, NAME),
                    f"Celery has no setting {setting.written} and ignores it; write "
                    'broker_transport_options = {"visibility_timeout": ...}',
                )


def _keys(node: ast.expr) -> dict[str, ast.expr]:
    keys = node.keys if isinstance(node, ast.Dict) else ()
    return {k.value: k for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
