"""What the engine knows about a project: plain values that rules read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple

from lint_rules._engine.findings import Edit as Edit
from lint_rules._engine.findings import Finding as Finding
from lint_rules._engine.findings import Fix as Fix
from lint_rules._engine.findings import Unchecked as Unchecked
from lint_rules._engine.names import Scope


@dataclass(eq=False)
class Ref:
    """What an expression such as ``app`` or ``tasks.charge`` refers to.

    ``origin`` is the dotted name at its home (``celery.schedules.crontab``) or None if unknown.
    ``instance_of`` is the origin of the class or function whose call made a local value.
    Both are filled in when the scopes around the expression are known to their end.
    """

    origin: str | None = None
    instance_of: str | None = None


@dataclass(frozen=True, eq=False)
class Arg:
    """An argument of a call; ``star`` is ``*``, ``**`` or empty, ``node`` all of it in the source.

    ``is_spread`` says that it comes out of the dictionary of ``**node``, and stands as that does.
    """

    value: ast.expr
    node: ast.expr | ast.keyword
    keyword: str | None = None
    star: str = ""
    is_spread: bool = False


def arguments(call: ast.Call) -> tuple[Arg, ...]:
    """The arguments of a call, the positional ones first."""
    positional = [
        Arg(a.value, a, None, "*") if isinstance(a, ast.Starred) else Arg(a, a) for a in call.args
    ]
    keywords = [Arg(k.value, k, k.arg, "" if k.arg else "**") for k in call.keywords]
    return (*positional, *keywords)


Function = ast.FunctionDef | ast.AsyncFunctionDef


#: What a task decorator reads for itself (``Celery._task_from_fun``).
_NEVER_INHERITED = frozenset({"name", "bind", "base"})


@dataclass(frozen=True, eq=False)
class TaskCandidate:
    """A function under a decorator that looks like a task's; the project decides if it is one.

    ``decorator_ref`` refers to the app of ``@app.task``, or to ``shared_task`` itself.
    ``others`` are its other decorators, ``within`` the functions around it, the innermost last.
    """

    function: Function
    decorator: ast.expr
    decorator_ref: Ref
    is_method_of_app: bool
    arguments: tuple[Arg, ...]
    is_top_level: bool
    others: tuple[Ref, ...]
    within: tuple[Function, ...] = ()


@dataclass(frozen=True, eq=False)
class Kind:
    """A decorator of Celery: ``app`` is the origin of its app, or None for a shared task."""

    is_safe: bool
    app: str | None = None


@dataclass(frozen=True, eq=False)
class Maker:
    """A decorator of the project that makes a task.

    ``options`` are those that it gives Celery itself; ``forwards`` says that it hands on what is
    written where it is used, ``is_opaque`` that it gives options which are not to be seen.
    ``wraps`` says that the task runs another function around the decorated one, and ``keeps_name``
    that Celery names the task after the decorated function, unless it is told a name.
    ``takes`` are its own parameters, which Celery does not get; None if they are not to be seen.
    """

    kind: Kind
    options: tuple[Arg, ...] = ()
    forwards: bool = False
    is_opaque: bool = False
    wraps: bool = False
    keeps_name: bool = True
    takes: frozenset[str] | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """A function that is a Celery task.

    ``is_safe`` says that its app is, or for a shared task may be, a SafeCelery.
    ``others`` are the origins of its other decorators, None for what cannot be resolved.
    ``app`` is the origin of the app that it belongs to; None for a shared task and a local app.
    ``within`` are the functions around it, the innermost last.
    ``is_shared`` says that it belongs to every app.
    ``maker`` is the project's own decorator, if it is made by one; ``arguments`` are what Celery gets.
    ``definition`` is the class of a class-based task: then ``function`` is its run, ``decorator`` its
    first base and ``arguments`` the options in its body.
    ``inherited`` are the attributes that the classes above it have, those of ``base=`` or of a
    class-based task; ``has_unknown_base`` says that one of them is not to be seen.
    Values are constants where names stood for them.
    """

    function: Function
    decorator: ast.expr
    arguments: tuple[Arg, ...]
    is_safe: bool
    is_top_level: bool
    others: tuple[str | None, ...]
    app: str | None = None
    within: tuple[Function, ...] = ()
    is_shared: bool = False
    maker: Maker | None = None
    definition: ast.ClassDef | None = None
    inherited: tuple[Arg, ...] = ()
    has_unknown_base: bool = False

    @property
    def name(self) -> str:
        """Name of the function, or of the class."""
        return self.function.name if self.definition is None else self.definition.name

    @property
    def options(self) -> dict[str, Arg]:
        """The keyword arguments of the decorator, as they are written above the function."""
        return {a.keyword: a for a in self.arguments if a.keyword}

    @property
    def has_unknown_options(self) -> bool:
        """Whether there are options that are not to be seen: ``**options``, or a decorator's own."""
        is_hidden = self.maker is not None and (self.maker.is_opaque or self.maker.wraps)
        return is_hidden or any(a.star == "**" for a in self.arguments)

    @property
    def has_unknown_name(self) -> bool:
        """Whether its name, if none is written, may be another than that of its function."""
        is_hidden = self.maker is not None and not self.maker.keeps_name
        return is_hidden or any(a.star == "**" for a in self.arguments)

    def option(self, name: str) -> ast.expr | None:
        """The value of an option, also where the project's own decorator or a base class gives it."""
        if name in self.options:
            return self.options[name].value
        given = self.maker.options if self.maker is not None else ()
        own = next((a.value for a in reversed(given) if a.keyword == name), None)
        if own is not None or name in _NEVER_INHERITED:
            return own
        return next((a.value for a in self.inherited if a.keyword == name), None)

    @property
    def is_bound(self) -> bool:
        """Whether the task itself comes first: ``bind=True``, or a class's ``run(self)``."""
        bind = self.option("bind")
        return self.definition is not None or (
            isinstance(bind, ast.Constant) and bind.value is True
        )

    @property
    def parameters(self) -> tuple[ast.arg, ...]:
        """The parameters that may be given by position, a bound task's own included."""
        return (*self.function.args.posonlyargs, *self.function.args.args)

    @property
    def self_name(self) -> str | None:
        """The name of a bound task's first parameter."""
        return self.parameters[0].arg if self.is_bound and self.parameters else None


@dataclass(frozen=True, eq=False)
class Registration:
    """``app.register_task(Charge())``: what ``Charge`` and ``app`` refer to."""

    app: Ref
    task: Ref


@dataclass(frozen=True, eq=False)
class Context:
    """A context manager or decorator around something.

    ``is_elsewhere`` says that it names a database where what a task reads is not;
    ``is_session`` that it is ``session.begin()`` of SQLAlchemy, ``is_written`` that the block
    writes through what it calls the session or connection.
    """

    ref: Ref
    is_elsewhere: bool = False
    is_session: bool = False
    is_written: bool = False


@dataclass(frozen=True, eq=False)
class Send:
    """A call of ``.delay``, ``.apply_async``, ``.send_task`` or the like, or of ``.s`` and ``.si``.

    ``method`` is ``__call__`` for what is sent by calling it: ``group(...)()``.
    ``kept`` is the method where a name holds it: ``send = charge.delay``, and then ``send(1)``.

    ``contexts`` are the context managers and decorators in which it stands, not deferred;
    ``function`` is the name of the innermost function around it, ``inside`` the function;
    ``scope`` has the names that it sees.
    """

    call: ast.Call
    arguments: tuple[Arg, ...]
    method: str
    receiver: Ref
    receiver_text: str
    contexts: tuple[Context, ...]
    function: str | None
    inside: Function | None = None
    scope: Scope | None = None
    kept: ast.Attribute | None = None

    @property
    def text(self) -> str:
        """As it is to be read in a message: ``order.charge.delay()``."""
        receiver = "..." if "\n" in self.receiver_text else self.receiver_text
        func = self.call.func
        is_called = self.method == "__call__"
        if isinstance(func if is_called else getattr(func, "value", None), ast.BinOp):
            receiver = f"({receiver})"
        return f"{receiver}()" if is_called else f"{receiver}.{self.method}()"


class Site(NamedTuple):
    """A call in a function, with the contexts in which it stands there."""

    call: ast.Call
    scope: Scope
    contexts: tuple[Context, ...]
    function: Function


@dataclass(frozen=True, eq=False)
class Passed:
    """A send that is handed over to be called elsewhere: ``partial(task.delay, 1)``.

    ``node`` is ``task.delay``, ``call`` the call that gets it, ``callee`` what that calls.
    """

    node: ast.Attribute
    call: ast.Call
    callee: Ref
    function: str | None
    scope: Scope


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a name that rules ask for.

    ``rebound`` are the names that a loop around it binds anew, unless a transaction is opened
    inside the loop: what waits for its commit then runs before the next round.
    """

    call: ast.Call
    arguments: tuple[Arg, ...]
    callee: Ref
    rebound: frozenset[str] = frozenset()
    scope: Scope | None = None


@dataclass(frozen=True, eq=False)
class Statement:
    """A call whose value nobody uses; ``inside`` is the innermost function around it."""

    call: ast.Call
    inside: Function | None
    scope: Scope


@dataclass(frozen=True, eq=False)
class Setting:
    """A Celery setting: ``name`` is today's, without prefix; ``written`` is as in the file.

    ``is_loaded`` says that an app is told by name to load what it stands in.
    """

    name: str
    written: str
    value: ast.expr
    node: ast.expr | ast.keyword
    is_module_level: bool = False
    is_loaded: bool = False


@dataclass(frozen=True, eq=False)
class ConfigLoad:
    """A call of ``config_from_object``.

    ``target`` is its text, or else what is referred to. ``namespace`` is None without one,
    and ``"?"`` if it cannot be seen.
    """

    call: ast.Call
    target: str | Ref
    namespace: str | None
