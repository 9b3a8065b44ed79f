"""``[tool.celery-safe.lint]`` of the nearest ``pyproject.toml``."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESETS = ("default", "strict")


class ConfigError(Exception):
    """The configuration or an option is wrong; the message says where and what to write."""


@dataclass(frozen=True)
class Config:
    """What to check: prefixes of rule codes, a preset, and glob patterns of paths to leave out."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preset: str = "default"
    exclude: tuple[str, ...] = ()
    root: Path = Path()


def nearest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing if no known word is near."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def load(start: Path) -> Config:
    """Read the configuration for ``start`` from the first ``pyproject.toml`` at or above it.

    Raises:
        ConfigError: the file is no TOML, or has an unknown key or a value of the wrong type.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _parse(file)
    return Config()


def _parse(file: Path) -> Config:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    table: Any = document
    for key in ("tool", "celery-safe", "lint"):
        table = table.get(key, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{file}: {key!r} in [tool.celery-safe.lint] must be a table")
    known = {f.name for f in fields(Config)} - {"root"}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(
                f"{file}: [tool.celery-safe.lint] has no key {key!r}{nearest(key, known)}; "
                f"it knows {', '.join(sorted(known))}"
            )
        if key == "preset":
            if value not in PRESETS:
                raise ConfigError(f"{file}: preset must be one of {PRESETS}, not {value!r}")
            values[key] = value
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            values[key] = tuple(value)
        else:
            raise ConfigError(f"{file}: {key} must be a list of strings, not {value!r}")
    return Config(**values, root=file.parent)
