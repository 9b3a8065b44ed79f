"""Shell patterns for databases."""

from __future__ import annotations

#: Stands before what LIKE would take for a wildcard.
ESCAPE = "!"


def plain(text: str) -> str:
    """``text`` as a shell pattern that stands for itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)


def as_like(pattern: str) -> str:
    """A shell pattern as one for LIKE with :data:`ESCAPE`."""
    like, i = "", 0
    while i < len(pattern):
        char = pattern[i]
        if char == "[" and pattern[i + 2 : i + 3] == "]":
            char, i = pattern[i + 1], i + 2
            like += f"{ESCAPE}{char}" if char in "%_!" else char
        elif char in "*?":
            like += "%" if char == "*" else "_"
        else:
            like += f"{ESCAPE}{char}" if char in "%_!" else char
        i += 1
    return like
