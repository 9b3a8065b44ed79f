"""Which task a send is for: the receiver may be a task, a signature, a canvas, or a name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from lint_rules._engine.constants import text
from lint_rules._engine.containers import inside, members
from lint_rules._engine.facts import Function, Send, Task
from lint_rules._engine.gives import Gives, iterated, picked, written
from lint_rules._engine.lookup import Found, Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope, dotted, last_name
from lint_rules._engine.resolve import Resolver
from lint_rules._engine.returns import yielded
from lint_rules._engine.started import CALLED
from lint_rules._engine.target import Target, together

#: Methods of a task that make a signature.
MAKERS = frozenset({"s", "si", "signature", "subtask", "map", "starmap", "chunks"})
#: Methods of a signature that give a signature of the same tasks.
_SAME = frozenset({"set", "clone", "on_error", "reverse", "group", "replace", "freeze"})
#: Functions that make one of a name, or of a signature written as a dictionary.
_BY_NAME = frozenset({"signature", "subtask", "maybe_signature", "Signature"})
_CANVAS = frozenset({"chain", "group", "chord", "xmap", "xstarmap", "chunks"})
_DEEPEST = 30
_Key = tuple[int, int, str | int | None]


class Targets:
    """Finds the targets of sends.

    Args:
        task_at: the tasks at a dotted name.
        names: tasks by their Celery names; None if those are not known.
        sends: every send, with its module.
    """

    def __init__(
        self,
        lookup: Lookup,
        resolver: Resolver,
        task_at: Mapping[str, list[tuple[Module, Task]]],
        tasks: Iterable[tuple[Module, Task]],
        names: Callable[[], dict[str, Task] | None],
        sends: Iterable[tuple[Module, Send]],
    ) -> None:
        self._lookup = lookup
        self._resolver = resolver
        self._task_at = task_at
        self._names = names
        self._by_function = {id(task.function): task for _, task in tasks}
        self._module_of = {id(send): module for module, send in sends}
        self._known: dict[int, Target] = {}
        self._open: set[_Key] = set()
        self._made: dict[_Key, Target] = {}
        self._gives = Gives(self._module_of.values())

    def task_with(self, function: Function) -> Task | None:
        """The task that a function is."""
        return self._by_function.get(id(function))

    def of(self, send: Send) -> Target:
        """What a send is for."""
        found = self._known.get(id(send))
        if found is None:
            found = self._known[id(send)] = self._of(self._module_of[id(send)], send)
        return found

    def _of(self, module: Module, send: Send) -> Target:
        scope = send.scope or module.scope
        if send.method == "send_task":
            return self._by_name(send, scope, module)
        if send.kept is not None:
            return self.at(Place(send.kept.value, scope, module))
        if send.method == CALLED:
            return self._started(Place(send.call.func, scope, module), send.call.args)
        if not isinstance(send.call.func, ast.Attribute):
            return self._by_name(send, scope, module)
        made = self.at(Place(send.call.func.value, scope, module))
        is_by_name = made.kind == "unknown" and send.method in ("signature", "subtask")
        return self._by_name(send, scope, module) if is_by_name else made

    def _by_name(self, send: Send, scope: Scope, module: Module) -> Target:
        """``app.send_task("shop.charge")`` and ``app.signature("shop.charge")``."""
        first = next((a for a in send.arguments if a.keyword in (None, "name", "task")), None)
        if first is None or first.star:
            return Target(why="the name of the task is not written out")
        return self._named("name", Place(first.value, scope, module))

    def _started(self, place: Place, bodies: Sequence[ast.expr]) -> Target:
        """A canvas that is called, with the body that a chord gets then."""
        made = self.at(place)
        if made.kind == "canvas":
            return self._canvas("chain", (place.node, *bodies), place, 0) if bodies else made
        is_chunks = isinstance(place.node, ast.Call) and last_name(place.node.func) == "chunks"
        return (
            made if made.kind == "signature" and is_chunks else Target(why="receiver is no canvas")
        )

    def at(self, place: Place, depth: int = 0) -> Target:
        """What an expression that is a task, signature or canvas stands for."""
        if depth > _DEEPEST:
            return Target(why="too many names to follow")
        is_first = not self._open and not self._made
        try:
            return together(self._once(end, place, depth) for end in self._lookup.ends(place))
        finally:
            if is_first:
                self._made.clear()  # what was asked inside of another question is only a part

    def _once(self, end: Place | Found, place: Place, depth: int) -> Target:
        """What an end is, asked once: `c = c | a.s()`, written five times, has millions of ways."""
        key = (
            (id(end.node), id(end.scope), None)
            if isinstance(end, Place)
            else (id(place.node), id(place.scope), end.origin or id(end.function))
        )
        if key in self._open:
            return Target("nothing")  # it is made of itself, and of what else it is made of
        if key not in self._made:
            self._open.add(key)
            try:
                self._made[key] = self._end(end, place, depth)
            finally:
                self._open.remove(key)
        return self._made[key]

    def _end(self, end: Place | Found, place: Place, depth: int) -> Target:
        if isinstance(end, Found):
            made = self._found(end)
            return made if made.kind != "unknown" else self._given(end, place, depth, made)
        node = end.node
        if isinstance(node, ast.Call):
            return self._call(node, end, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._canvas("chain", (node.left, node.right), end, depth)
        if isinstance(node, ast.Subscript):
            return self._item(node.value, node.slice, end, depth)
        if isinstance(node, ast.Constant) and node.value is None:
            return Target("nothing")
        return Target(why="receiver is an expression that is not followed")

    def _given(self, end: Found, place: Place, depth: int, otherwise: Target) -> Target:
        """What a property gives, or a loop takes from a list."""
        if end.origin is not None:
            places = self._gives.of_attribute(end)
            return together(self.at(p, depth + 1) for p in places) if places else otherwise
        found = [(at, self._elements(source)) for source, at in iterated(place)]
        parts = [picked(element, at) for at, elements in found for element in elements]
        if not parts or not all(elements for _, elements in found):
            return otherwise
        return together(self.at(p, depth + 1) if p else otherwise for p in parts)

    def _elements(self, source: Place) -> list[Place]:
        """The elements of a list that is written out, filled here, or given by a function."""
        ends = list(self._lookup.ends(source))
        listed = [written(end, self._lookup) for end in ends]
        if ends and all(listed):
            return [element for elements in listed for element in elements]
        places = [source]
        if isinstance(source.node, ast.Call):
            found = self._lookup.find(Place(source.node.func, source.scope, source.module))
            places = self._gives.of_call(found)
            if places and found.function is not None and yielded(found.function):
                return places
        parts = [(p, m) for p in places for m in members(p.node, p)]
        return [Place(node, scope, p.module) for p, (node, scope) in parts if node is not p.node]

    def _found(self, found: Found) -> Target:
        if found.function is not None and found.origin not in self._task_at:
            task = self._by_function.get(id(found.function))
            if task is not None and (task.is_bound or not found.is_self):
                return Target("task", (task,))
        if found.origin is None:
            return Target(why=found.why)
        tasks = self._task_at.get(found.origin, [])
        if len(tasks) == 1:
            return Target("task", (tasks[0][1],))
        if tasks:
            return Target(why=f"{found.origin} is defined more than once")
        if not self._resolver.is_own(found.origin):
            return Target(why=f"{found.origin} is not of this project")
        return Target(why=found.why or f"{found.origin} is not known to be a task")

    def _call(self, node: ast.Call, place: Place, depth: int) -> Target:
        func = node.func
        parts = dotted(func)
        known = self._lookup.find(Place(func, place.scope, place.module)) if parts else Found()
        origin = known.origin or ".".join(parts or ())
        home, _, last = origin.rpartition(".")
        if last in _CANVAS and home.partition(".")[0] == "celery":
            named = [k.value for k in node.keywords if k.arg in ("tasks", "header", "body")]
            return self._canvas(last, [*node.args, *named], place, depth)
        if isinstance(func, ast.Attribute):
            if func.attr in MAKERS:
                made = self.at(Place(func.value, place.scope, place.module), depth)
                if made.kind == "task" and len(made.tasks) == 1:
                    return Target("signature", made.tasks, "", ((made.tasks[0], node),))
                if made.kind == "task":
                    return Target("signature", made.tasks)
            if func.attr in _SAME:
                made = self.at(Place(func.value, place.scope, place.module), depth)
                changed = func.attr == "clone" and (node.args or node.keywords)
                return replace(made, calls=()) if changed else made
            if func.attr == "register_task" and node.args:
                return self._registered(node.args[0], place)
            if func.attr == "get" and node.args:
                return self._item(func.value, node.args[0], place, depth)
            if func.attr == "task" and len(node.args) == 1 and not node.keywords:
                made = self.at(Place(node.args[0], place.scope, place.module), depth)
                if made.kind == "task":
                    return made  # the project looks up the task of a function
        if parts is None:
            return Target(why="receiver is what a call returns")
        if last == "cast" and home.startswith("typing") and len(node.args) == 2:
            return self.at(Place(node.args[1], place.scope, place.module), depth)
        if last in _BY_NAME and node.args:
            made = self._named("signature", Place(node.args[0], place.scope, place.module))
            inner = self.at(Place(node.args[0], place.scope, place.module), depth)
            return made if made.is_known or inner.kind == "unknown" else inner
        tasks = self._task_at.get(origin, [])
        if len(tasks) == 1 and tasks[0][1].definition is not None:
            return Target("task", (tasks[0][1],))  # `Charge().delay()`
        given = [self.at(p, depth + 1) for p in self._gives.of_call(known)]
        if given:
            return together(given)
        return Target(why=f"receiver is what {'.'.join(parts)}() returns")

    def _registered(self, given: ast.expr, place: Place) -> Target:
        """``app.register_task(Charge())`` gives the task of the class."""
        made = given.func if isinstance(given, ast.Call) else given
        found = self._lookup.find(Place(made, place.scope, place.module))
        return self._found(Found(found.origin, why=found.why))

    def _canvas(self, kind: str, parts: Iterable[ast.expr], place: Place, depth: int) -> Target:
        """Of ``chain(a.s(), b.s())``; a canvas is known even if some of its parts are not."""
        tasks: list[Task] = []
        calls: list[tuple[Task, ast.Call]] = []
        ends: list[Task] = []
        for part in parts:
            for node, scope in members(part, place):
                made = self.at(Place(node, scope, place.module), depth + 1)
                tasks += made.tasks
                calls += made.calls
                one = made.ends if made.kind == "canvas" else made.tasks
                ends = [*ends, *one] if kind == "group" else list(one)
        return Target("canvas", tuple(tasks), "", tuple(calls), tuple(ends))

    def _item(self, held: ast.expr, key: ast.expr, place: Place, depth: int) -> Target:
        """``app.tasks["name"]``, or one of a dictionary's values."""
        parts = dotted(held)
        if parts is not None and parts[-1] == "tasks" and len(parts) > 1:
            return self._named("task", Place(key, place.scope, place.module))
        values: list[Target] = []
        for end in self._lookup.ends(Place(held, place.scope, place.module)):
            if isinstance(end, Found):
                return Target(why="receiver is taken from a container")
            held_here = inside(end.node, key)
            if held_here is None:
                return Target(why="receiver is taken from a container")
            values += [self.at(Place(v, end.scope, end.module), depth + 1) for v in held_here]
        return together(values)

    def _named(self, kind: str, place: Place) -> Target:
        name = text(self._lookup, place)
        if (
            name is None
            and isinstance(place.node, ast.BoolOp)
            and isinstance(place.node.op, ast.Or)
        ):
            # `getenv("TASK") or "shop.charge"`: what is written stands for what else may come.
            return self._named(kind, Place(place.node.values[-1], place.scope, place.module))
        if name is None:
            return Target(why="the name of the task is not written out")
        names = self._names()
        if names is None:
            return Target(why="gen_task_name is not understood")
        if name not in names:
            return Target(why=f"no task of the project is called {name}")
        return Target(kind, (names[name],))
