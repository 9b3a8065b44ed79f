"""CS707 serializer-or-queue-changed: workers of the other revision refuse messages, or never see them."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine import wire
from lint_rules._engine.compare import Comparison, Pair
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS707"
NAME = "serializer-or-queue-changed"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Serializers, accepted content and queues that differ, in tasks and in settings."""
    compared = project.compared
    if compared is None:
        return
    for pair in compared.pairs:
        for option in ("serializer", "queue"):
            yield from _option(compared, pair, option)
    for name, default in (("task_serializer", "json"), ("task_default_queue", "celery")):
        yield from _setting(compared, name, default)
    yield from _accepted(compared)
    yield from _routes(compared)


def _option(compared: Comparison, pair: Pair, option: str) -> Iterator[Finding]:
    now = pair.new.task.options.get(option)
    was = pair.old.task.options.get(option)
    if pair.new.task.has_unknown_options or pair.old.task.has_unknown_options:
        return
    if option == "serializer":
        if was is None and now is None:
            return  # the setting tells
        old = wire.serializer(compared.before, pair.old)
        new = wire.serializer(compared.now, pair.new)
    else:
        old = wire.literal(was.value) if was else None
        new = wire.literal(now.value) if now else None
    fails = _failure(compared, option, old, new)
    if fails:
        yield finding(
            pair.new.module,
            now.node if now else pair.new.module.decorator_span(pair.new.task.decorator),
            (CODE, NAME),
            f"the {option} of task {pair.new.name or pair.new.task.name} was "
            f"{old or 'the default'} at {compared.label}, now it is {new or 'the default'}: {fails}",
        )


def _setting(compared: Comparison, name: str, default: str) -> Iterator[Finding]:
    old = wire.setting(compared.before, name, default)
    new = wire.setting(compared.now, name, default)
    fails = _failure(compared, "queue" if "queue" in name else "serializer", old, new)
    for module, setting in wire.settings_of(compared.now, name)[:1] if fails else ():
        yield finding(
            module,
            setting.node,
            (CODE, NAME),
            f"{setting.written} was {old} at {compared.label}, now it is {new}: {fails}",
        )


def _accepted(compared: Comparison) -> Iterator[Finding]:
    """Content that old messages have and the new workers refuse, the serializer being the same."""
    old = wire.setting(compared.before, "task_serializer", "json")
    new = wire.setting(compared.now, "task_serializer", "json")
    error = wire.refusal(compared.now, old)
    if old != new or error is None or wire.refusal(compared.before, old) is not None:
        return
    for module, setting in wire.settings_of(compared.now, "accept_content")[:1]:
        yield finding(
            module,
            setting.node,
            (CODE, NAME),
            f'{setting.written} has no {old} any more: an old message that a new worker gets fails with "{error}"; '
            "deploy in two steps: first send another serializer, then accept the old one no more "
            "when no old message is left",
        )


def _routes(compared: Comparison) -> Iterator[Finding]:
    before = {name: queue for _, _, name, queue in wire.routes(compared.before)}
    for module, key, name, queue in wire.routes(compared.now):
        fails = _failure(compared, "queue", before.get(name, ...), queue)
        if fails:
            yield finding(
                module,
                key,
                (CODE, NAME),
                f"{name} went to queue {before[name]} at {compared.label}, now to {queue}: {fails}",
            )


def _failure(compared: Comparison, kind: str, old: object, new: object) -> str | None:
    """Which pair fails and how to avoid it; None if nothing does, or it cannot be seen."""
    if old == new or old is ... or new is ...:
        return None
    if kind == "queue":
        queues = [f"queue {q}" if q else "the default queue" for q in (old, new)]
        return (
            f"nothing is raised, but an old message stays in {queues[0]} if the "
            f"new workers do not consume it, and a new message waits in {queues[1]} "
            "if the old workers do not; deploy in two steps: first workers that consume both, then "
            "the senders, and leave the old queue when it is empty"
        )
    error = wire.refusal(compared.before, new)
    back = wire.refusal(compared.now, old)
    if error:
        also = f', an old message that a new worker gets with "{back}"' if back else ""
        return (
            f'a new message that an old worker gets fails with "{error}"{also}; deploy in two '
            "steps: first accept both in accept_content everywhere, then change the senders"
        )
    if back:
        return (
            f'an old message that a new worker gets fails with "{back}"; deploy in two steps: keep '
            "the old one in accept_content until no old message is left"
        )
    return None
