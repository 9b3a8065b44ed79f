"""Writes lint_rules/_engine/celery_facts/settings.py from the installed Celery.

The checker never imports Celery, so what it knows of it is generated here and compared with the
installed Celery by tests/engine/test_settings_facts.py.

Usage: python scripts/celery_facts.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from celery import __version__
from celery.app.defaults import _TO_OLD_KEY, NAMESPACES, flatten

FILE = Path(__file__).resolve().parent.parent / "lint_rules/_engine/celery_facts/settings.py"


def old_names() -> dict[str, str]:
    """Each setting's name, and the upper-case name that it had before Celery 4 (or an empty text)."""
    return {
        name: "" if _TO_OLD_KEY[name] == name.upper() else _TO_OLD_KEY[name]
        for name, _ in flatten(NAMESPACES)
    }


def main() -> None:
    """Write the file, formatted."""
    lines = [
        f'"""Celery\'s settings, written by scripts/celery_facts.py from Celery {__version__}."""\n',
        "from __future__ import annotations\n",
        "#: Each setting and the upper-case name that it had before Celery 4, if that was another.",
        "SETTINGS: dict[str, str] = {",
        *(f"    {new!r}: {old!r}," for new, old in sorted(old_names().items())),
        "}\n",
        "#: Old name to new.",
        "NEW_NAME = {old: new for new, old in SETTINGS.items() if old}",
    ]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([str(ruff), "format", "-q", str(FILE)], check=True)


if __name__ == "__main__":
    main()
