"""The messages of a project's tasks as one JSON Schema."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import Any

from lint_rules._engine.contracts import Contract
from lint_rules._engine.names import dotted

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {
    "int": "integer", "float": "number", "str": "string", "bool": "boolean", "None": "null",
}  # fmt: skip
_ARRAYS = frozenset(
    {"list", "List", "set", "Set", "frozenset", "Sequence", "Iterable", "Collection", "tuple", "Tuple"}
)  # fmt: skip
_OBJECTS = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})
_ANYTHING = frozenset({"Any", "object"})
#: Options of a task that say how its messages travel.
_WIRE = ("queue", "exchange", "routing_key", "priority", "serializer")

Schema = dict[str, Any]


def document(contracts: Sequence[Contract]) -> Schema:
    """A schema with one definition for each task, in the order of their names.

    The arguments are an object by name, whether they are given by position or by keyword;
    ``x-positional`` has the order of those that may be given by position.
    """
    named: dict[str, list[Schema]] = {}
    for contract in contracts:
        if contract.name is not None:
            schema = _task(contract)
            if schema not in named.setdefault(contract.name, []):
                named[contract.name].append(schema)
    definitions = {
        name: of[0] if len(of) == 1 else {"anyOf": sorted(of, key=json.dumps)}
        for name, of in sorted(named.items())
    }
    return {"$schema": DIALECT, "title": "Arguments of tasks", "$defs": definitions}


def _task(contract: Contract) -> Schema:
    args = contract.task.function.args
    schema: Schema = {"type": "object"}
    schema["properties"] = {
        name: {**of_annotation(p.annotation), **_default(contract.defaults.get(name))}
        for name, p in contract.parameters.items()
    }
    schema["required"] = list(contract.required)
    schema["additionalProperties"] = of_annotation(args.kwarg.annotation) if args.kwarg else False
    schema["x-positional"] = list(contract.order)
    if args.vararg:
        schema["x-more-positional"] = of_annotation(args.vararg.annotation)
    if contract.only_positional & set(contract.order):
        schema["x-only-positional"] = [n for n in contract.order if n in contract.only_positional]
    for option in _WIRE:
        if option in contract.task.options:
            schema[f"x-{option}"] = _plain(contract.task.options[option].value)
    return schema


def _default(node: ast.expr | None) -> Schema:
    if node is None:
        return {}
    try:
        value = ast.literal_eval(node)
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return {"x-default": ast.unparse(node)}
    return {"default": value}


def _plain(node: ast.expr) -> object:
    default = _default(node)
    return default["default"] if "default" in default else ast.unparse(node)


def of_annotation(node: ast.expr | None) -> Schema:
    """The schema of an annotation; a type that JSON does not have is named in ``x-python``."""
    if node is None:
        return {}
    if isinstance(node, ast.Constant):
        if node.value is None:
            return {"type": "null"}
        if isinstance(node.value, str):
            try:
                return of_annotation(ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                return {"x-python": node.value}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _any_of([of_annotation(node.left), of_annotation(node.right)])
    if isinstance(node, ast.Subscript):
        return _subscript(node)
    name = (dotted(node) or ("",))[-1]
    if name in _ANYTHING:
        return {}
    if name in _TYPES:
        return {"type": _TYPES[name]}
    if name in _ARRAYS:
        return {"type": "array"}
    if name in _OBJECTS:
        return {"type": "object"}
    return {"x-python": ast.unparse(node)}


def _subscript(node: ast.Subscript) -> Schema:
    name = (dotted(node.value) or ("",))[-1]
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Optional":
        return _any_of([of_annotation(node.slice), {"type": "null"}])
    if name == "Union":
        return _any_of([of_annotation(part) for part in parts])
    if name == "Annotated":
        return of_annotation(parts[0])
    if name == "Literal":
        return {"enum": [_plain(part) for part in parts]}
    if name in ("tuple", "Tuple"):
        if not isinstance(parts[-1], ast.Constant) or parts[-1].value is not ...:
            items = [of_annotation(part) for part in parts]
            return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
        return {"type": "array", "items": of_annotation(parts[0])}
    if name in _ARRAYS:
        return {"type": "array", "items": of_annotation(parts[0])}
    if name in _OBJECTS and len(parts) == 2:
        return {"type": "object", "additionalProperties": of_annotation(parts[1])}
    return {"x-python": ast.unparse(node)}


def _any_of(schemas: Sequence[Schema]) -> Schema:
    """Their union, without unions inside."""
    flat = [s for schema in schemas for s in schema.get("anyOf", [schema])]
    return {"anyOf": flat} if all(flat) else {}
