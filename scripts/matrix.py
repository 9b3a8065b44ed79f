"""Runs the unit tests and one kill -9 on other versions of Python and Celery; prints a table.

Usage: python scripts/matrix.py [--quick]

Without --quick: every Python from 3.10 to 3.13 that is found, with Celery 5.5, 5.6 and 5.7; a
missing one is a failure. With --quick: this Python with the Celery versions that it does not have.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-matrix"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
CELERIES = ("5.5", "5.6", "5.7")
EXTRAS = "lint,lsp,redis,sqlalchemy,metrics,testing"
TOOLS = (
    "pytest-timeout",
    "pytest-xdist",
    "hypothesis",
    "aiosqlite",
    "greenlet",
    "celery-redbeat",
    "django-celery-beat",
    "sentry-sdk",
    "jsonschema",
    "pyyaml",
    "psutil",
    "django",
    "alembic",
    "xmlschema",
)
#: With the oldest Celery an older SQLAlchemy too, as whoever has the one has the other.
OLD = {"5.5": ("sqlalchemy<2.1",)}
#: The unit tests, and a worker whose main process and whose child are killed.
TESTS = (
    "tests/unit",
    "tests/integration/test_faults.py::test_nothing_is_lost[sqlite-safe-kill_main]",
    "tests/integration/test_faults.py::test_nothing_is_lost[sqlite-safe-kill_child]",
)  # fmt: skip
#: The checker's, which know no Celery; another Python is another parser.
CHECKER = ("tests/rules", "tests/engine")


def interpreter(version: str) -> str | None:
    """The command that runs this Python, or None."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    for found in (shutil.which(f"python{version}"), *_pyenv(version)):
        if (
            found
            and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0
        ):
            return found
    uv = shutil.which("uv")
    if uv:
        done = subprocess.run(
            [uv, "python", "find", version], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            subprocess.run([uv, "python", "install", version], check=False)
            done = subprocess.run(
                [uv, "python", "find", version], capture_output=True, text=True, check=False
            )
        return done.stdout.strip() or None
    return None


def _pyenv(version: str) -> list[str]:
    return [str(p) for p in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]


def environment(python: str, name: str, celery: str) -> Path | str:
    """A virtual environment with this Celery; made once, kept in .venv-matrix; or what went wrong."""
    venv = HOME / name
    stamp = venv / ".done"
    wanted = f"{celery} {OLD.get(celery)} {(ROOT / 'pyproject.toml').read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return venv
    steps = [
        [python, "-m", "venv", "--clear", str(venv)],
        [str(venv / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check",
         f"celery=={celery}.*", f"kombu=={celery}.*", "-e", f"{ROOT}[{EXTRAS}]", *TOOLS, *OLD.get(celery, ())],
    ]  # fmt: skip
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return (done.stderr or done.stdout).strip()[-1500:]
    stamp.write_text(wanted, encoding="utf-8")
    return venv


def run(python_version: str, celery: str) -> tuple[bool, str]:
    """Whether the tests pass, and the last line that pytest said."""
    python = interpreter(python_version)
    if python is None:
        return False, f"python{python_version} is not installed (uv or pyenv can install it)"
    venv = environment(python, f"py{python_version}-celery{celery}", celery)
    if isinstance(venv, str):
        return False, venv
    tests = TESTS if python == sys.executable else (*TESTS, *CHECKER)
    command = [
        str(venv / "bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", *tests
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr.strip()[-300:]]
    if done.returncode != 0:
        print(done.stdout[-4000:] + done.stderr[-2000:])
    return done.returncode == 0, last[0]


def main() -> int:
    """Run all; 0 if all passed, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="only other Celery versions")
    quick = parser.parse_args().quick
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    pairs = (
        [(here, c) for c in CELERIES[:-1]] if quick else [(p, c) for p in PYTHONS for c in CELERIES]
    )
    rows = []
    for python_version, celery in pairs:
        print(f"==> Python {python_version}, Celery {celery}", flush=True)
        start = time.monotonic()
        ok, said = run(python_version, celery)
        rows.append((python_version, celery, ok, said, time.monotonic() - start))
    print("\nPython  Celery  result  seconds")
    for python_version, celery, ok, said, seconds in rows:
        print(
            f"{python_version:<7} {celery:<7} {'ok' if ok else 'FAILED':<7} {seconds:7.1f}  {said}"
        )
    return 0 if all(row[2] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
