"""What the engine knows about a project: plain values that rules read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import libcst as cst


@dataclass(frozen=True)
class Ref:
    """What an expression such as ``app`` or ``tasks.charge`` refers to.

    ``origin`` is the dotted name at its home (``celery.schedules.crontab``) or None if unknown.
    ``instance_of`` is the origin of the class or function whose call made a local value.
    """

    origin: str | None = None
    instance_of: str | None = None


@dataclass(frozen=True, eq=False)
class TaskCandidate:
    """A function under a decorator that looks like a task's; the project decides if it is one.

    ``decorator_ref`` refers to the app of ``@app.task``, or to ``shared_task`` itself.
    ``others`` are the origins of its other decorators, None for what cannot be resolved.
    """

    function: cst.FunctionDef
    decorator: cst.Decorator
    decorator_ref: Ref
    is_method_of_app: bool
    arguments: tuple[cst.Arg, ...]
    is_top_level: bool = True
    others: tuple[str | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """A function that is a Celery task.

    ``is_safe`` says that its app is, or for a shared task may be, a SafeCelery.
    """

    function: cst.FunctionDef
    decorator: cst.Decorator
    arguments: tuple[cst.Arg, ...]
    is_safe: bool
    is_top_level: bool = True
    others: tuple[str | None, ...] = ()

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.function.name.value

    @property
    def options(self) -> dict[str, cst.Arg]:
        """The keyword arguments of the decorator."""
        return {a.keyword.value: a for a in self.arguments if a.keyword}

    @property
    def has_unknown_options(self) -> bool:
        """Whether the decorator has ``**options`` that are not to be seen."""
        return any(a.star == "**" for a in self.arguments)

    @property
    def is_bound(self) -> bool:
        """Whether ``bind=True`` is written."""
        bind = self.options.get("bind")
        return bind is not None and isinstance(bind.value, cst.Name) and bind.value.value == "True"

    @property
    def self_name(self) -> str | None:
        """The name of a bound task's first parameter."""
        params = self.function.params
        positional = [*params.posonly_params, *params.params]
        return positional[0].name.value if self.is_bound and positional else None


@dataclass(frozen=True, eq=False)
class Send:
    """A call of ``.delay``, ``.apply_async``, ``.send_task`` or the like, or of ``.s`` and ``.si``.

    ``atomic`` says that it stands, not deferred, inside ``transaction.atomic``, and ``contexts``
    are the origins of all other context managers and decorators around it.
    ``function`` is the innermost function around it.
    """

    call: cst.Call
    method: str
    receiver: Ref
    receiver_text: str
    atomic: bool
    function: str | None
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a name that could be resolved to an origin."""

    call: cst.Call
    callee: str


@dataclass(frozen=True, eq=False)
class Setting:
    """A Celery setting: ``name`` is lower case without prefix, ``written`` is as in the file."""

    name: str
    written: str
    value: cst.BaseExpression
    node: cst.CSTNode
    is_module_level: bool = False


@dataclass(frozen=True, eq=False)
class ConfigLoad:
    """A call of ``config_from_object``.

    ``target`` is the text or the origin of what is loaded. ``namespace`` is None without one,
    and both are ``"?"`` if they cannot be seen.
    """

    call: cst.Call
    target: str
    namespace: str | None


@dataclass(frozen=True)
class Edit:
    """Replaces a piece of a file; positions as in :class:`Finding`."""

    line: int
    column: int
    end_line: int
    end_column: int
    content: str


@dataclass(frozen=True)
class Fix:
    """What mends a finding; ``applicability`` is ``safe`` if nothing else changes, or ``unsafe``."""

    applicability: str
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, order=True)
class Finding:
    """One mistake at one place; lines and columns count from 1, the end column is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    name: str
    message: str
    fix: Fix | None = field(default=None, compare=False)

    def as_dict(self) -> dict[str, object]:
        """The finding as the JSON report writes it."""
        return asdict(self)


@dataclass(frozen=True, order=True)
class Unchecked:
    """A file or folder that could not be checked, and why."""

    path: str
    reason: str
