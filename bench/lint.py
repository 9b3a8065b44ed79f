"""CPU time and memory of `celery-safe lint` beside other tools and `ast.parse`, in one run.

Without PATH a large Django project is written first. Each tool gets an environment of its own,
made by the first run; one that cannot be installed is named. Each runs in one process where it can.

Usage: python bench/lint.py [PATH] [--only NAME,NAME] [--limit SECONDS]
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import project
from tools import OTHERS, CannotInstall, Tool, ours


@dataclass(frozen=True)
class Cost:
    """What one process and its children cost, and how many findings it printed."""

    cpu: float
    wall: float
    memory_mb: int
    findings: int


def measured(tool: Tool, limit: float) -> Cost | str:
    """One run; what went wrong, if something did."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(
            tool.command,
            stdout=out,
            stderr=err,
            env={**os.environ, **tool.env},
            start_new_session=True,
        )
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            wall = time.monotonic() - start
            if pid:
                break
            if wall > limit:
                os.killpg(process.pid, signal.SIGKILL)
                os.wait4(process.pid, 0)
                return f"stopped after {limit:.0f} s"
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        # Exit code 2 of the checker may be one bad file, or nothing done at all.
        is_silent = bool(tool.marker) and process.returncode == 2 and not out.read(1)
        out.seek(0)
        if process.returncode not in tool.accepted or is_silent:
            last = err.read().decode(errors="replace").strip().splitlines()
            return f"failed with exit code {process.returncode}: {last[-1] if last else ''}"
        findings = out.read().decode(errors="replace").count(tool.marker) if tool.marker else 0
        memory = used.ru_maxrss // (1024 if sys.platform != "darwin" else 1024 * 1024)
        return Cost(used.ru_utime + used.ru_stime, wall, memory, findings)


def compare(path: Path, only: list[str], limit: float) -> int:
    """Interleave the rounds, print the best of each; 1 if something installed did not run."""
    tools, missing = ours(path), []
    for name in only:
        try:
            tools.append(OTHERS[name](path))
        except CannotInstall as error:
            missing.append(f"{name}: cannot be installed: {error}")
    best: dict[str, Cost] = {}
    wrong: dict[str, str] = {}
    for number in range(max(tool.rounds for tool in tools)):
        for tool in tools:
            if number >= tool.rounds or tool.name in wrong:
                continue
            cost = measured(tool, limit)
            if isinstance(cost, str):
                wrong[tool.name] = cost
            elif tool.name not in best or cost.cpu < best[tool.name].cpu:
                best[tool.name] = cost
    base = best[tools[0].name].cpu
    print(f"{'':<30} {'CPU s':>8} {'ratio':>7} {'wall s':>8} {'MB':>6} {'findings':>9}")
    for name, one in best.items():
        findings = str(one.findings) if name != tools[0].name else ""
        print(
            f"{name:<30} {one.cpu:8.2f} {one.cpu / base:7.2f} {one.wall:8.2f} {one.memory_mb:6} {findings:>9}"
        )
    for name, why in wrong.items():
        print(f"{name:<30} {why}")
    for line in missing:
        print(line)
    return 1 if wrong else 0


def main() -> int:
    """Compare on the path that is given, or on a project written for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--only", default=",".join(OTHERS), help=f"of {', '.join(OTHERS)}")
    parser.add_argument("--limit", type=float, default=1800, metavar="SECONDS", help="for one run")
    given = parser.parse_args()
    only = [name for name in given.only.split(",") if name]
    unknown = [name for name in only if name not in OTHERS]
    if unknown:
        parser.error(f"no tool {unknown[0]!r}; there are: {', '.join(OTHERS)}")
    if given.path is not None and not given.path.is_dir():
        parser.error(f"no such folder: {given.path}")
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    if given.path is not None:
        return compare(given.path, only, given.limit)
    with tempfile.TemporaryDirectory() as folder:
        files, lines = project.write(Path(folder))
        print(f"a Django project of {files} files and {lines} lines, written for this")
        return compare(Path(folder), only, given.limit)


if __name__ == "__main__":
    raise SystemExit(main())
