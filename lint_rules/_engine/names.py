"""Names of one module: what a local name was imported from, or what call made it."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Binding:
    """What a name is bound to: ``kind`` is import, call, alias, def, parameter or other."""

    kind: str
    origin: tuple[str, ...] | None = None


OTHER = Binding("other")
DEFINED = Binding("def")
PARAMETER = Binding("parameter")


def dotted(node: ast.AST) -> tuple[str, ...] | None:
    """``a.b.c`` as a tuple of its names; None for anything that is no plain dotted name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return (node.id, *reversed(parts))


def last_name(node: ast.AST) -> str:
    """``c`` of ``a.b().c``; empty for what has no name at its end."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def import_base(node: ast.ImportFrom, package: tuple[str, ...]) -> tuple[str, ...]:
    """The absolute module of ``from X import``; relative dots count from ``package``."""
    named = tuple(node.module.split(".")) if node.module else ()
    if not node.level:
        return named
    return (*package[: len(package) - node.level + 1], *named)


class Scope:
    """The names that a module, class, function or comprehension binds; the later binding wins."""

    def __init__(
        self, package: tuple[str, ...], parent: Scope | None, is_class: bool = False
    ) -> None:
        self.package = package
        self.parent = parent
        self.is_class = is_class
        self.bindings: dict[str, Binding] = {}
        self.foreign: set[str] = set()  # declared global or nonlocal
        self.stars: list[tuple[str, ...]] = []
        self.in_handler = 0
        #: What plain assignments give a name, in order; None for what is bound in another way.
        self.values: dict[str, list[ast.expr | None]] = {}
        #: What loops over something else than a written list take the values of a name from, and
        #: at which place of each element, if that is unpacked.
        self.loops: dict[str, list[tuple[ast.expr, int | None]]] = {}
        #: What ``name.append(...)`` adds to a local list.
        self.added: dict[str, list[ast.expr]] = {}
        #: The functions that are defined here.
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        #: Whether it is a lambda's: what stands there runs later.
        self.is_lambda = False
        #: Of a class: its name and bases. Of a function: itself, and the class that it stands in.
        self.name = ""
        self.bases: list[ast.expr] = []
        self.function: ast.FunctionDef | ast.AsyncFunctionDef | None = None
        self.owner: Scope | None = None

    def bind(self, name: str, binding: Binding) -> None:
        """Bind a name here, unless it was declared to be another scope's."""
        if name in self.foreign:
            return
        if self.in_handler and name in self.bindings:
            return  # `except ImportError: app = None` does not undo the import
        self.bindings[name] = binding

    def bind_target(
        self, target: ast.AST, binding: Binding = OTHER, value: ast.expr | None = None
    ) -> None:
        """Bind what is assigned to."""
        if isinstance(target, ast.Name):
            is_none = isinstance(value, ast.Constant) and value.value is None
            if is_none and self.bindings.get(target.id, OTHER).kind == "import":
                return  # `else: tasks = None` does not undo the import
            if _is_cast(value, target.id):
                return
            if self.bindings.get(target.id) is PARAMETER:
                self.values[target.id] = [None]  # and what the caller gives
            self.bind(target.id, binding)
            self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            for element, part in zip(target.elts, _parts(value, len(target.elts)), strict=True):
                self.bind_target(element, value_binding(part) if part else OTHER, part)
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value)
        elif (
            isinstance(target, ast.Attribute)
            and self.owner is not None
            and dotted(target) in (("self", target.attr), ("cls", target.attr))
        ):
            self.owner.values.setdefault(target.attr, []).append(value)

    def bind_loop(self, target: ast.expr, source: ast.expr) -> None:
        """Note what the names of a loop's target, bound before, get their values from."""
        for name, held, at in taken(target, source):
            self.loops.setdefault(name, []).append((held, at))

    def bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Bind what an import statement brings; what stars bring only other files tell."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = tuple(alias.name.split("."))
                if alias.asname:
                    self.bind(alias.asname, Binding("import", parts))
                else:
                    self.bind(parts[0], Binding("import", parts[:1]))
            return
        base = import_base(node, self.package)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(base)
            else:
                self.bind(alias.asname or alias.name, Binding("import", (*base, alias.name)))

    def bind_parameters(self, arguments: ast.arguments) -> None:
        """Bind the parameters of a function or lambda."""
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for one in (*every, arguments.vararg, arguments.kwarg):
            if one is not None:
                self.bind(one.arg, PARAMETER)


def taken(target: ast.expr, source: ast.expr) -> list[tuple[str, ast.expr, int | None]]:
    """The names of a loop's target, each with what is looped over, and the place in each element."""
    if isinstance(target, ast.Name):
        return [(target.id, source, None)]
    if not isinstance(target, ast.Tuple | ast.List):
        return []
    names = [(n, e.id) for n, e in enumerate(target.elts) if isinstance(e, ast.Name)]
    if isinstance(source, ast.Call) and not source.keywords:
        called = last_name(source.func)
        if called == "items" and isinstance(source.func, ast.Attribute) and not source.args:
            values = ast.Call(ast.Attribute(source.func.value, "values", ast.Load()), [], [])
            return [(name, values, None) for n, name in names if n == 1]
        if called == "enumerate" and len(source.args) == 1:
            return [(name, source.args[0], None) for n, name in names if n == 1]
        if called == "zip":
            return [(name, source.args[n], None) for n, name in names if n < len(source.args)]
    return [(name, source, n) for n, name in names]


def _is_cast(value: ast.expr | None, name: str) -> bool:
    """Whether it is ``cast("Task", name)``, of the name itself."""
    if not isinstance(value, ast.Call) or len(value.args) != 2:
        return False
    same = value.args[1]
    return (dotted(value.func) or ("",))[-1] == "cast" and (
        isinstance(same, ast.Name) and same.id == name
    )


def _parts(value: ast.expr | None, count: int) -> list[ast.expr] | list[None]:
    """The elements of a tuple that is unpacked into ``count`` names, if they can be told apart."""
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != count:
        return [None] * count
    if any(isinstance(element, ast.Starred) for element in value.elts):
        return [None] * count
    return list(value.elts)


def value_binding(node: ast.expr) -> Binding:
    """What an assignment of ``node`` binds a name to."""
    if isinstance(node, ast.Call):
        maker = dotted(node.func)
        module = _imported(node) if maker and maker[-1] == "import_module" else None
        return Binding("import", module) if module else Binding("call", maker)
    alias = dotted(node)
    return Binding("alias", alias) if alias else OTHER


def _imported(node: ast.Call) -> tuple[str, ...] | None:
    """The module of ``importlib.import_module("shop.tasks")``."""
    first = node.args[0] if len(node.args) == 1 else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    parts = tuple(first.value.split("."))
    return parts if all(part.isidentifier() for part in parts) else None
