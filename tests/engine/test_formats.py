"""Every output format, each against the rules of those who read it."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from lint_rules._engine.facts import Finding, Fix
from lint_rules._engine.fingerprint import fingerprints
from lint_rules._engine.formats import FORMATS, render
from lint_rules._engine.report import Result as Report

BAD = 'from celery import shared_task\nfrom celery.schedules import crontab\n\ncrontab(hour="3")\n'
FIXABLE = "\n\n@shared_task\ndef send(): pass\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a finding, one with a fix, a strange file name, and a broken file."""
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shop, with: 100%"
    folder.mkdir()
    (folder / "tasks.py").write_text(BAD + FIXABLE)
    (tmp_path / "broken.py").write_text("import celery\ndef f(:\n")
    return tmp_path


def lint(*args: object, **more: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in args], **more)  # type: ignore[arg-type]


def closed(required: dict[str, object], **optional: object) -> dict[str, object]:
    """A schema of an object that has these properties and no others."""
    return {
        "type": "object", "additionalProperties": False,
        "required": list(required), "properties": {**required, **optional},
    }  # fmt: skip


TEXT = closed({"text": {"type": "string", "minLength": 1}})
URI = {"type": "string", "pattern": r"^[A-Za-z0-9._~:/%!$&'()*+;=@,-]+$"}
POSITION = {"type": "integer", "minimum": 1}
REGION = closed(
    {"startLine": POSITION, "startColumn": POSITION, "endLine": POSITION, "endColumn": POSITION}
)
ARTIFACT = closed({"uri": URI}, uriBaseId={"const": "SRCROOT"})
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def many(items: dict[str, object], least: int = 0) -> dict[str, object]:
    return {"type": "array", "minItems": least, "items": items}


#: What of the SARIF 2.1.0 schema is in use; the whole of it allows more, and refuses no less.
SARIF = closed(
    {
        "$schema": URI,
        "version": {"const": "2.1.0"},
        "runs": many(closed({
            "tool": closed({"driver": closed(
                {"name": {"const": "celery-safe"}, "rules": many(closed(
                    {"id": {"type": "string"}},
                    name={"type": "string"}, shortDescription=TEXT, helpUri=URI,
                    help=closed({"text": {"type": "string"}, "markdown": {"type": "string"}}),
                    defaultConfiguration=closed({"level": LEVEL}),
                    properties={"type": "object"},
                ))},
                version={"type": "string"}, informationUri=URI,
            )}),
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "originalUriBaseIds": closed({"SRCROOT": closed({"uri": {**URI, "pattern": "^file:///.*/$"}})}),
            "invocations": many(closed({
                "executionSuccessful": {"type": "boolean"},
                "exitCode": {"type": "integer"},
                "toolExecutionNotifications": many(closed({
                    "message": TEXT, "level": LEVEL,
                    "locations": many(closed({"physicalLocation": closed({"artifactLocation": ARTIFACT})})),
                })),
            }), 1),
            "results": many(closed(
                {"message": TEXT, "ruleId": {"type": "string"},
                 "locations": many(closed({"physicalLocation": closed(
                     {"artifactLocation": ARTIFACT, "region": REGION})}), 1)},
                ruleIndex={"type": "integer", "minimum": 0},
                partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
                fixes=many(closed({
                    "description": TEXT,
                    "artifactChanges": many(closed({
                        "artifactLocation": ARTIFACT,
                        "replacements": many(closed(
                            {"deletedRegion": REGION},
                            insertedContent=closed({"text": {"type": "string"}})), 1),
                    }), 1),
                })),
            )),
        }), 1),
    }
)  # fmt: skip


def test_sarif_fits_the_schema(shop: Path) -> None:
    result = lint(".", "--output-format", "sarif")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    jsonschema.Draft7Validator(SARIF).validate(document)
    (run,) = document["runs"]
    found = {r["ruleId"]: r for r in run["results"]}
    assert set(found) == {"CS101", "CS601"}
    for one in found.values():
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
    place = found["CS601"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "shop%2C%20with%3A%20100%25/tasks.py", "uriBaseId": "SRCROOT",
    }  # fmt: skip
    assert place["region"] == {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 18}
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "broken.py syntax error" in told["message"]["text"]
    assert "fixes" in found["CS101"]
    assert "fixes" not in found["CS601"]


def test_gitlab_has_what_code_quality_asks_for(shop: Path) -> None:
    issues = json.loads(lint(".", "--output-format", "gitlab").stdout)
    assert len({i["fingerprint"] for i in issues}) == len(issues) == 3
    for issue in issues:
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["description"]
        assert issue["check_name"]
        assert not Path(issue["location"]["path"]).is_absolute()
    assert issues[0]["location"] == {
        "path": "shop, with: 100%/tasks.py",
        "positions": {"begin": {"line": 4, "column": 1}, "end": {"line": 4, "column": 18}},
    }


def test_github_escapes_what_has_a_meaning_there(shop: Path) -> None:
    lines = lint(".", "--output-format", "github").stdout.splitlines()
    assert len(lines) == 3
    pattern = r"::error (?:[A-Za-z]+=[^,:]+)(?:,[A-Za-z]+=[^,:]+)*::.+"
    assert all(re.fullmatch(pattern, line) for line in lines)
    assert "file=shop%2C with%3A 100%25/tasks.py,line=4,col=1,endLine=4,endColumn=18" in lines[0]


#: Elements of Jenkins' junit-10.xsd that are in use: attributes that must and may be there.
JUNIT = {
    "testsuites": (set(), {"name", "tests", "failures", "errors"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"skipped"}),
    "testcase": ({"name"}, {"classname"}),
    "failure": (set(), {"type", "message"}),
    "error": (set(), {"type", "message"}),
}


@pytest.mark.parametrize("path", [".", "empty.py"])
def test_junit_fits_the_schema(shop: Path, path: str) -> None:
    (shop / "empty.py").touch()
    text = lint(path, "--output-format", "junit").stdout
    root = ElementTree.fromstring(text)
    for element in root.iter():
        must, may = JUNIT[element.tag]
        assert must <= set(element.attrib) <= must | may
    suites = root.findall("testsuite")
    for suite in [root, *suites]:
        for tag, name in (("testcase", "tests"), ("failure", "failures"), ("error", "errors")):
            assert int(suite.attrib[name]) == len(list(suite.iter(tag)))
    assert len(list(root.iter("failure"))) == (2 if path == "." else 0)
    assert suites


def test_text_shows_the_source_and_marks_the_place(tmp_path: Path) -> None:
    lines = ["x = 1", "\tcall(中文, bad)", "a = f(", "    1,", "    2,", "    3,", "    4)"]
    wide = Finding("a.py", 2, 11, 2, 14, "CS601", "n", "wide", Fix("unsafe", "do that", ()))
    long = Finding("a.py", 3, 5, 7, 7, "CS602", "n", "long")
    text = render(Report([wide, long], [], 1, {"a.py": lines}), "text")
    shown = text.splitlines()
    assert shown[:5] == [
        "a.py:2:11: CS601 wide", "  |", "2 |     call(中文, bad)", shown[3], "  = unsafe fix: do that",
    ]  # fmt: skip
    cells = sum(
        2 if unicodedata.east_asian_width(c) == "W" else 1 for c in shown[2].split("bad")[0]
    )
    assert shown[3] == "  |" + " " * (cells - 3) + "^^^"
    assert shown[-3:] == [
        "  | ...",
        "",
        "2 findings in 1 checked file. 1 with --fix --unsafe-fixes.",
    ]
    assert "5 |     2," in shown
    assert "7 |" not in text


def test_no_control_character_reaches_the_terminal() -> None:
    bad = Finding("a\x1b[31m\udcff.py", 1, 1, 1, 2, "CS1", "n", "m\x07\x1b]0;x\x07")
    report = Report([bad], [], 1, {bad.path: ["\x1b[2Jx\x0cy\u202e"]})
    for name in FORMATS:
        text = render(report, name)
        text.encode()
        assert all(c.isprintable() or c == "\n" for c in text), name


@pytest.mark.parametrize(
    ("env", "colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_color_only_where_it_is_wanted(shop: Path, env: dict[str, str], colored: bool) -> None:
    assert ("\x1b[" in lint(".", env=env, color=True).stdout) is colored
    lint(".", "--output-file", "out.txt", env=env)
    assert "\x1b" not in (shop / "out.txt").read_text()


def test_concise_is_one_line_each(shop: Path) -> None:
    assert len(lint(".", "--output-format", "concise").stdout.splitlines()) == 3


def test_statistics_count_by_rule(shop: Path) -> None:
    (shop / "more.py").write_text(BAD)
    assert lint(".", "--statistics").stdout.splitlines()[:2] == [
        "2  CS601  crontab-without-minute", "1  CS101  unnamed-task",
    ]  # fmt: skip
    rows = json.loads(lint(".", "--statistics", "--output-format", "json").stdout)
    assert rows[0] == {"code": "CS601", "name": "crontab-without-minute", "count": 2}
    refused = lint(".", "--statistics", "--output-format", "sarif")
    assert refused.exit_code == 2
    assert "does not go with" in refused.stderr


def test_output_file_has_what_would_be_printed(shop: Path) -> None:
    printed = lint(".", "--output-format", "json").stdout
    done = lint(".", "--output-format", "json", "--output-file", "out.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert (shop / "out.json").read_text() == printed
    refused = lint(".", "--output-file", shop / "none" / "out.json")
    assert refused.exit_code == 2
    assert "cannot be written" in refused.stderr


def test_a_fingerprint_stays_when_lines_move() -> None:
    def marks(lines: list[str], *numbers: int) -> list[str]:
        found = [Finding("shop/a.py", n, 1, n, 9, "CS1", "n", "m") for n in numbers]
        return fingerprints(Report(found, [], 1, {"shop/a.py": lines}), Path("shop"))

    first = marks(["f(1)", "f(1)", "f(2)"], 1, 2, 3)
    assert len(set(first)) == 3
    assert marks(["", "  f( 1 )", "x", "f(1)", "f(2)"], 2, 4, 5) == first
    assert marks(["f(3)"], 1)[0] not in first
