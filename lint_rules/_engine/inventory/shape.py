"""The JSON Schema of the index, made from its records."""

from __future__ import annotations

import types
import typing
from dataclasses import fields
from typing import Any

_PLAIN = {str: "string", int: "integer", bool: "boolean", type(None): "null"}


def of(record: type, version: int) -> dict[str, Any]:
    """The schema of the whole document."""
    whole = _object(record)
    whole["properties"] = {"version": {"const": version}, **whole["properties"]}
    whole["required"].insert(0, "version")
    return whole


def _object(record: type) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    names = {f.name: "class" if f.name == "cls" else f.name for f in fields(record)}
    return {
        "type": "object",
        "properties": {key: _of(hints[name]) for name, key in names.items()},
        "required": list(names.values()),
        "additionalProperties": False,
    }


def _of(hint: Any) -> dict[str, Any]:
    if hint is object:
        return {}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return {"type": [_PLAIN[one] for one in inner]}
    if origin is tuple:
        return {"type": "array", "items": _of(inner[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(inner[1])}
    return _object(hint)
