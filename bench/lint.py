"""CPU time of ``celery-safe lint`` beside ``ast.parse`` of every file, in one run, one process each.

Usage: python bench/lint.py PATH
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

PARSE = """
import ast, os, sys, warnings
warnings.simplefilter("ignore")
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                raw = file.read()
            try:
                ast.parse(raw)
            except (SyntaxError, ValueError):
                pass
"""
ROUNDS = 3


def seconds(*command: str) -> tuple[float, int]:
    """CPU seconds of a process, and the largest memory of any so far, in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        print(done.stderr.decode()[-2000:], file=sys.stderr)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, after.ru_maxrss // 1024


def main() -> int:
    """Interleave the rounds and print the best of each."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    path = sys.argv[1]
    lint = str(Path(sys.executable).with_name("celery-safe"))
    commands = {
        "ast.parse of every file": (sys.executable, "-c", PARSE, path),
        "celery-safe lint": (lint, "lint", path),
    }
    best: dict[str, float] = {}
    memory = 0
    for _ in range(ROUNDS):
        for name, command in commands.items():
            used, memory = seconds(*command)
            best[name] = min(used, best.get(name, used))
    base = best["ast.parse of every file"]
    for name, used in best.items():
        print(f"{name:<26} {used:6.2f} s CPU   {used / base:5.2f} x ast.parse")
    print(f"largest memory {memory} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
