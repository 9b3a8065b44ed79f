"""What a task changes, as far as it can be seen: variables that its code reaches, files, databases.

Variables are those that the function and the functions of the project that it calls name: lists,
dictionaries, sets, objects of the project, mocks. Files are those opened for writing, SQLite files
those connected to while it runs; SQLAlchemy engines and Django's databases are read as tables.
"""

from __future__ import annotations

import inspect
import os
import sqlite3
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType, TracebackType
from typing import Any
from unittest.mock import NonCallableMock

_DEPTH = 6
_PLAIN = (str, int, float, bool, bytes, type(None))
_WRITING = set("wax+")
_opened: list[set[str]] = []
_hooked: list[bool] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _opened or event not in ("open", "sqlite3.connect", "os.rename", "os.remove"):
        return
    path = args[1] if event == "os.rename" else args[0]
    if event == "open":
        mode, flags = args[1], args[2] if len(args) > 2 else 0
        is_written = (
            bool(_WRITING & set(mode))
            if isinstance(mode, str)
            else flags & (os.O_WRONLY | os.O_RDWR)
        )
        if not is_written:
            return
    if isinstance(path, str | bytes | os.PathLike):
        name = os.fsdecode(path)
        if not name.startswith((":memory:", "file:", "/dev/", "/proc/")):
            _opened[-1].add(str(Path(name).absolute()))


class Effects:
    """While it is entered, ``now()`` is a picture of all that is seen.

    Args:
        task: whose code is followed.
        look: a function whose value is the picture instead.
    """

    def __init__(self, task: Any, look: Callable[[], Any] | None) -> None:
        self._function, self._look = inspect.unwrap(task.run), look
        self._files: set[str] = set()

    def __enter__(self) -> Effects:
        if not _hooked:
            sys.addaudithook(_audit)
            _hooked.append(True)
        _opened.append(self._files)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _opened.remove(self._files)

    def now(self) -> dict[str, Any]:
        """What is there, by where it is."""
        if self._look is not None:
            return {"task_effects()": _picture(self._look(), _DEPTH)}
        function = getattr(self._function, "__func__", self._function)
        seen: dict[str, Any] = {}
        for name, value in _reached(function, set()):
            picture = _database(value)
            seen[name] = _picture(value, _DEPTH) if picture is None else picture
        seen.update({name: _file(name) for name in sorted(self._files)})
        seen.update(_django())
        return seen


def _reached(function: Any, known: set[int]) -> Iterator[tuple[str, Any]]:
    """The values that a function and the functions that it names can change, by name."""
    if id(function) in known or not isinstance(function, FunctionType):
        return
    known.add(id(function))
    package = function.__module__.partition(".")[0]
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    named = {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    names = _names(function.__code__)
    named.update(
        {name: function.__globals__[name] for name in names if name in function.__globals__}
    )
    for value in list(named.values()):
        if isinstance(value, ModuleType) and value.__name__.partition(".")[0] == package:
            named.update(
                {f"{value.__name__}.{n}": vars(value)[n] for n in names if n in vars(value)}
            )
    for name, value in named.items():
        inner = inspect.unwrap(getattr(value, "run", value)) if callable(value) else value
        inner = getattr(inner, "__func__", inner)
        if isinstance(inner, FunctionType):
            if inner.__module__.partition(".")[0] == package:
                yield from _reached(inner, known)
        elif not isinstance(value, (ModuleType, type, *_PLAIN)) and not _is_foreign(value):
            yield name, value


def _names(code: Any) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            found |= _names(constant)
    return found


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (an empty one raises)
    except ValueError:
        return False
    return True


def _is_foreign(value: Any) -> bool:
    """Whether it belongs to Celery or to us: apps and tasks change by themselves."""
    return type(value).__module__.partition(".")[0] in (
        "celery",
        "kombu",
        "celery_safe",
        "logging",
        "threading",
    )


def _picture(value: Any, depth: int) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if depth == 0:
        return f"<{type(value).__name__}>"
    if isinstance(value, NonCallableMock):
        return [str(call) for call in value.mock_calls]
    if isinstance(value, dict):
        return {repr(key): _picture(item, depth - 1) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, sqlite3.Connection):
        return _database(value)
    if isinstance(value, list | tuple | deque | bytearray | array):
        return [_picture(item, depth - 1) for item in value]
    if hasattr(value, "__dict__") and not callable(value):
        return {name: _picture(item, depth - 1) for name, item in vars(value).items()}
    return f"<{type(value).__name__}>"


def _database(value: Any) -> Any:
    """The tables of a connection or an engine; None for anything else."""
    if isinstance(value, sqlite3.Connection):
        return list(value.iterdump())
    engine = getattr(value, "kw", {}).get("bind", value) if hasattr(value, "kw") else value
    if type(engine).__module__.startswith("sqlalchemy.") and hasattr(engine, "connect"):
        import sqlalchemy

        with engine.connect() as connection:
            tables = sqlalchemy.inspect(engine).get_table_names()
            return {
                t: _rows(connection.execute(sqlalchemy.text(f'SELECT * FROM "{t}"')))
                for t in tables
            }
    return None


def _rows(found: Any) -> list[str]:
    return sorted(repr(tuple(row)) for row in found)


def _django() -> dict[str, Any]:
    """The rows of every model, where Django is set up."""
    django = sys.modules.get("django.apps")
    if django is None or not django.apps.ready:
        return {}
    from django.db import connections, router

    tables = {alias: set(connections[alias].introspection.table_names()) for alias in connections}
    return {
        model._meta.label: _rows(model._default_manager.values_list())
        for model in django.apps.get_models()
        # A model whose migration has not run has no effects.
        if model._meta.db_table in tables[router.db_for_read(model) or "default"]
    }


def _file(name: str) -> Any:
    path = Path(name)
    if not path.is_file():
        return None
    content = path.read_bytes()
    if content.startswith(b"SQLite format 3\0"):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()
    return content


def difference(once: dict[str, Any], now: dict[str, Any], when: str = "after one run") -> str:
    """The places that differ, with what is there now and what was ``when`` it was right."""
    lines = []
    for name in sorted(once.keys() | now.keys()):
        before, after = once.get(name), now.get(name)
        if before != after:
            lines.append(
                f"  {name}\n    {when}: {_short(before)}\n    {'now:':<{len(when) + 1}} {_short(after)}"
            )
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:150]} ... {text[-240:]}"
