"""What the recorded runs cost, in a file beside this one, and the table of the docs made from it."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

from faults import FAULTS
from stage import Cost, Run

FILE = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "guarantees.md"
BEGIN, END = "<!-- made by `make chaos`: begin -->\n", "<!-- made by `make chaos`: end -->\n"
BROKERS = ("redis", "rabbitmq-classic", "rabbitmq-quorum")
HEAD = [
    "| broker | fault | times | sent | lost | wrongly convicted | run twice | poisons convicted | recovery "
    "| plain: sent | lost | left in the broker | run twice |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
]


def load() -> dict[str, Any]:
    """The costs by app, broker and fault."""
    found: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def record(cost: Cost) -> None:
    """Keep what a run cost, in the place of an earlier run of the same, and write the page anew."""
    run = cost.run
    with FILE.with_suffix(".lock").open("w") as lock:  # runs on several brokers at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        _record(run, cost)


def _record(run: Run, cost: Cost) -> None:
    known = load()
    known[f"{run.app} {run.broker} {run.fault}"] = {
        "tasks": run.tasks, "faults": run.faults if FAULTS[run.fault] else 0, "seed": run.seed, "cap": run.cap,
        "lease": run.lease, "sent": cost.sent, "lost": cost.lost, "waiting": cost.waiting, "refused": cost.refused,
        "duplicates": cost.duplicates, "convicted": cost.convicted, "poisons": cost.poisons,
        "wrong": len(cost.innocents_dead), "recovery": round(cost.recovery, 1),
    }  # fmt: skip
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + table(known) + END + after)


def table(known: dict[str, Any]) -> str:
    """The table of the docs."""
    sizes = sorted({cost["tasks"] for cost in known.values()})
    rows = [
        f"Of each run below: innocents sent {' or '.join(map(str, sizes))}, seed "
        f"{', '.join(str(seed) for seed in sorted({cost['seed'] for cost in known.values()}))}.",
        "",
        *HEAD,
    ]
    for broker in BROKERS:
        for fault in FAULTS:
            safe = known.get(f"safe {broker} {fault}")
            plain = known.get(f"plain {broker} {fault}")
            if safe is None:
                continue
            theirs = ["", "", "", ""] if plain is None else [
                plain["sent"], plain["lost"], plain["waiting"], plain["duplicates"]
            ]  # fmt: skip
            cells = [
                broker, fault.replace("_", " "), safe["faults"], safe["sent"], safe["lost"] + safe["waiting"],
                safe["wrong"], safe["duplicates"], f"{safe['convicted']} of {safe['poisons']}",
                f"{safe['recovery']:.0f} s", *theirs,
            ]  # fmt: skip
            rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows) + "\n"
