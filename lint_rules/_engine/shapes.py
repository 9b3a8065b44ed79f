"""What an annotation admits, in parts that can be compared between two revisions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project

#: What a JSON message can carry; of others it cannot be told whether one is part of the other.
_PLAIN = frozenset({"str", "int", "float", "bool", "None", "list", "dict"})
_ANYTHING = frozenset({"Any", "object"})
_PART_OF = {"bool": {"int", "float"}, "int": {"float"}}
_OTHER_NAMES = {
    "List": "list", "Sequence": "list", "Iterable": "list", "Collection": "list",
    "Dict": "dict", "Mapping": "dict", "MutableMapping": "dict",
}  # fmt: skip
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "TextChoices", "IntegerChoices"})
_MODEL = frozenset({"pydantic.BaseModel", "pydantic.main.BaseModel"})
_DEEPEST = 9


@dataclass(frozen=True)
class Shape:
    """One type of a union.

    ``base`` is the plain type that a value has, empty for any other: of ``Literal["a"]`` it is str.
    ``inner`` are the types of what a list has, or of a dictionary's values; None if not written.
    """

    text: str
    base: str = ""
    inner: frozenset[Shape] | None = None

    def admits(self, other: Shape) -> bool:
        """Whether each value of ``other`` is one of this."""
        if self == other or self.text in _ANYTHING:
            return True
        if self.text in ("list", "dict") and self.base == other.base:
            return self.inner is None or other.inner is None or not lost(other.inner, self.inner)
        return self.text == other.base or self.text in _PART_OF.get(other.base, ())


def lost(old: frozenset[Shape], new: frozenset[Shape]) -> list[str]:
    """What ``new`` does not admit of ``old``; nothing if that cannot be told."""
    if any(shape.text in _ANYTHING for shape in old):
        return []  # an annotation that says more than before, more likely than less is taken
    gone = [shape for shape in old if not any(n.admits(shape) for n in new)]
    is_part = all(any(o.admits(n) for o in old) for n in new)
    is_plain = all(shape.base for shape in (*gone, *new))
    return sorted({_written(shape, new) for shape in gone}) if is_part or is_plain else []


def _written(shape: Shape, new: frozenset[Shape]) -> str:
    """As it is to be read: a type of which some values are left is not gone as a whole."""
    if any(n.base == shape.text for n in new):
        return f"every {shape.text}"
    if shape.inner is None:
        return shape.text
    return f"{shape.text}[{' | '.join(sorted(_written(s, frozenset()) for s in shape.inner))}]"


class Shapes:
    """Reads the annotations of one revision of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def of(self, node: ast.expr, module: Module, depth: int = 0) -> frozenset[Shape]:
        """The types of a union, through names that the project gives to types."""
        return frozenset(self._of(node, module, depth))

    def _of(self, node: ast.expr, module: Module, depth: int) -> Iterator[Shape]:
        if depth > _DEEPEST:
            yield Shape(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from self._of(ast.parse(node.value, mode="eval").body, module, depth + 1)
            except SyntaxError:
                yield Shape(node.value)
        elif isinstance(node, ast.Constant) and node.value is None:
            yield Shape("None", "None")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            for part in (node.left, node.right):
                yield from self._of(part, module, depth + 1)
        elif isinstance(node, ast.Subscript):
            yield from self._subscript(node, module, depth)
        else:
            yield from self._named(node, module, depth)

    def _subscript(self, node: ast.Subscript, module: Module, depth: int) -> Iterator[Shape]:
        last = (dotted(node.value) or ("",))[-1]
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        name = _OTHER_NAMES.get(last, last)
        if last in ("Optional", "Union", "Annotated"):
            for part in parts[:1] if last == "Annotated" else parts:
                yield from self._of(part, module, depth + 1)
            if last == "Optional":
                yield Shape("None", "None")
        elif last == "Literal":
            for part in parts:
                value = type(part.value).__name__ if isinstance(part, ast.Constant) else ""
                yield Shape(ast.unparse(part), value if value in _PLAIN else "")
        elif name == "list" or (name == "dict" and len(parts) == 2):
            yield Shape(name, name, self.of(parts[-1], module, depth + 1))
        else:
            yield Shape(ast.unparse(node))

    def _named(self, node: ast.expr, module: Module, depth: int) -> Iterator[Shape]:
        text = ast.unparse(node).rpartition(".")[2]
        text = _OTHER_NAMES.get(text, text)
        if text in _PLAIN:
            yield Shape(text, text)
            return
        found = self._project.lookup.find(Place(node, module.scope, module))
        if len(found.values) == 1 and not isinstance(found.values[0].node, ast.Call):
            alias = found.values[0]  # `Key = int | str`
            yield from self._of(alias.node, alias.module, depth + 1)
            return
        last = (found.origin or "").rpartition(".")[2]
        if last in _PLAIN:
            yield Shape(last, last)  # `Key = int`
            return
        choices = self._choices(found.origin) if found.origin else []
        yield from (Shape(f"{text}.{name}") for name in choices)
        if not choices:
            yield Shape(text)

    def _choices(self, origin: str) -> list[str]:
        """The members of an enumeration of the project."""
        found = self._project.definition(self._project.canonical(origin))
        if found is None or found[1] not in found[0].class_scopes:
            return []
        bases = {(base.origin or "").rpartition(".")[2] for base in found[0].classes[found[1]]}
        values = found[0].class_scopes[found[1]].values
        return [n for n in values if not n.startswith("_")] if bases & _ENUMS else []

    def fields(self, node: ast.expr, module: Module) -> dict[str, tuple[frozenset[Shape], bool]]:
        """Of a pydantic model of the project: the types of each field, and whether it is required."""
        inner = node.slice if isinstance(node, ast.Subscript) else node
        if isinstance(inner, ast.BinOp):
            inner = inner.left
        origin = self._project.lookup.find(Place(inner, module.scope, module)).origin
        return self._fields(origin, 0) if origin and self._is_model(origin, 0) else {}

    def _is_model(self, origin: str, depth: int) -> bool:
        origin = self._project.canonical(origin)
        found = self._project.definition(origin) if depth < _DEEPEST else None
        bases = found[0].classes.get(found[1], ()) if found else ()
        return origin in _MODEL or any(
            self._is_model(b.origin, depth + 1) for b in bases if b.origin
        )

    def _fields(self, origin: str, depth: int) -> dict[str, tuple[frozenset[Shape], bool]]:
        found = self._project.definition(self._project.canonical(origin))
        definition = found[0].definitions.get(found[1]) if found else None
        if found is None or not isinstance(definition, ast.ClassDef) or depth > _DEEPEST:
            return {}
        fields: dict[str, tuple[frozenset[Shape], bool]] = {}
        for base in reversed(found[0].classes.get(found[1], ())):
            fields |= self._fields(base.origin, depth + 1) if base.origin else {}
        for statement in definition.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                types = self.of(statement.annotation, found[0])
                fields[statement.target.id] = (types, _is_required(statement.value))
        return fields


def _is_required(value: ast.expr | None) -> bool:
    """Whether a field has no default: ``a: int``, ``a: int = Field(...)``, ``Field(gt=0)``."""
    if isinstance(value, ast.Call) and (dotted(value.func) or ("",))[-1] == "Field":
        if any(k.arg in ("default", "default_factory", None) for k in value.keywords):
            return False
        value = value.args[0] if value.args else None
    return value is None or (isinstance(value, ast.Constant) and value.value is ...)
