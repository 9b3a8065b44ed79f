"""Asks the Celery of this process for its settings and options, and prints them as JSON.

``scripts/celery_facts.py`` runs it with each release; the tests compare the installed Celery with
the tables by it. Celery has no list of the options that it reads, so they are gathered from where
it reads them: attributes of Task, parameters, and the words in the source of two functions.

Usage: python scripts/celery_ask.py
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable
from typing import Any, cast

from celery import Celery
from celery.app import autoretry
from celery.app.defaults import NAMESPACES, flatten
from celery.app.task import Task, extract_exec_options
from kombu.messaging import Producer

from celery_safe.options import celery_send_options

#: Type, default as Python writes it, release that deprecates it, release that removes it, successor.
Row = list[str]
_ARGUMENT = re.compile(r"^\s+(\w+) \(([^)]+)\):", re.M)


def settings() -> dict[str, Row]:
    """Every setting."""
    return {
        key: [
            option.type if isinstance(option.type, str) else option.type.__name__,
            repr(option.default),
            option.deprecate_by or "", option.remove_by or "", option.alt or "",
        ]
        for key, option in flatten(NAMESPACES)
    }  # fmt: skip


def task_options() -> dict[str, Row]:
    """Every keyword of a task decorator that is read, also those that no one should give."""
    of_setting = dict(Task.from_config)
    given = _given_to_the_decorator()
    documented = _documented(Task.apply_async)
    gone = _deprecated_attributes()
    names = {n for n in (*dir(Task), *Task.__annotations__) if not n.startswith("_")}
    found = {}
    for name in names | given.keys() | of_setting.keys() | _read_at_a_call():
        # Not getattr: it would bind the class to an app, and so set the defaults.
        default = inspect.getattr_static(Task, name, given.get(name))
        kind = _kind(default) or documented.get(name, "any")
        if default is None and name in of_setting:
            kind = settings()[of_setting[name]][0]
        found[name] = [kind, _shown(default), "", gone.get(name, ""), ""]
    return found


def sends() -> dict[str, Row]:
    """Every option of a call, with what the docstrings say of its type."""
    types: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    for function in (Producer.publish, Celery.send_task, Task.apply_async):
        types |= _documented(function)  # the last says it best
        defaults |= _defaults(function)
    return {
        name: [types.get(name, "any"), _shown(defaults.get(name, ...)), "", "", ""]
        for name in celery_send_options()
    }


def _given_to_the_decorator() -> dict[str, Any]:
    """Keywords that Celery takes before it makes the task, with their defaults."""
    [own] = re.findall(
        r"def inner_create_task_cls\((.*?), \*\*opts\)", inspect.getsource(Celery.task)
    )
    found = {k.arg: ast.literal_eval(k.value) for k in _call(f"f({own})").keywords if k.arg}
    found |= _defaults(Celery._task_from_fun)
    retries = inspect.getsource(autoretry.add_autoretry_behaviour)
    for name, default in re.findall(r"getattr\(\s*task,\s*'(\w+)',\s*(\(\)|[^()]+)\)", retries):
        found[name] = None if default.startswith("task.") else ast.literal_eval(default)
    return {name: found[name] for name in found if name not in ("self", "fun")}


def _call(source: str) -> ast.Call:
    return cast("ast.Call", ast.parse(source, mode="eval").body)


def _kind(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, type):
        return "class"
    is_method = callable(default) or isinstance(default, classmethod | staticmethod)
    return "method" if is_method else type(default).__name__


def _shown(default: Any) -> str:
    plain = isinstance(default, str | int | float | None) or default in ((), {})
    return repr(default) if plain else ""


def _read_at_a_call() -> set[str]:
    class Recorder:
        def __init__(self) -> None:
            self.read: set[str] = set()

        def __getattr__(self, name: str) -> None:
            self.read.add(name)

    recorder = Recorder()
    extract_exec_options(recorder)
    return recorder.read


def _deprecated_attributes() -> dict[str, str]:
    """Attributes that ``Task.bind`` warns of, and the release that no longer reads them."""
    source = inspect.getsource(Task.bind)
    found = re.search(
        r"for attr in \(([^)]*)\):\s+if attr in cls.__dict__.*?removal='([\d.]+)'", source, re.S
    )
    return dict.fromkeys(re.findall(r"'(\w+)'", found[1]), found[2]) if found else {}


def _documented(function: Callable[..., Any]) -> dict[str, str]:
    return dict(_ARGUMENT.findall(inspect.getdoc(function) or ""))


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        p.name: None if p.default is p.empty else p.default for p in parameters if p.kind in named
    }


if __name__ == "__main__":
    print(json.dumps({"settings": settings(), "tasks": task_options(), "sends": sends()}))
