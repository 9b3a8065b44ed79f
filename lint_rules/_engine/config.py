"""``[tool.celery-safe.lint]`` of the nearest ``pyproject.toml`` that has it."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lint_rules._engine import celery_version as versions

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from lint_rules._engine.house import House, HouseError, parse

PRESETS = ("default", "strict")
TABLE = ("tool", "celery-safe", "lint")


class ConfigError(Exception):
    """The configuration or an option is wrong; the message says where and what to write."""


@dataclass(frozen=True)
class Config:
    """What to check and what to leave out.

    ``select``, ``ignore``, ``extend_select`` and the values of ``per_file_ignores`` are prefixes of
    rule codes; ``exclude`` and the keys of ``per_file_ignores`` are glob patterns below ``root``;
    ``baseline`` is a file below ``root``, ``extend_rules`` are names of packages with rules;
    ``task_decorators`` are dotted names of decorators that make tasks, besides those that are
    found; ``house`` are the rules of the house; ``celery_version`` stands for the version that the
    project requires.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    preset: str = "default"
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    baseline: str = ""
    extend_rules: tuple[str, ...] = ()
    task_decorators: tuple[str, ...] = ()
    house: House = field(default_factory=House)
    celery_version: str = ""
    root: Path = Path()


_KEYS = {f.name.replace("_", "-"): f.name for f in fields(Config) if f.name != "root"}


def nearest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing if no known word is near."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def load(start: Path) -> Config:
    """Read the configuration for ``start`` from the first file at or above it that has our table.

    Raises:
        ConfigError: the file is no TOML, or has an unknown key or a value of the wrong type.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file() and (config := _parse(file)) is not None:
            return config
    return Config()


def _parse(file: Path) -> Config | None:
    """None for a file without our table."""
    try:
        text = file.read_text("utf-8")
        table: Any = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    for depth, key in enumerate(TABLE):
        if depth == len(TABLE) - 1:
            _refuse_unknown(file, text, TABLE[:-1], table, TABLE[-1:])
        near = difflib.get_close_matches(key, [k for k in table if k != key], 1, 0.9)
        if key not in table and near:
            raise ConfigError(
                f"{_place(file, text, near[0])}: [{'.'.join((*TABLE[:depth], near[0]))}] is not "
                f"read; write [{'.'.join(TABLE[: depth + 1])}]"
            )
        table = table.get(key)
        if table is None:
            return None
        if not isinstance(table, dict):
            raise ConfigError(f"{file}: [{'.'.join(TABLE[: depth + 1])}] must be a table")
    _refuse_unknown(file, text, TABLE, table, _KEYS)
    values: dict[str, Any] = {
        _KEYS[key]: _value(file, text, key, value) for key, value in table.items()
    }
    return Config(**values, root=file.parent)


def _refuse_unknown(
    file: Path, text: str, table: tuple[str, ...], given: Iterable[str], known: Iterable[str]
) -> None:
    for key in given:
        if key not in known:
            raise ConfigError(
                f"{_place(file, text, key)}: [{'.'.join(table)}] has no key {key!r}"
                f"{nearest(key, known)}; it knows {', '.join(sorted(known))}"
            )


def _value(file: Path, text: str, key: str, value: Any) -> object:
    where = _place(file, text, key)
    if key == "preset":
        if value not in PRESETS:
            near = nearest(str(value), PRESETS)
            raise ConfigError(f"{where}: preset must be default or strict, not {value!r}{near}")
        return value
    if key == "house":
        try:
            return parse(value, file.parent)
        except HouseError as error:
            raise ConfigError(f"{where}: {error}") from error
    if key == "baseline":
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{where}: baseline must be the path of a file, not {value!r}")
        return value
    if key == "celery-version":
        return celery_version(value, f"{where}: celery-version")
    if key == "per-file-ignores":
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: per-file-ignores must be a table of lists, not {value!r}")
        return {
            pattern: _strings(f"{where}: per-file-ignores.{pattern!r}", codes)
            for pattern, codes in value.items()
        }
    strings = _strings(f"{where}: {key}", value)
    if key == "task-decorators":
        for name in strings:
            parts = name.split(".")
            if len(parts) < 2 or not all(part.isidentifier() for part in parts):
                raise ConfigError(
                    f"{where}: task-decorators: write the module and the name, "
                    f"such as 'shop.celery.cron_task', not {name!r}"
                )
    return strings


def celery_version(value: object, what: str) -> str:
    """A version of Celery such as ``5.4``.

    Raises:
        ConfigError: it is none.
    """
    if isinstance(value, str) and versions.parse(value) is not None:
        return value
    raise ConfigError(f"{what} must be a version such as '5.6', not {value!r}")


def _strings(what: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise ConfigError(f"{what} must be a list of strings, not {value!r}")


def _place(file: Path, text: str, key: str) -> str:
    """The file and, where a line or the header of a table has ``key``, its line."""
    name = rf"""["']?{re.escape(key)}["']?"""
    inside = re.search(rf"^\s*\[{TABLE[0]}\.{TABLE[1]}\b", text, re.MULTILINE)
    start = inside.start() if inside else 0
    found = re.compile(rf"^\s*(?:\[[^\]]*\b)?({name})\s*[=\]]", re.MULTILINE).search(text, start)
    return f"{file}:{text.count(chr(10), 0, found.start(1)) + 1}" if found else str(file)
