"""Every output format, each against the rules of those who read it."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command
from lint_rules._engine.facts import Edit, Finding, Fix, Unchecked
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


SCHEMAS = Path(__file__).parent / "schemas"


CASES = Path(__file__).parents[1] / "rules"
#: What GitLab reads: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
GITLAB = {
    "type": "array",
    "items": {
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            **{name: {"type": "string", "minLength": 1} for name in ("description", "check_name", "fingerprint")},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "required": ["path"],
                "oneOf": [{"required": ["lines"]}, {"required": ["positions"]}],
                "properties": {
                    # relative, and without a leading ./
                    "path": {"type": "string", "pattern": r"^(?!/|\./).+"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                    "positions": {
                        "required": ["begin"],
                        "properties": {
                            "begin": {"required": ["line"], "properties": {"line": {"type": "integer"}}}
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip


def sarif_of(text: str) -> dict[str, Any]:
    """A SARIF report that fits the schema of OASIS, which only names the form of URIs."""
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft4Validator(schema).validate(document)
    uris = re.findall(r'"(?:uri|helpUri|informationUri|\$schema)": "(.*)"', text)
    assert all(re.fullmatch(r"(?:%[0-9A-F]{2}|[A-Za-z0-9._~:/!$&'()*+;=@,-])+", u) for u in uris)
    return document


def junit_of(text: str) -> ElementTree.Element:
    """A JUnit report that fits Jenkins' schema, and whose counts are true."""
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    root = ElementTree.fromstring(text)
    for suite in [root, *root.findall("testsuite")]:
        for tag, name in (("testcase", "tests"), ("failure", "failures"), ("error", "errors")):
            assert int(suite.attrib[name]) == len(list(suite.iter(tag)))
    return root


def gitlab_of(text: str) -> list[dict[str, Any]]:
    """A Code Quality report with what GitLab asks for."""
    issues: list[dict[str, Any]] = json.loads(text)
    jsonschema.Draft7Validator(GITLAB).validate(issues)
    assert len({i["fingerprint"] for i in issues}) == len(issues)
    return issues


def test_findings_of_every_rule_fit_the_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    monkeypatch.chdir(CASES)
    all_of_it = ("--select", "CS", "--no-cache", "--output-format")
    (run,) = sarif_of(lint(".", *all_of_it, "sarif").stdout)["runs"]
    results = run["results"]
    assert len({r["ruleId"] for r in results}) > 50
    assert any("fixes" in r for r in results)
    failures = junit_of(lint(".", *all_of_it, "junit").stdout).iter("failure")
    assert len(list(failures)) == len(gitlab_of(lint(".", *all_of_it, "gitlab").stdout))


def test_any_text_fits_the_schemas() -> None:
    odd = "\x00\x1b[31m\udcff\ufffe <&]]>\"' % é 中\U0001f600\n\t"
    found = Finding(f"a/{odd}.py", 1, 1, 1, 2, "CS1", "n", odd, Fix("unsafe", odd, ()))
    found = replace(found, fix=Fix("safe", odd, (Edit(1, 1, 1, 2, odd),)))
    report = Report([found], [Unchecked(f"{odd}/b.py", odd)], 2, {found.path: [odd]})
    sarif_of(render(report, "sarif"))
    junit_of(render(report, "junit"))
    gitlab_of(render(report, "gitlab"))


def test_sarif_fits_the_schema(shop: Path) -> None:
    result = lint(".", "--output-format", "sarif")
    assert result.exit_code == 2
    (run,) = sarif_of(result.stdout)["runs"]
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
    issues = gitlab_of(lint(".", "--output-format", "gitlab").stdout)
    assert len(issues) == 3
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


@pytest.mark.parametrize("path", [".", "empty.py"])
def test_junit_fits_the_schema(shop: Path, path: str) -> None:
    (shop / "empty.py").touch()
    root = junit_of(lint(path, "--output-format", "junit").stdout)
    assert len(list(root.iter("failure"))) == (2 if path == "." else 0)
    assert root.findall("testsuite")


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


def test_a_line_end_in_a_name_stays_on_its_line(shop: Path) -> None:
    (shop / "a\nb.py").write_text("from celery.schedules import crontab\ncrontab(hour=1)\n")
    (shop / "c\nd.py").write_text("(")
    done = lint("a\nb.py", "c\nd.py", "--output-format", "concise")
    assert done.stdout.startswith(r"a\nb.py:2:1: CS601 ")
    assert done.stderr.startswith(r"celery-safe lint: c\nd.py syntax error at line 1")
    assert (done.stdout.count("\n"), done.stderr.count("\n")) == (2, 1)


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
