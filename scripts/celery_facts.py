"""Writes settings.py, versions.py and options.py of lint_rules/_engine/celery_facts from Celery itself.

The checker never imports Celery, so what it knows of it is generated here and compared with the
installed Celery by tests/engine/test_settings_facts.py and test_options_facts.py.
The newest version of each release is installed with pip into a folder, and asked in a process of
its own by scripts/celery_ask.py.

Usage: python scripts/celery_facts.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from celery import __version__
from celery.app.defaults import _TO_OLD_KEY, NAMESPACES, flatten

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "lint_rules/_engine/celery_facts"
#: The releases that the table covers; the last is the installed one.
RELEASES = ("5.3", "5.4", "5.5", "5.6", "5.7")
#: Names of Celery 3.1.25 that no release since 4.0 reads, those without its prefixes left out.
REMOVED = (
    "CELERYBEAT_LOG_FILE", "CELERYBEAT_LOG_LEVEL", "CELERYD_AUTORELOADER", "CELERYD_FORCE_EXECV",
    "CELERYD_LOG_FILE", "CELERYD_LOG_LEVEL", "CELERYMON_LOG_FILE", "CELERYMON_LOG_FORMAT",
    "CELERYMON_LOG_LEVEL", "CELERY_BROADCAST_EXCHANGE", "CELERY_BROADCAST_EXCHANGE_TYPE",
    "CELERY_BROADCAST_QUEUE", "CELERY_CHORD_PROPAGATES", "CELERY_QUEUE_HA_POLICY",
    "CELERY_SEND_TASK_ERROR_EMAILS",
)  # fmt: skip
Table = dict[str, list[str]]
Answer = dict[str, Table]


def old_names() -> dict[str, str]:
    """Each setting's name, and the upper-case name that it had before Celery 4 (or an empty text)."""
    return {
        name: "" if _TO_OLD_KEY[name] == name.upper() else _TO_OLD_KEY[name]
        for name, _ in flatten(NAMESPACES)
    }


def asked(release: str, folder: Path) -> Answer:
    """The settings, task options and send options of a release."""
    path = str(ROOT)
    if not __version__.startswith(f"{release}."):
        target = str(folder / release)
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", target]
        subprocess.run([*command, f"celery=={release}.*"], check=True)
        path = os.pathsep.join((target, path))
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/celery_ask.py")],
        env={**os.environ, "PYTHONPATH": path},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: Answer = json.loads(done.stdout)
    return found


def history(by_release: dict[str, Table]) -> list[str]:
    """The lines of a table: one setting or option each."""
    lines = []
    for name in sorted({name for found in by_release.values() for name in found}):
        has = [release for release in RELEASES if name in by_release[release]]
        kind, _, deprecated, removed, instead = by_release[has[-1]][name]
        if removed and not deprecated:  # its removal is announced, since then Celery warns of it
            deprecated = next(release for release in has if by_release[release][name][3])
        defaults: list[tuple[str, str]] = []
        for release in has:
            default = by_release[release][name][1]
            if not defaults or defaults[-1][1] != default:
                defaults.append((release, default))
        gone = "" if has[-1] == RELEASES[-1] else RELEASES[RELEASES.index(has[-1]) + 1]
        added = "" if has[0] == RELEASES[0] else has[0]
        row: tuple[Any, ...] = (kind, tuple(defaults), added, deprecated, gone or removed, instead)
        lines.append(f"    {name!r}: Known{row!r},")
    return lines


def main() -> None:
    """Write the files, formatted."""
    head = f"written by scripts/celery_facts.py from Celery {__version__}"
    write(
        "settings.py",
        [
            f'"""Celery\'s settings, {head}."""\n',
            "from __future__ import annotations\n",
            "#: Each setting and the upper-case name that it had before Celery 4, if that was another.",
            "SETTINGS: dict[str, str] = {",
            *(f"    {new!r}: {old!r}," for new, old in sorted(old_names().items())),
            "}\n",
            "#: Old name to new.",
            "NEW_NAME = {old: new for new, old in SETTINGS.items() if old}",
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        answers = {release: asked(release, Path(folder)) for release in RELEASES}
    tables = {
        kind: history({release: answer[kind] for release, answer in answers.items()})
        for kind in ("settings", "tasks", "sends")
    }
    write(
        "versions.py",
        [
            f'"""Celery\'s settings from {RELEASES[0]} to {RELEASES[-1]}, {head}."""\n',
            "from __future__ import annotations\n",
            "from typing import NamedTuple\n\n",
            "class Known(NamedTuple):",
            '    """A setting or an option; releases are texts such as ``5.5``, empty for none in the table."""\n',
            "    type: str",
            "    #: The default, as Python writes it, from each release on that changes it.",
            "    defaults: tuple[tuple[str, str], ...]",
            "    added: str",
            "    deprecated: str",
            "    removed: str",
            "    instead: str\n\n",
            f"RELEASES = {RELEASES!r}",
            "HISTORY: dict[str, Known] = {",
            *tables["settings"],
            "}\n",
            "#: Names of Celery 3.1 that no release since 4.0 reads.",
            "REMOVED = frozenset({",
            *(f"    {name!r}," for name in REMOVED),
            "})",
        ],
    )
    write(
        "options.py",
        [
            f'"""Celery\'s options from {RELEASES[0]} to {RELEASES[-1]}, {head}.',
            "",
            "Those that the libraries of Celery and of transports read are among those of a call.",
            '"""\n',
            "from __future__ import annotations\n",
            "from lint_rules._engine.celery_facts.versions import Known\n",
            "#: Keywords of a task's decorator; the type is that of the default, or what Celery documents.",
            "TASK_OPTIONS: dict[str, Known] = {",
            *tables["tasks"],
            "}\n",
            "#: Keywords of a call such as ``apply_async``.",
            "SEND_OPTIONS: dict[str, Known] = {",
            *tables["sends"],
            "}",
        ],
    )


def write(name: str, lines: list[str]) -> None:
    """Write a file of the folder, formatted."""
    file = FOLDER / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([str(ruff), "format", "-q", str(file)], check=True)


if __name__ == "__main__":
    main()
