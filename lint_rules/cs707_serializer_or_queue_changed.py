"""CS707 serializer-or-queue-changed: workers of the other revision refuse messages, or never see them."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterator

from lint_rules._engine import wire
from lint_rules._engine.compare import Comparison, Pair
from lint_rules._engine.destinations import Destinations
from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.queues import Route

CODE = "CS707"
NAME = "serializer-or-queue-changed"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Serializers, accepted content and queues that differ, in tasks and in settings."""
    compared = project.compared
    if compared is None:
        return
    for pair in compared.pairs:
        yield from _serializer(compared, pair)
    yield from _queues(compared)
    for name, default in (("task_serializer", "json"), ("task_default_queue", "celery")):
        yield from _setting(compared, name, default)
    yield from _accepted(compared)


def _serializer(compared: Comparison, pair: Pair) -> Iterator[Finding]:
    written = [
        wire.option(compared.before, pair.old, "serializer"),
        wire.option(compared.now, pair.new, "serializer"),
    ]
    if written == [None, None] or ... in written:
        return  # the setting tells, or nothing does
    old = wire.serializer(compared.before, pair.old)
    new = wire.serializer(compared.now, pair.new)
    yield from _of_task(compared, pair, "serializer", old, new)


def _of_task(
    compared: Comparison, pair: Pair, option: str, old: object, new: object
) -> Iterator[Finding]:
    now = pair.new.task.options.get(option)
    fails = _failure(compared, option, old, new)
    if fails:
        yield finding(
            pair.new.module,
            now.node if now else pair.new.module.decorator_span(pair.new.task.decorator),
            (CODE, NAME),
            f"the {option} of task {pair.new.name or pair.new.task.name} was "
            f"{old or 'the default'} at {compared.label}, now it is {new or 'the default'}: {fails}",
        )


def _queues(compared: Comparison) -> Iterator[Finding]:
    before, now = Destinations(compared.before), Destinations(compared.now)
    by_route: dict[str, list[tuple[str, object, object]]] = {}
    for pair in compared.pairs:
        old, new = before.of(pair.old), now.of(pair.new)
        if ... in (old.queue, new.queue) or old.queue == new.queue:
            continue
        # What only the setting of the default changes is told there.
        was, will = (None if d.how == "default" else d.queue for d in (old, new))
        if "option" in (old.how, new.how):
            yield from _of_task(compared, pair, "queue", was, will)
        elif route := new.route or old.route:
            name = pair.new.name or pair.new.task.name
            by_route.setdefault(route.pattern, []).append((name, was, will))
    old_routes, new_routes = before.by_pattern(), now.by_pattern()
    for pattern, route in new_routes.items():
        same = old_routes.get(pattern)
        if same is not None and pattern not in by_route and not _fits_a_task(compared, pattern):
            by_route[pattern] = [(pattern, before.queue_of(same), now.queue_of(route))]
    for pattern, moved in by_route.items():
        yield from _of_route(compared, new_routes.get(pattern), moved)


def _fits_a_task(compared: Comparison, pattern: str) -> bool:
    names = (pair.new.name for pair in compared.pairs)
    return any(name is not None and fnmatch.fnmatchcase(name, pattern) for name in names)


def _of_route(
    compared: Comparison, route: Route | None, moved: list[tuple[str, object, object]]
) -> Iterator[Finding]:
    """What one route moves, or moved: told at the route, or at what is left of the settings."""
    name, *queues = moved[0]
    fails = _failure(compared, "queue", *queues)
    found = _place(compared, "task_routes")
    place = (route.module, route.node) if route is not None else found and found[:2]
    if fails and place is not None:
        old, new = (f"queue {q}" if q else "the default queue" for q in queues)
        more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
        yield finding(
            *place,
            (CODE, NAME),
            f"{name}{more} went to {old} at {compared.label}, now to {new}: {fails}",
        )


def _place(compared: Comparison, setting: str) -> tuple[Module, ast.expr | ast.keyword, str] | None:
    """Where a setting is given today, or could be (at the app), and how it is written there."""
    for module, given in wire.settings_of(compared.now, setting):
        return module, given.node, given.written
    for module, call in compared.now.app_calls():
        return module, call.call, setting
    return None


def _setting(compared: Comparison, name: str, default: str) -> Iterator[Finding]:
    old = wire.setting(compared.before, name, default)
    new = wire.setting(compared.now, name, default)
    fails = _failure(compared, "queue" if "queue" in name else "serializer", old, new)
    place = _place(compared, name) if fails else None
    if place is not None:
        module, node, written = place
        text = f"{written} was {old} at {compared.label}, now it is {new}: {fails}"
        yield finding(module, node, (CODE, NAME), text)


def _accepted(compared: Comparison) -> Iterator[Finding]:
    """Content that old messages have and the new workers refuse, the serializer being the same."""
    used = {
        (str(wire.serializer(compared.before, p.old)), str(wire.serializer(compared.now, p.new)))
        for p in compared.pairs
    }
    old = wire.setting(compared.before, "task_serializer", "json")
    used.add((str(old), str(wire.setting(compared.now, "task_serializer", "json"))))
    for name, same in sorted(used):
        error = wire.refusal(compared.now, name) if name == same else None
        if error is None or wire.refusal(compared.before, name) is not None:
            continue
        place = _place(compared, "accept_content")
        if place is not None:
            module, node, written = place
            yield finding(
                module,
                node,
                (CODE, NAME),
                f'{written} has no {name} any more: an old message that a new worker gets fails with "{error}"; '
                "deploy in two steps: first send another serializer, then accept the old one no more "
                "when no old message is left",
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
    # What the old workers refused already was lost before.
    back = None if wire.refusal(compared.before, old) else wire.refusal(compared.now, old)
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
