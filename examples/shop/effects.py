"""What the tasks did, one line each, in a file that only grows: SIGKILL cannot take a line back."""

from __future__ import annotations

import os
from pathlib import Path


def note(line: str) -> None:
    """Append one line with a single write, so that lines of several processes do not mix."""
    path = os.environ.get("SHOP_EFFECTS", "effects.log")
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


def read(path: Path) -> list[str]:
    """Every whole line so far; none when nothing has been written yet."""
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8").splitlines()
