"""JUnit's XML: a test suite for each file with findings."""

from __future__ import annotations

import re
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from lint_rules._engine.formats import Style, printable
from lint_rules._engine.report import Result

# XML 1.0 has no way to write these.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(result: Result, _: Style) -> str:
    """Findings are failures, files that could not be checked errors."""
    suites = []
    for path, findings in groupby(result.findings, key=lambda f: f.path):
        cases = [
            _case(path, f"{f.code} {f.name}", f.line, "failure", f.message,
                  f"line {f.line}, col {f.column}, {f.code} {f.message}")
            for f in findings
        ]  # fmt: skip
        suites.append(_suite(path, cases, failures=len(cases)))
    for u in result.unchecked:
        case = _case(u.path, "unchecked", 1, "error", u.reason, f"{u.path} {u.reason}")
        suites.append(_suite(u.path, [case], errors=1))
    if not suites:
        suites.append(
            _suite("celery-safe", ['<testcase name="no findings" classname="celery-safe"/>'])
        )
    failures, errors = len(result.findings), len(result.unchecked)
    head = (
        f'<testsuites name="celery-safe" tests="{max(1, failures + errors)}" '
        f'failures="{failures}" errors="{errors}">'
    )
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *suites, "</testsuites>"])


def _suite(path: str, cases: list[str], failures: int = 0, errors: int = 0) -> str:
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="0"'
    inside = "\n".join(f"    {case}" for case in cases)
    return f"  <testsuite name={_attribute(path)} {counts}>\n{inside}\n  </testsuite>"


def _case(path: str, name: str, line: int, kind: str, message: str, body: str) -> str:
    head = f"<testcase name={_attribute(f'{name} line {line}')} classname={_attribute(path)}>"
    return (
        f'{head}<{kind} type="celery-safe" message={_attribute(message)}>'
        f"{escape(_clean(body))}</{kind}></testcase>"
    )


def _attribute(value: str) -> str:
    return quoteattr(_clean(value))


def _clean(value: str) -> str:
    return _FORBIDDEN.sub("?", printable(value))
