"""SARIF 2.1.0, the format of code scanning.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html says what each property means.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lint_rules._engine.facts import Edit, Finding
from lint_rules._engine.fingerprint import fingerprints, relative
from lint_rules._engine.formats import Style, printable
from lint_rules._engine.report import Result

if TYPE_CHECKING:
    from lint_rules._engine.rules import Rule

HOME = "https://github.com/celery-safe/celery-safe"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(result: Result, _: Style) -> str:
    """One run with its rules, results, fixes, and what could not be checked."""
    root = Path.cwd()
    found = {f.code for f in result.findings}
    rules = sorted((r for r in result.rules if r.code in found), key=lambda r: r.code)
    index = {rule.code: n for n, rule in enumerate(rules)}
    marks = fingerprints(result, root)
    run = {
        "tool": {"driver": {**_driver(), "rules": [_rule(r) for r in rules]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": root.as_uri().rstrip("/") + "/"}},
        "invocations": [
            {
                "executionSuccessful": not result.unchecked,
                "exitCode": result.exit_code,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": printable(f"{u.path} {u.reason}")},
                        "locations": [
                            {"physicalLocation": {"artifactLocation": _artifact(u.path, root)}}
                        ],
                    }
                    for u in result.unchecked
                ],
            }
        ],
        "results": [
            _result(f, mark, root, index)
            for f, mark in zip(result.findings, marks, strict=True)
        ],
    }  # fmt: skip
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver() -> dict[str, Any]:
    try:
        return {"name": "celery-safe", "version": version("celery-safe"), "informationUri": HOME}
    except PackageNotFoundError:  # run from a checkout
        return {"name": "celery-safe", "informationUri": HOME}


def _rule(rule: Rule) -> dict[str, Any]:
    from lint_rules._engine.rules import FOLDER, RuleError, page

    described: dict[str, Any] = {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "defaultConfiguration": {"level": "error" if rule.preset == "default" else "warning"},
        "properties": {"preset": rule.preset},
    }
    if rule.summary:
        described["shortDescription"] = {"text": rule.summary}
    try:
        text = page(rule)
    except RuleError:
        return described  # the page is missing in this installation
    described["help"] = {"text": text, "markdown": text}
    if rule.folder == FOLDER:
        described["helpUri"] = f"{HOME}/blob/main/docs/rules/{rule.stem}.md"
    return described


def _result(finding: Finding, mark: str, root: Path, index: dict[str, int]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "ruleId": finding.code,
        "message": {"text": printable(finding.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(finding.path, root),
                    "region": _region(finding),
                }
            }
        ],
        "partialFingerprints": {"celerySafe/v1": mark},
    }
    if finding.code in index:
        described["ruleIndex"] = index[finding.code]
    if finding.fix is not None:
        described["fixes"] = [
            {
                "description": {"text": f"{finding.fix.message} ({finding.fix.applicability})"},
                "artifactChanges": [
                    {
                        "artifactLocation": _artifact(finding.path, root),
                        "replacements": [
                            {"deletedRegion": _region(e), "insertedContent": {"text": e.content}}
                            for e in finding.fix.edits
                        ],
                    }
                ],
            }
        ]
    return described


def _region(where: Finding | Edit) -> dict[str, int]:
    return {
        "startLine": where.line,
        "startColumn": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }


def _artifact(path: str, root: Path) -> dict[str, str]:
    """Below ``root`` by its relative path, else by its full one."""
    below = relative(path, root)
    if below.startswith("../"):
        return {"uri": _file_uri(Path(path).absolute())}
    return {"uri": quote(below.encode("utf-8", "surrogateescape")), "uriBaseId": "SRCROOT"}


def _file_uri(path: Path) -> str:
    return "file://" + quote(path.as_posix().encode("utf-8", "surrogateescape"))
