"""What the index of a project says: plain records, in the order and with the names of its JSON."""

from __future__ import annotations

from dataclasses import dataclass

#: Rises when a key changes its meaning or goes; new keys may come without it.
VERSION = 1


@dataclass(frozen=True)
class App:
    """A Celery app; ``name`` is what it is bound to, ``factory`` the function that makes it.

    ``exported_as`` are the other dotted names under which files of the project import it.
    """

    path: str
    line: int
    name: str | None
    main: str | None
    cls: str
    is_safe: bool
    factory: str | None
    exported_as: tuple[str, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter that a message can fill; ``kind`` as in :mod:`inspect`, in lower case with dashes."""

    name: str
    kind: str
    annotation: str | None
    default: str | None
    required: bool


@dataclass(frozen=True)
class TaskEntry:
    """A task.

    ``name`` is the one Celery registers, null if it cannot be seen; ``name_from`` says whence:
    ``written``, ``module`` or ``gen_task_name``.
    ``kind`` is ``function`` or ``class``; ``line`` and ``signature`` are those of the function, or
    of the class and its ``run``.
    ``parameters`` leave out the first one of a bound task; ``signature`` is as in the source.
    ``options`` are as in the source, without ``name``; ``bases`` the known classes above it.
    """

    path: str
    line: int
    name: str | None
    name_from: str
    module: str
    function: str
    kind: str
    signature: str
    parameters: tuple[Parameter, ...]
    options: dict[str, str]
    has_unknown_options: bool
    base: str | None
    bases: tuple[str, ...]
    is_bound: bool
    is_async: bool
    decorator: str
    decorators: tuple[str, ...]
    queue: str | None


@dataclass(frozen=True)
class SendEntry:
    """A send, or a signature made to be sent.

    ``task`` is the name (or else the dotted place) of the task it resolves to, ``task_path`` and
    ``task_line`` where that is; ``tasks`` are all of them if it sends a canvas or one of several.
    ``why`` says what is not known about them.
    ``receiver_kind`` is ``task``, ``signature``, ``canvas``, ``name`` or ``unknown``.
    ``is_passed`` says that the method is handed over to be called elsewhere.
    ``sender`` is the function or class around it; ``sender_task`` that one's task, if it is one.
    ``queue`` is the one the message goes to, as far as calls, options, routes and settings say.
    """

    path: str
    line: int
    method: str
    receiver: str
    receiver_kind: str
    task: str | None
    task_path: str | None
    task_line: int | None
    tasks: tuple[str, ...]
    why: str | None
    module: str
    sender: str | None
    sender_task: str | None
    queue: str | None
    options: dict[str, str]
    in_transaction: bool
    is_passed: bool


@dataclass(frozen=True)
class CanvasEntry:
    """A chain, group, chord or the like; ``tasks`` are those of its signatures that are known."""

    path: str
    line: int
    kind: str
    tasks: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class BeatEntry:
    """An entry of a beat schedule; ``resolved`` is the project's task that it starts.

    ``is_certain`` is false for a dictionary that looks like an entry but is not seen to reach a
    beat schedule, such as one in a list that a function makes a schedule of.
    ``queue`` is the one that its options name, else that of the task.
    """

    path: str
    line: int
    name: str | None
    task: str | None
    resolved: str | None
    why: str | None
    schedule: str | None
    kind: str
    is_certain: bool
    args: str | None
    kwargs: str | None
    options: str | None
    queue: str | None


@dataclass(frozen=True)
class SettingEntry:
    """A setting: ``name`` is today's; ``value`` is there if it is literal. Passwords are left out."""

    path: str
    line: int
    name: str
    written: str
    text: str
    is_literal: bool
    value: object


@dataclass(frozen=True)
class Route:
    """A route of ``task_routes``; ``queue`` is null if it is no literal."""

    path: str
    line: int
    pattern: str
    queue: str | None


@dataclass(frozen=True)
class Queue:
    """A queue that is named anywhere; ``used_by`` are ``setting``, ``route``, ``task``, ``send``."""

    name: str
    used_by: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Transaction:
    """A piece of code in a transaction; ``kind`` is ``with`` or ``decorator``."""

    path: str
    line: int
    end_line: int
    kind: str
    text: str


@dataclass(frozen=True)
class Unknown:
    """What the index does not know: ``kind`` and what, where."""

    path: str
    line: int | None
    kind: str
    what: str


@dataclass(frozen=True)
class Inventory:
    """The whole index."""

    files: int
    apps: tuple[App, ...]
    tasks: tuple[TaskEntry, ...]
    sends: tuple[SendEntry, ...]
    canvas: tuple[CanvasEntry, ...]
    beat: tuple[BeatEntry, ...]
    settings: tuple[SettingEntry, ...]
    queues: tuple[Queue, ...]
    routes: tuple[Route, ...]
    transactions: tuple[Transaction, ...]
    unknowns: tuple[Unknown, ...]
