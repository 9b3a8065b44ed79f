"""How a result is printed: one module for each format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from lint_rules._engine.report import Result

#: The name of each format, and its module here; all are loaded only when they are asked for.
FORMATS = {
    "text": "text", "concise": "text", "json": "document", "github": "github", "gitlab": "gitlab",
    "junit": "junit", "sarif": "sarif",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How the text formats look; ``statistics`` counts by rule instead of listing."""

    color: bool = False
    statistics: bool = False


def render(result: Result, name: str, style: Style | None = None) -> str:
    """``result`` in the format ``name``, one of :data:`FORMATS`, without a last line end."""
    function: Callable[[Result, Style], str] = getattr(
        import_module(f"{__name__}.{FORMATS[name]}"), name
    )
    return function(result, style or Style())


def printable(text: str) -> str:
    """``text`` with escapes in place of what no terminal and no file in UTF-8 should get."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c in "\t\n" else ascii(c)[1:-1] for c in text)


def count(number: int, what: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {what}{'' if number == 1 else 's'}"
