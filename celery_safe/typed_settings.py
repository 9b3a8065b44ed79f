"""SafeSettings: a typed model of Celery's configuration.

Touches ``_TO_NEW_KEY`` (``celery/app/defaults.py``), Celery's own table of old names.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from celery import __version__
from celery.app.defaults import _TO_NEW_KEY
from pydantic import TypeAdapter, ValidationError, model_validator
from typing_extensions import Self

from celery_safe._settings_fields import Fields
from celery_safe.defaults import SETTINGS
from celery_safe.errors import MissingExtra, SettingsError
from celery_safe.notices import nearest
from celery_safe.spelling import DEFAULTS_BY_NAME

_OURS = frozenset(row.setting for row in SETTINGS if row.setting.startswith("safe_"))
#: How close a variable must come to a setting to be taken for a typing error.
_CLOSE = 0.85
_OLD = {old: new for old, new in _TO_NEW_KEY.items() if old != new.upper()}


class SafeSettings(Fields):
    """Celery's configuration with completion, types and one error for a name that does not exist.

    ::

        settings = SafeSettings(broker_url="redis://", task_time_limit=60, timezone="Europe/Berlin")
        app = SafeCelery("shop")
        app.config_from_object(settings)

    Only what is set counts; all else is left to the defaults.

    Raises:
        pydantic.ValidationError: for an unknown name, with the nearest right one, or a wrong type.
    """

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            problems = [p for p in map(_problem, given) if p]
            if problems:
                raise ValueError("\n".join(problems))
        return given

    def __repr_args__(self) -> Any:
        return [(name, getattr(self, name)) for name in sorted(self.model_fields_set)]

    @classmethod
    def from_env(cls, prefix: str = "CELERY_", environ: Mapping[str, str] | None = None) -> Self:
        """Settings from variables like ``CELERY_TASK_TIME_LIMIT=60``; lists and dicts are JSON.

        A variable with the prefix that is no setting, and not nearly one, is somebody else's.

        Raises:
            SettingsError: for one that is nearly a setting, or a value that does not fit.
        """
        found: dict[str, Any] = {}
        for variable, text in sorted((os.environ if environ is None else environ).items()):
            if not variable.startswith(prefix):
                continue
            name = variable[len(prefix) :].lower()
            if name in cls.model_fields or name in _OURS:
                found[name] = _parsed(cls, name, text)
            elif near := difflib.get_close_matches(name, cls.model_fields, 1, _CLOSE):
                right = f"{prefix}{near[0].upper()}"
                raise SettingsError(
                    f"environment: {variable} is no setting; did you mean {right!r}?"
                )
        return cls._checked(found, "environment")

    @classmethod
    def from_file(cls, path: str | Path, table: str | None = None) -> Self:
        """Settings from a file of TOML, JSON or YAML.

        Args:
            path: the file; its ending says what it is.
            table: where in it, as ``tool.celery``; None is the top.

        Raises:
            SettingsError: it cannot be read, or for a name or value that does not fit.
            MissingExtra: a parser is not installed.
        """
        path = Path(path)
        readers: dict[str, Callable[[bytes], Any]] = {
            ".toml": _toml, ".json": json.loads, ".yaml": _yaml, ".yml": _yaml,
        }  # fmt: skip
        reader = readers.get(path.suffix.lower())
        if reader is None:
            raise SettingsError(f"{path}: a file of settings ends with {', '.join(readers)}")
        try:
            found = reader(path.read_bytes())
        except MissingExtra:
            raise
        except (OSError, ValueError) as error:
            raise SettingsError(f"{path}: {error}") from error
        for part in table.split(".") if table else ():
            if not isinstance(found, dict) or part not in found:
                raise SettingsError(f"{path}: there is no table {table!r} in it")
            found = found[part]
        if not isinstance(found, dict):
            raise SettingsError(
                f"{path}: settings are names with values, not a {type(found).__name__}"
            )
        return cls._checked(found, str(path))

    @classmethod
    def from_celery(cls, source: Any, namespace: str | None = None) -> Self:
        """Settings from plain configuration: a dict, a module, or an object; old names become new ones.

        Args:
            source: as for ``app.config_from_object``, but not its name.
            namespace: as there; without it, upper-case names that are no settings are not read, as
                modules have such.

        Raises:
            SettingsError: for a name that is nearly a setting, or a value that does not fit.
        """
        values = source if isinstance(source, Mapping) else _attributes(source)
        found: dict[str, Any] = {}
        prefix = f"{namespace}_" if namespace else ""
        for key, value in values.items():
            if not isinstance(key, str) or not key.startswith(prefix):
                continue
            bare = key[len(prefix) :]
            name = _OLD.get(bare) or _OLD.get(f"CELERY_{bare}") if bare.isupper() else bare
            name = name or bare.lower()
            if name in cls.model_fields or name in _OURS:
                found[name] = value
            elif isinstance(source, Mapping) or prefix or nearest(name, cls.model_fields):
                raise SettingsError(
                    f"configuration: no setting {key!r}{nearest(name, cls.model_fields)}"
                )
        return cls._checked(found, "configuration")

    def to_celery(self, namespace: str | None = None) -> dict[str, Any]:
        """What is set, as plain configuration.

        Args:
            namespace: give ``"CELERY"`` for names like ``CELERY_TASK_TIME_LIMIT``, as in Django.

        Raises:
            SettingsError: the installed Celery has no such setting.
        """
        found = {name: getattr(self, name) for name in sorted(self.model_fields_set)}
        for name in found:
            if name not in DEFAULTS_BY_NAME and name not in _OURS:
                raise SettingsError(
                    f"Celery {__version__} has no setting {name!r}; a newer one has"
                )
        return {f"{namespace}_{n}".upper(): v for n, v in found.items()} if namespace else found

    @classmethod
    def _checked(cls, found: Mapping[str, Any], where: str) -> Self:
        try:
            return cls(**found)
        except ValidationError as error:
            raise SettingsError("\n".join(_told(error, where))) from None


def _problem(name: str) -> str:
    if name in Fields.model_fields or name in _OURS:
        return ""
    new = _OLD.get(name) or (name.lower() if name.lower() in Fields.model_fields else None)
    if new:
        return f"{name!r} is an old name of {new!r}; SafeSettings.from_celery reads old names"
    return f"no setting {name!r}{nearest(name, [*Fields.model_fields, *_OURS])}"


def _told(error: ValidationError, where: str) -> Iterable[str]:
    for problem in error.errors():
        if not problem["loc"]:
            yield f"{where}: {problem['msg'].removeprefix('Value error, ')}"
        else:
            yield f"{where}: {problem['loc'][0]}: {problem['msg']} (it is {problem['input']!r})"


def _parsed(cls: type[SafeSettings], name: str, text: str) -> Any:
    """A variable's value: text if that fits, else JSON; pydantic reads numbers and words for bool."""
    field = cls.model_fields.get(name)
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise SettingsError(f"environment: {name}: is no JSON: {error}") from error
    if field is None or "str" not in str(field.annotation):
        try:
            return json.loads(text)
        except ValueError:
            return text
    number = [t for t in ("int", "float") if t in str(field.annotation)]
    if number:
        try:
            return TypeAdapter(float if "float" in number else int).validate_python(text)
        except ValidationError:
            return text
    return text


def _toml(content: bytes) -> Any:
    try:
        tomllib = importlib.import_module("tomllib")
    except ModuleNotFoundError:
        try:
            tomllib = importlib.import_module("tomli")
        except ModuleNotFoundError as error:
            raise MissingExtra("TOML needs Python 3.11, or: pip install tomli") from error
    return tomllib.loads(content.decode())


def _yaml(content: bytes) -> Any:
    try:
        yaml = importlib.import_module("yaml")
    except ModuleNotFoundError as error:
        raise MissingExtra("YAML needs: pip install 'celery-safe[yaml]'") from error
    try:
        found = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return {} if found is None else found  # an empty file


def _attributes(source: Any) -> dict[str, Any]:
    return {name: getattr(source, name) for name in dir(source) if not name.startswith("_")}
