"""Programs in the shape of Celery projects, for hypothesis: much that is right, and much that nobody writes."""

from __future__ import annotations

import random
from collections.abc import Callable

NAMES = [
    "charge",
    "refund",
    "app",
    "self",
    "order",
    "x",
    "é",
    "tasks",
    "shared_task",
    "exc",
    "Base",
]
CONSTANTS = [
    "1", "0", "-1", "1.5", "None", "True", "'x'", "'shop.tasks.charge'", "b'x'", "...", "1j", "''", "10**9", "'pickle'", "'😀'",
    "'''a\nb'''", "f'{x}'",
]  # fmt: skip
OPTIONS = [
    "name", "bind", "max_retries", "countdown", "eta", "expires", "queue", "serializer", "retry_backoff", "autoretry_for",
    "time_limit", "soft_time_limit", "acks_late", "retry_kwargs", "base", "args", "kwargs", "link", "exc", "throw", "using",
    "nmae", "hour", "minute", "ignore_result", "typing", "rate_limit", "default_retry_delay", "namespace", "schedule", "task",
]  # fmt: skip
CALLEES = [
    "charge.delay", "charge.apply_async", "tasks.charge.s", "charge.si", "app.send_task", "crontab", "chain", "group", "chord",
    "signature", "transaction.on_commit", "partial", "self.retry", "self.request.retries.x", "Celery", "SafeCelery", "timedelta",
    "app.conf.update", "app.config_from_object", "app.add_periodic_task", "charge.signature", "charge.map", "Order.objects.get",
    "app.autodiscover_tasks", "charge.s().apply_async", "(charge.s(1) | refund.s()).delay", "Queue", "charge", "order.save", "dict",
    "charge.apply_async_on_commit", "charge.retry", "charge.run", "app.tasks['x'].delay", "atomic", "charge.delay_on_commit",
    "shared_task", "app.task", "get_task_logger", "app.conf.get", "self.update_state", "charge.s(1).set", "xmap", "chunks",
]  # fmt: skip
SETTINGS = [
    "CELERY_TASK_SERIALIZER", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "task_routes", "CELERY_TASK_ROUTES", "accept_content",
    "CELERY_ACCEPT_CONTENT", "task_queues", "app.conf.beat_schedule", "app.conf.task_serializer", "app.conf['timezone']",
    "CELERY_BROKER_TRANSPORT_OPTIONS", "BROKER_URL", "beat_schedule", "app.conf.x.y", "SAFE_X", "ATOMIC_REQUESTS", "DATABASES",
]  # fmt: skip
DECORATORS = [
    "shared_task", "app.task", "shared_task", "app.task", "celery.task", "task", "transaction.atomic", "contextmanager", "receiver",
    "staticmethod", "functools.wraps", "worker_ready.connect", "app.on_after_configure.connect", "property", "charge", "retry.task",
]  # fmt: skip
IMPORTS = [
    "from celery import shared_task, Celery, chain, group, chord, signature", "import celery", "from celery import *",
    "import shop.tasks as tasks", "from shop.tasks import charge, refund", "from .tasks import *", "from . import tasks",
    "from .. import x", "from celery.schedules import crontab", "from django.db import transaction", "import shop",
    "from django.db.transaction import atomic", "from functools import partial", "from celery_safe import SafeCelery",
    "from contextlib import contextmanager", "from .views import charge", "from shop import app", "from datetime import timedelta",
    "from kombu import Queue", "app = Celery('shop')", "app = SafeCelery('shop')", "from celery.task import task",
    "from celery import shared_task as order, current_app as app", "from .models import Order", "from shop.views import *",
]  # fmt: skip
PARAMETERS = [
    "", "self", "order", "self, order", "order, amount: int = 1", "*args", "**kwargs", "self, x=1, *, y", "order, /, x: 'Order' = None",
]  # fmt: skip
SIMPLE = [
    "{e}", "{e}", "{n} = {e}", "{s} = {e}", "{s} = {e}", "{n}: dict = {e}", "{n} += {e}", "raise {e}", "raise {e} from exc", "return {e}",
    "global {n}", "del {n}", "pass", "break", "x = y = {e}", "{n}, {n} = {e}", "assert {e}", "{i}",
    "{e}  # celery-safe: ignore[CS101, CS202] {n}", "# celery-safe: ignore-file[CS101] old names",
]  # fmt: skip
LARGER = [
    "({e})", "({e},)", "[{e}, {e}]", "{{}}", "{{{e}: {e}}}", "{e} | {e}", "{e} * {e}", "({e} if {e} else {e})", "not {e}",
    "(lambda {n}=1, *a, **k: {e})", "(lambda: {e})", "[{e} for {n} in {e}]", "{{**{n}, 'schedule': {e}, 'task': {e}, 'args': {e}}}",
    "({n} := {e})", "({e}).{n}", "({e})[{e}]", "(await {e})", "(yield {e})", "{{'x': {{'task': {e}, 'schedule': {e}}}}}",
]  # fmt: skip
BLOCKS = [
    "{d}def {n}({p}):\n{b}", "{d}def {n}({p}):\n{b}", "{d}def {n}({p}):\n{b}", "{d}async def {n}({p}):\n{b}", "{d}class {n}({e}):\n{b}",
    "class Meta(app.Task, {n}):\n    name = {e}\n{b}", "with {e} as x, transaction.atomic():\n{b}", "for {n} in {e}:\n{b}\nelse:\n{b}",
    "while {e}:\n{b}", "if {e}:\n{b}\nelif {e}:\n{b}", "try:\n{b}\nexcept {e} as exc:\n{b}\nfinally:\n{b}", "with atomic():\n{b}",
    "try:\n{b}\nexcept Exception:\n{b}", "match {e}:\n    case {{'x': {n}}}:\n        {e}", "def {n}({p}):\n    yield {e}\n{b}",
]  # fmt: skip


def program(dice: random.Random) -> str:
    """One file."""
    return _Writer(dice).file()


class _Writer:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.left = 60
        self.parts: dict[str, Callable[[int], str]] = {
            "e": self.expression,
            "n": lambda _: dice.choice(NAMES),
            "s": lambda _: dice.choice(SETTINGS),
            "i": lambda _: dice.choice(IMPORTS),
            "p": lambda _: dice.choice(PARAMETERS),
            "d": self.decorators,
            "b": self.body,
        }

    def file(self) -> str:
        imports = [self.dice.choice(IMPORTS) for _ in range(self.dice.randrange(6))]
        blocks = [self.statement(0) for _ in range(self.dice.randrange(1, 7))]
        return "\n".join([*imports, *blocks, ""])

    def filled(self, template: str, depth: int) -> str:
        """Each ``{letter}`` anew; doubled braces are braces."""
        out, rest = [], template
        while rest:
            before, brace, rest = rest.partition("{")
            out.append(before.replace("}}", "}"))
            if brace and rest.startswith("{"):
                out.append("{")
                rest = rest[1:]
            elif brace:
                out.append(self.parts[rest[0]](depth + 1))
                rest = rest[2:]
        return "".join(out)

    def expression(self, depth: int) -> str:
        self.left -= 1
        kind = self.dice.randrange(6)
        if depth > 4 or self.left < 0 or kind == 0:
            return self.dice.choice(NAMES + CONSTANTS)
        if kind < 4:
            return self.call(CALLEES, depth)
        return self.filled(self.dice.choice(LARGER), depth)

    def call(self, callees: list[str], depth: int) -> str:
        given = [self.expression(depth + 1) for _ in range(self.dice.randrange(3))]
        given += ["*x"] * (self.dice.randrange(8) == 0)
        given += [
            f"{option}={self.expression(depth + 1)}"
            for option in self.dice.sample(OPTIONS, self.dice.randrange(3))
        ]
        given += ["**x"] * (self.dice.randrange(8) == 0)
        return f"{self.dice.choice(callees)}({', '.join(given)})"

    def decorators(self, depth: int) -> str:
        return "".join(
            f"@{self.call(DECORATORS, depth) if self.dice.randrange(2) else self.dice.choice(DECORATORS)}\n"
            for _ in range(self.dice.randrange(3))
        )

    def statement(self, depth: int) -> str:
        templates = BLOCKS if depth < 3 and self.left > 0 and self.dice.randrange(3) else SIMPLE
        return self.filled(self.dice.choice(templates), depth)

    def body(self, depth: int) -> str:
        lines = [self.statement(depth) for _ in range(self.dice.randrange(1, 4))]
        # Strings over several lines shift; that is as good a program.
        return "\n".join("    " + line for line in "\n".join([*lines, "pass"]).split("\n"))
