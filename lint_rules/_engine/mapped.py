"""Which classes are models: of Django, or mapped by SQLAlchemy."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Send
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project

_MODELS = frozenset(
    {
        "django.db.models.Model", "django.contrib.gis.db.models.Model",
        "django.contrib.auth.models.AbstractUser", "django.contrib.auth.models.AbstractBaseUser",
        "sqlalchemy.orm.DeclarativeBase", "sqlmodel.SQLModel",
    }
)  # fmt: skip
_DEEPEST = 9


def holds_model(project: Project, module: Module, send: Send, node: ast.expr) -> bool:
    """Whether a local name is made by ``Order(...)``, or a parameter is annotated so, of a model."""
    if not isinstance(node, ast.Name) or send.scope is None:
        return False
    ends = list(project.lookup.ends(Place(node, send.scope, module)))
    made = [e.node.func for e in ends if isinstance(e, Place) and isinstance(e.node, ast.Call)]
    if ends and len(made) == len(ends):
        return all(_is_model(project, module, send, func) for func in made)
    is_given = len(ends) == 1 and isinstance(ends[0], Found) and ends[0].origin is None
    annotation = _annotation(send, node.id) if is_given else None
    return annotation is not None and _is_model(project, module, send, annotation)


def _annotation(send: Send, name: str) -> ast.expr | None:
    """That of a parameter which nothing in the function binds again, without ``| None``."""
    function = send.inside
    if function is None or send.scope is None or send.scope.function is not function:
        return None
    if send.scope.values.get(name):
        return None
    args = function.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    node = next((a.annotation for a in every if a.arg == name), None)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return node.left
    if isinstance(node, ast.Subscript):
        return node.slice if getattr(node.value, "id", "") == "Optional" else None
    return node


def _is_model(project: Project, module: Module, send: Send, node: ast.expr) -> bool:
    origin = project.lookup.find(Place(node, send.scope or module.scope, module)).origin
    return origin is not None and is_model(project, origin)


def is_model(project: Project, origin: str, depth: int = 0) -> bool:
    """Whether a class of the project has a model's class above it."""
    origin = project.canonical(origin)
    if origin in _MODELS:
        return True
    found = project.definition(origin)
    if found is None or depth > _DEEPEST:
        return False
    module, name, binding = found
    if binding.kind == "call":
        return (binding.origin or ("",))[-1] == "declarative_base"
    bases = [base.origin for base in module.classes.get(name, ()) if base.origin]
    return any(is_model(project, base, depth + 1) for base in bases)


def says_model(node: ast.ClassDef) -> bool:
    """Whether a class is a model by its own body: of ``models.Model``, ``db.Model``, or with a table."""
    bases = [dotted(base) or ("",) for base in node.bases]
    if any(len(base) > 1 and base[-1] == "Model" for base in bases):
        return True
    names = [t.id for s in node.body if isinstance(s, ast.Assign) for t in s.targets
             if isinstance(t, ast.Name)]  # fmt: skip
    return "__tablename__" in names


def is_no_row(project: Project, module: Module, send: Send, name: str) -> bool:
    """Whether a local name holds what ``Progress(...)`` makes, a class without any base."""
    place = Place(ast.Name(name, ast.Load()), send.scope or module.scope, module)
    ends = list(project.lookup.ends(place))
    made = [e for e in ends if isinstance(e, Place) and isinstance(e.node, ast.Call)]
    return bool(made) and len(made) == len(ends) and all(_is_plain(project, e) for e in made)


def _is_plain(project: Project, made: Place) -> bool:
    assert isinstance(made.node, ast.Call)
    origin = project.lookup.find(Place(made.node.func, made.scope, made.module)).origin
    found = project.definition(project.canonical(origin)) if origin else None
    definition = found[0].definitions.get(found[1]) if found else None
    if not isinstance(definition, ast.ClassDef):
        return False
    bases = {getattr(base, "id", "") for base in definition.bases}
    return bases <= {"object"} and not definition.keywords and not definition.decorator_list
