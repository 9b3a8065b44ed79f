"""Parses files, those too that are written for a newer Python than the one that runs.

Facts are read from the standard library's tree: its parser is ten times as fast as libcst's, and
positions come with it. It only knows the syntax of the running Python, so libcst, which knows
all, rewrites what is newer into old syntax of the same width; positions stay right.
"""

from __future__ import annotations

import ast
import warnings

#: Deeper brackets overflow the native stack of libcst's parser, which would end the process.
MAX_BRACKETS = 200


class CannotCheck(Exception):
    """The file cannot be checked; the message is the reason."""


def parse(text: str) -> ast.Module:
    """The tree of a file.

    Raises:
        CannotCheck: it is no Python, or nested too deeply.
    """
    try:
        return _ast(text)
    except (RecursionError, MemoryError) as error:
        raise CannotCheck("is nested too deeply to be parsed") from error
    except (SyntaxError, ValueError) as error:
        return _parse_newer(text, error)


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are not ours to tell
        return ast.parse(text)


def _parse_newer(text: str, first: Exception) -> ast.Module:
    if _brackets(text) > MAX_BRACKETS:
        raise CannotCheck("is nested too deeply to be parsed") from first
    from lint_rules._engine import newer  # libcst takes longer to import than most runs need

    try:
        return _ast(newer.as_old(text))
    except newer.NotPython as error:
        raise CannotCheck(str(error)) from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise CannotCheck(
            f"has syntax at line {line} that needs a newer Python to be read"
        ) from error


def _brackets(text: str) -> int:
    """An upper bound of the bracket depth; strings and comments count too."""
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth = max(0, depth - 1)
    return deepest
