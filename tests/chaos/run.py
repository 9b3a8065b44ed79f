"""Run faults against real workers on real brokers, and print what each cost.

Usage: python tests/chaos/run.py [--broker NAME]... [--fault NAME]... [--app NAME]... [--tasks N] [--faults N] [--seed N]
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import results
from faults import FAULTS, ONLY_SAFE
from results import BROKERS
from stage import Cost, Run, Stage, broken_promises

COLUMNS = ("app", "broker", "fault", "faults", "sent", "effects", "lost", "waiting", "refused",
           "duplicates", "convicted", "dead", "wrong", "starts", "losses", "recovery", "seconds")  # fmt: skip


def cells(cost: Cost) -> list[str]:
    """One row of the table."""
    run = cost.run
    return [
        run.app, run.broker, run.fault, str(run.faults), str(cost.sent), str(cost.effects), str(cost.lost),
        str(cost.waiting), str(cost.refused), str(cost.duplicates), f"{cost.convicted}/{cost.poisons}",
        str(cost.dead), str(len(cost.innocents_dead)), ",".join(map(str, cost.poison_starts)),
        ",".join(map(str, cost.poison_losses)) or "-",
        f"{cost.recovery:.1f} s", f"{cost.seconds:.0f} s",
    ]  # fmt: skip


def played(run: Run, patience: float, keep: Path | None) -> Cost:
    """One run in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        with Stage(run, folder) as stage:
            return stage.play(patience)
    finally:
        if keep is not None:
            shutil.copytree(folder, keep / f"{run.app}-{run.broker}-{run.fault}-{run.seed}", dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("broker", "store", "backend"))  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def _end(*_: object) -> None:
    """End servers and workers first; a second signal must not cut that short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def main() -> int:
    """0 if celery-safe has kept what it promises, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--app", action="append", choices=("safe", "plain"))
    parser.add_argument("--broker", action="append", choices=BROKERS)
    parser.add_argument("--fault", action="append", choices=tuple(FAULTS))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--tasks", type=int, default=300, help="innocents of one run")
    size.add_argument("--total", type=int, help="innocents of all runs on one broker")
    parser.add_argument(
        "--faults", type=int, default=4, help="how often the fault happens in one run"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience",
        type=float,
        default=90,
        help="seconds without any progress after which a run ends",
    )
    parser.add_argument(
        "--record", action="store_true", help="keep the results for the docs, and write their table"
    )
    parser.add_argument("--keep", type=Path, help="copy effects and logs of each run here")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    broken: list[str] = []
    widths = [6, 17, 15, 6, 6, 7, 5, 7, 7, 10, 9, 5, 5, 9, 9, 8, 7]
    print("  ".join(f"{c:<{w}}" for c, w in zip(COLUMNS, widths, strict=True)), flush=True)
    chosen = options.fault or list(FAULTS)
    tasks = options.tasks if options.total is None else -(-options.total // len(chosen))
    for broker in options.broker or BROKERS:
        for fault in chosen:
            for app in options.app or ("safe", "plain"):
                if app == "plain" and fault in ONLY_SAFE:
                    continue
                run = Run(app, broker, fault, tasks, options.faults, options.seed)
                cost = played(run, options.patience if app == "safe" else 20, options.keep)
                row = zip(cells(cost), widths, strict=True)
                print("  ".join(f"{c:<{w}}" for c, w in row), flush=True)
                if options.record:
                    results.record(cost)
                broken += broken_promises(cost) if app == "safe" else []
    for one in broken:
        print(one)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
