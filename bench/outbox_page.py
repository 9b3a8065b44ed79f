"""What bench/outbox.py has measured, for people: tables beside the goals, on the terminal and in the docs."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "outbox-speed.md"


@dataclass
class Figures:
    """All that one run has measured; what was not measured is absent."""

    rows: int
    #: Load average of the machine when it began.
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    #: Messages a second, of each round.
    rates: dict[str, list[float]] = field(default_factory=dict)
    #: Time of a call in a transaction, the commit included, in times of a .delay() to Redis.
    enqueue: list[float] = field(default_factory=list)
    #: Milliseconds from commit to broker, sorted.
    waits: list[float] = field(default_factory=list)
    #: Milliseconds of a look that finds nothing.
    polls: dict[str, float] = field(default_factory=dict)
    #: Transactions a second of 32 clients.
    tps: dict[str, float] = field(default_factory=dict)

    def rate(self, what: str) -> float:
        """The median of the rounds."""
        return statistics.median(self.rates[what])

    def ratio(self, what: str, beside: str) -> float:
        """The median of the ratios of each round: the machine was as busy for the one as for the other."""
        pairs = zip(self.rates[what], self.rates[beside], strict=True)
        return statistics.median(a / b for a, b in pairs)


def report(found: Figures) -> str:
    """The tables, as Markdown."""
    return "\n".join([*_rates(found), "", *_goals(found), ""])


def _rates(found: Figures) -> Iterator[str]:
    base = "plain .delay(), Redis"
    yield f"| messages a second, median of {len(found.rates[base])} rounds | | times .delay() to Redis |"
    yield "|---|--:|--:|"
    for what in found.rates:
        yield f"| {what} | {found.rate(what):,.0f} | {found.ratio(what, base):.2f} |"


def _goals(found: Figures) -> Iterator[str]:
    yield "| | measured | goal | met |"
    yield "|---|--:|--:|---|"
    for what, value, text, goal, is_met in _judged(found):
        yield f"| {what} | {text.format(value)} | {goal} | {'yes' if is_met else '**no**'} |"


def _judged(found: Figures) -> Iterator[tuple[str, float, str, str, bool]]:
    ours = {"Redis": "outbox, Redis", "RabbitMQ": "outbox, RabbitMQ with confirms"}
    peers = [
        ("Redis", "django-celery-outbox, Redis", 15.0),
        ("RabbitMQ", "django-celery-outbox, RabbitMQ with confirms", 10.0),
        ("Redis", "plain .delay(), Redis", 1.0),
        ("RabbitMQ", "plain .delay(), RabbitMQ with confirms", 1.0),
        ("RabbitMQ", "plain .delay(), RabbitMQ without confirms", 1.0),
    ]
    for broker, peer, goal in peers:
        if peer in found.rates:
            ratio = found.ratio(ours[broker], peer)
            yield (
                f"the relay beside {peer}",
                ratio,
                "{:.1f} times",
                f"at least {goal:g}",
                ratio >= goal,
            )
    cost = statistics.median(found.enqueue)
    yield (
        "a call in a transaction beside a .delay() to Redis",
        cost,
        "{:.2f} of its time",
        "at most 0.6",
        cost <= 0.6,
    )
    for name, share, goal in (("half", 0.5, 5.0), ("95 %", 0.95, 0.0)):
        wait = found.waits[int(len(found.waits) * share)]
        yield (
            f"from commit to broker, {name} of {len(found.waits)} within", wait, "{:.1f} ms",
            f"under {goal:g} ms" if goal else "", not goal or wait < goal,
        )  # fmt: skip
    for what, value in found.polls.items():
        yield f"a look that finds nothing, {what}", value, "{:.1f} ms", "under 5 ms", value < 5
    if found.tps:
        without, ours_, each = found.tps.values()
        yield (
            "transactions a second of 32 clients with NOTIFY as celery-safe does, beside none",
            ours_ / without, f"{{:.2f}} times ({ours_:,.0f} and {without:,.0f})", "no loss: 0.95 or more",
            ours_ / without >= 0.95,
        )  # fmt: skip
        yield (
            "the same with NOTIFY in each transaction", each / without,
            f"{{:.2f}} times ({each:,.0f})", "", True,
        )  # fmt: skip


def write(found: Figures, postgres: str) -> None:
    """The page of the docs."""
    names = ("celery", "kombu", "SQLAlchemy", "psycopg", "redis")
    on = ", ".join(f"{name} {version(name)}" for name in names)
    PAGE.write_text(
        "# Speed of the outbox\n\n"
        "Written by `make bench-outbox DCO=python RECORD=1`, where `python` is the interpreter of a virtual "
        "environment with `django-celery-outbox`, `django`, `psycopg` and `redis`.\n"
        "Everything is measured in one run, side by side, round by round, so that a busy machine is busy for "
        "all of them; ratios count, not numbers.\n\n"
        f"{os.cpu_count()} cores for database, broker and relay together, Python {platform.python_version()}, "
        f"{postgres} with fsync, {on}; {found.rows:,} messages in each round.\n"
        f"The machine's load average was {found.load:.1f} when it began.\n\n"
        f"{report(found)}\n"
        "The look is what a relay does between two rounds of work; once a second it reads everything due "
        "again, past what an old snapshot keeps, for messages of transactions that took long to commit.\n",
        encoding="utf-8",
    )
