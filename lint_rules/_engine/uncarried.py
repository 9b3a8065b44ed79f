"""Arguments of sends that JSON cannot carry, by what the code shows of them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from lint_rules._engine.facts import Function, Send, Task
from lint_rules._engine.handed import handed
from lint_rules._engine.kept import kept
from lint_rules._engine.literals import assigned
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.mapped import holds_model
from lint_rules._engine.models import is_instance
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.objects import local_objects, mappings, objects
from lint_rules._engine.project import Project
from lint_rules._engine.signatures import bound, has_known_parameters, values

_KINDS: dict[type[ast.expr], str] = {
    ast.Set: "a set", ast.SetComp: "a set", ast.GeneratorExp: "a generator", ast.Lambda: "a function",
}  # fmt: skip
#: Functions of Python itself that give what can only be looped over.
_ITERATORS = frozenset({"map", "zip", "enumerate", "reversed", "range"})
_MAKERS = {"set": "a set", "frozenset": "a set", "timedelta": "a timedelta", "Path": "a path"}
_OF_SETS = (ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor)
_QUERIES = frozenset({"values_list", "distinct", "filter", "exclude", "order_by"})


def uncarried(project: Project) -> Iterator[tuple[Module, Send, Task, ast.expr, str]]:
    """Arguments of known tasks that kombu's JSON refuses, each with what it is: ``a set``."""
    own_tasks = {id(task.function) for _, task in project.tasks()}
    read: dict[int, dict[str, str]] = {}
    here: dict[int, dict[str, str]] = {}
    for module, send, task in handed(project):
        if module.is_test_file:
            continue  # tests compare signatures, and send without a broker
        if id(task) not in read:
            known = (
                has_known_parameters(task, project.keeps_parameters)
                and "pydantic" not in task.options
            )
            read[id(task)] = objects(task) if known else {}
        taken = mappings(task.function)
        named = bound(send, task) if read[id(task)] or taken else []
        seen = {id(value): name for name, value in named if name in read[id(task)]}
        by_key = {id(value) for name, value in named if name in taken}
        for node in values(send):
            what = _what(node) or _local(send, node) or _self(send, node, own_tasks)
            what = what or _caught(send, node)
            if what is None:
                what = _class(project, module, send, node)
            if what is None and id(node) in seen and _may_be_object(project, module, send, node):
                name = seen[id(node)]
                what = f"an object (task {task.name} reads {name}.{read[id(task)][name]})"
            if what is None and isinstance(node, ast.Name) and id(node) not in by_key:
                what = _read_here(send.inside, node, here)
                if what and holds_model(project, module, send, node):
                    what = None  # CS207's
            if what:
                yield module, send, task, node, what


def _may_be_object(project: Project, module: Module, send: Send, node: ast.expr) -> bool:
    """Whether it is no written value, and nothing that CS207 speaks of."""
    if isinstance(node, ast.Constant | ast.Dict | ast.List | ast.Tuple | ast.JoinedStr):
        return False
    return not _is_model(project, module, send, node)


def _is_model(project: Project, module: Module, send: Send, node: ast.expr) -> bool:
    """Whether CS207 speaks of it."""
    return is_instance(node, send.inside) or holds_model(project, module, send, node)


def _read_here(
    function: Function | None, node: ast.Name, here: dict[int, dict[str, str]]
) -> str | None:
    """What the function that sends it reads of it."""
    if function is None:
        return None
    if id(function) not in here:
        here[id(function)] = local_objects(function)
    attribute = here[id(function)].get(node.id)
    if attribute is None or node.id in ("self", "cls") or is_instance(node, function):
        return None
    return f"an object ({function.name}() reads {node.id}.{attribute})"


def _class(project: Project, module: Module, send: Send, node: ast.expr) -> str | None:
    """A class of the project, by its name or a local one."""
    if not isinstance(node, ast.Name) or send.scope is None:
        return None
    ends = list(project.lookup.ends(Place(node, send.scope, module)))
    origins = [end.origin for end in ends if isinstance(end, Found) and end.origin]
    found = [project.definition(origin) for origin in origins]
    classes = [one for one in found if one is not None and one[1] in one[0].classes]
    return "a class" if ends and len(classes) == len(ends) else None


def _what(node: ast.expr) -> str | None:
    if isinstance(node, ast.Call):
        parts = dotted(node.func)
        if parts is not None and parts[-1] in _MAKERS:
            return _MAKERS[parts[-1]]
        if parts is not None and parts[-1] == "defaultdict" and len(node.args) == 1:
            made = dotted(node.args[0])
            return "a dictionary of sets" if made == ("set",) else None
        if isinstance(node.func, ast.Name) and node.func.id in _ITERATORS:
            return (
                f"a {node.func.id} object" if node.func.id != "enumerate" else "an enumerate object"
            )
        if isinstance(node.func, ast.Name) and _is_exception(node.func.id):
            return "an exception"
        if isinstance(node.func, ast.Attribute) and node.func.attr in _QUERIES:
            inner = ast.unparse(node.func.value)
            is_query = ".objects" in inner or inner.endswith(".all()")
            return "a queryset" if is_query or node.func.attr == "values_list" else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, _OF_SETS):
        return _what(node.left) if _what(node.left) == "a set" else None
    return _KINDS.get(type(node))


def _is_exception(name: str) -> bool:
    known = getattr(builtins, name, None)
    return isinstance(known, type) and issubclass(known, BaseException)


def _caught(send: Send, node: ast.expr) -> str | None:
    """What ``except ValueError as error`` binds, and nothing else does."""
    if not isinstance(node, ast.Name) or send.inside is None:
        return None
    handlers = [h for h in caught(send.inside) if h.name == node.id]
    return "an exception" if any(_stands_in(node, h) for h in handlers) else None


def _stands_in(node: ast.expr, handler: ast.ExceptHandler) -> bool:
    inner = [n for statement in handler.body for n in ast.walk(statement)]
    is_bound = any(
        isinstance(n, ast.Name) and n.id == handler.name and not isinstance(n.ctx, ast.Load)
        for n in inner
    )
    return not is_bound and any(n is node for n in inner)


@kept
def caught(function: Function) -> list[ast.ExceptHandler]:
    """The handlers of a function that name what they catch."""
    return [n for n in ast.walk(function) if isinstance(n, ast.ExceptHandler) and n.name]


def _local(send: Send, node: ast.expr) -> str | None:
    """What a local name holds, if each assignment says the same."""
    if not isinstance(node, ast.Name):
        return None
    values = assigned(send.inside, node.id)
    kinds = {_what(value) for value in values if not _is_of_itself(value, node.id)}
    return kinds.pop() if len(kinds) == 1 else None


def _is_of_itself(value: ast.expr, name: str) -> bool:
    """Whether it is ``ids - known``, given to ``ids``: a set as it was."""
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, _OF_SETS)
        and dotted(value.left) == (name,)
    )


def _self(send: Send, node: ast.expr, own_tasks: set[int]) -> str | None:
    """``task.delay(self)`` in a method; in a bound task, self is the task and another mistake."""
    function = send.inside
    if not isinstance(node, ast.Name) or node.id != "self" or function is None:
        return None
    first = function.args.args[0].arg if function.args.args else None
    return "an object" if first == "self" and id(function) not in own_tasks else None
