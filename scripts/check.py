"""Runs the checks of `make test`, each with its time, all of them to the end; prints a summary.

Usage: python scripts/check.py [--only NAME,NAME]
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]

STEPS: dict[str, list[str]] = {
    "ruff": [str(BIN / "ruff"), "check"],
    "format": [str(BIN / "ruff"), "format", "--check"],
    "mypy": [str(BIN / "mypy")],
    "pyright": [str(BIN / "pyright")],
    "contract": [*PYTEST, "tests/contract"],
    "docs": [str(BIN / "sphinx-build"), "-W", "--keep-going", "-q", "docs", "docs/_build/html"],
    "servers": ["sh", "scripts/servers.sh"],
    "tests": [
        *PYTEST,
        "-n",
        "2",
        "--cov",
        "--cov-report=term",
        "tests",
        "--ignore=tests/contract",
        "--ignore=tests/integration",
        "--ignore=tests/chaos",
    ],
    # By itself, as Celery gives the tasks of one app to every other app of a process.
    "shop": [*PYTEST, "--no-cov", "examples/shop/tests"],
    "matrix": [sys.executable, "scripts/matrix.py", "--quick"],
    # Most of their time is waiting for servers and workers, so more processes than cores.
    # Last, so that the table of what each fault cost is the last thing said. Real servers on a busy
    # machine: a test that fails is run once more, and is listed as RERUN at the end, never silently.
    "integration": [
        *PYTEST,
        "-n",
        "4",
        "--dist",
        "worksteal",
        "--reruns",
        "1",
        "-rfER",
        "tests/integration",
        "tests/chaos",
    ],
}
GROUPS = {"lint": ["ruff", "format", "mypy", "pyright"]}


def chosen(only: str | None) -> list[str]:
    """The steps to run; exits with 2 and the nearest right name for one that does not exist."""
    if only is None:
        return list(STEPS)
    names: list[str] = []
    for name in only.split(","):
        if name not in STEPS and name not in GROUPS:
            near = difflib.get_close_matches(name, [*STEPS, *GROUPS], 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(STEPS)}"
            print(f"check: no step {name!r}{hint}", file=sys.stderr)
            raise SystemExit(2)
        names += GROUPS.get(name, [name])
    return names


def main() -> int:
    """Run the chosen steps; 0 when all passed, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", metavar="NAME,NAME", help=f"of {', '.join(STEPS)}, lint")
    names = chosen(parser.parse_args().only)
    results: list[tuple[str, int, float]] = []
    # Scripts of the environment (celery, celery-safe) must be the ones that are tested.
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    for name in names:
        print(f"==> {name}", flush=True)
        start = time.monotonic()
        code = subprocess.run(STEPS[name], cwd=ROOT, env=env, check=False).returncode
        results.append((name, code, time.monotonic() - start))
    print("\n==> summary")
    for name, code, seconds in results:
        print(f"  {'ok' if code == 0 else f'FAILED (exit {code})':<18} {seconds:7.1f} s  {name}")
    failed = sum(code != 0 for _, code, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
