"""Parses files, those too that are written for a newer Python than the one that runs.

Facts are read from the standard library's tree: its parser is ten times as fast as libcst's, and
positions come with it. It only knows the syntax of the running Python, so libcst, which knows
all, rewrites what is newer into old syntax of the same width; positions stay right.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings

#: Deeper brackets overflow the native stack of libcst's parser, which would end the process.
MAX_BRACKETS = 200
#: Longer files are generated, and their trees take gigabytes.
MAX_SIZE = 5_000_000
#: So many statements of a file are rewritten one by one, before all of it is.
MAX_STATEMENTS = 30
#: No Python since 3.0 reads this, so libcst need not be asked.
_PYTHON_2 = "Missing parentheses in call to"
#: The start of a function or class with type parameters.
_GENERIC = re.compile(r"[ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+[ \t]*\[")
_STATEMENT = re.compile(r"(?!(?:else|elif|except|finally)\b)[A-Za-z_@]")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class CannotCheck(Exception):
    """The file cannot be checked; the message is the reason."""


def parse(text: str) -> ast.Module:
    """The tree of a file.

    Raises:
        CannotCheck: it is no Python, nested too deeply, or too long.
    """
    if len(text) > MAX_SIZE:
        raise CannotCheck(
            f"has {len(text) / 1e6:.1f} million characters, more than the {MAX_SIZE // 1_000_000} "
            "million that are checked; leave it out with `exclude`"
        )
    if "\0" in text:
        raise CannotCheck("contains a null byte, so Python cannot read it")
    try:
        return _ast(text)
    except (RecursionError, MemoryError) as error:
        raise CannotCheck("is nested too deeply to be parsed") from error
    except (SyntaxError, ValueError) as error:
        if isinstance(error, SyntaxError) and error.msg.startswith(_PYTHON_2):
            raise CannotCheck(_said(error)) from error
        return _parse_newer(text, error)


def plainly(text: str) -> ast.Module | None:
    """The tree, if the running Python reads the text as it is."""
    try:
        return _ast(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as Python's parser counts them; str.splitlines knows more ends."""
    return _LINE.findall(text)


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are not ours to tell
        return ast.parse(text)


def _parse_newer(text: str, first: Exception) -> ast.Module:
    if _brackets(text) > MAX_BRACKETS:
        raise CannotCheck("is nested too deeply to be parsed") from first
    error: Exception = first
    for _ in range(MAX_STATEMENTS):
        blanked = _without_type_parameters(text, error)
        if blanked is None:
            break
        try:
            return _ast(blanked)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as following:
            text, error = blanked, following
    from lint_rules._engine import newer  # libcst takes longer to import than most runs need

    tree = _mended(text, error)
    if isinstance(tree, ast.Module):
        return tree
    try:
        return _ast(newer.as_old(text))
    except newer.NotPython as error:
        raise CannotCheck(str(error) if tree is None else _said(tree)) from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, why = getattr(error, "lineno", None) or 1, getattr(error, "msg", None) or str(error)
        raise CannotCheck(
            f"has syntax at line {line} that Python {sys.version_info[0]}.{sys.version_info[1]} "
            f"does not read: {why}"
        ) from error


def _said(error: SyntaxError) -> str:
    return f"syntax error at line {error.lineno or 1}, column {error.offset or 1}: {error.msg}"


def _without_type_parameters(text: str, error: Exception) -> str | None:
    """The text with blanks for the ``[T]`` of the ``def`` or ``class`` that the error points at.

    libcst does it too, and takes longer to import than most files to read.
    """
    lines = lines_of(text)
    number = getattr(error, "lineno", None) or 0
    header = _GENERIC.match(lines[number - 1]) if 0 < number <= len(lines) else None
    if header is None:
        return None
    line, depth = lines[number - 1], 0
    for column in range(header.end() - 1, len(line)):
        depth += (line[column] == "[") - (line[column] == "]")
        if depth == 0:
            blank = " " * (column + 1 - header.end() + 1)
            lines[number - 1] = line[: header.end() - 1] + blank + line[column + 1 :]
            return "".join(lines)
    return None


def _mended(text: str, error: Exception) -> ast.Module | SyntaxError | None:
    """The tree, if rewriting only the statements that the parser stumbles over is enough.

    Otherwise the error in the statement that libcst does not understand either.
    """
    from lint_rules._engine import newer

    lines = lines_of(text)
    for _ in range(MAX_STATEMENTS):
        start, end = _statement(lines, getattr(error, "lineno", None) or 1)
        old = "".join(lines[start:end])
        try:
            new = newer.as_old(old)
        except newer.NotPython:
            return error if isinstance(error, SyntaxError) else None
        if new == old:
            return None
        lines[start:end] = lines_of(new)
        try:
            return _ast("".join(lines))
        except SyntaxError as following:
            error = following
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def _statement(lines: list[str], number: int) -> tuple[int, int]:
    """The lines of the top-level statement around a line, as its indentation tells: a guess."""
    start = max(0, min(number, len(lines)) - 1)
    while start and not _STATEMENT.match(lines[start]):
        start -= 1
    end = start + 1
    while end < len(lines) and not _STATEMENT.match(lines[end]):
        end += 1
    return start, end


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
