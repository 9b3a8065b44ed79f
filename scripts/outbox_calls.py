"""Writes docs/reference/outbox-calls.md: each kind of call, sent directly and through the outbox.

``python scripts/outbox_calls.py [interpreter ...]``: a column for each interpreter's Celery, this
one's by default.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "outbox-calls.md"
HEAD = """# Calls through the outbox

Each kind of call is sent directly and through the outbox's columns, and what arrives in the queue is compared: body, headers, properties and address, byte for byte.
Written by `python scripts/outbox_calls.py`; a test runs the comparison on the installed Celery.

"""


def compare() -> dict[str, str]:
    """Each shape with ``same`` or what is different."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    shapes, wire = (importlib.import_module(f"support.{name}") for name in ("shapes", "wire"))
    found = {}
    for shape in shapes.SHAPES:
        direct, before, after = wire.both_ways(wire.made_app(), shape)
        found[shape] = "same" if direct and not before and direct == after else "different"
    return found


def main(interpreters: list[str]) -> None:
    if interpreters == ["--compare"]:
        import celery

        warnings.simplefilter("ignore")
        print(json.dumps([celery.__version__, compare()]))
        return
    columns = {}
    for one in interpreters or [sys.executable]:
        done = subprocess.run(
            [one, __file__, "--compare"], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        version, found = json.loads(done.stdout.splitlines()[-1])
        columns[version] = found
    versions = sorted(columns)
    lines = [
        f"| call | {' | '.join(f'Celery {v}' for v in versions)} |",
        "|---" * (len(versions) + 1) + "|",
    ]
    for shape in next(iter(columns.values())):
        lines.append(f"| {shape} | {' | '.join(columns[v][shape] for v in versions)} |")
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines) - 2} calls on Celery {', '.join(versions)}: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
