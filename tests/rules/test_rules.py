"""Every rule against its marked case file and the code on its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.house import House
from lint_rules._engine.rules import Rule, all_rules, check_paths
from lint_rules._engine.since import Revision

CASES = Path(__file__).parent
PAGES = CASES.parent.parent / "docs" / "rules"
RULES = all_rules()
MARK = re.compile(r"# error: ((?:CS\d{3}[, ]*)+)$")
HEADINGS = [
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "Fix safety",
    "When to ignore it",
    "Cannot see",
    "References",
]

#: What the house rules are configured to in case files and pages.
HOUSE = Config(
    house=House(
        required_task_options=("time_limit|soft_time_limit",),
        banned_dispatch=("delay", "send_task"),
        required_decorators=("house.rules.watched",),
        queues_by_path={"*": ("mail",)},
    )
)

each_rule = pytest.mark.parametrize("rule", RULES, ids=[r.code for r in RULES])


def stem(rule: Rule) -> str:
    return f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


def lines_found(path: Path, rule: Rule, before: str | None) -> list[int]:
    """The lines of the findings; ``before`` is what the file was at the revision compared with."""
    old = None if before is None else Revision("main", {path: before.encode()})
    # CS001 is about what the others find.
    config = HOUSE if rule.code.startswith("CS19") else Config()
    result = check_paths([path], config, RULES if rule.runs_last else [rule], before=old)
    assert not result.unchecked
    return [f.line for f in result.findings if f.code == rule.code]


@each_rule
def test_case_file_has_exactly_the_marked_findings(rule: Rule) -> None:
    path = CASES / f"{stem(rule)}.py"
    marked = [
        number
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := MARK.search(line))
        for code in re.findall(r"CS\d{3}", match[1])
        if code == rule.code
    ]
    assert marked, "a case file without a marked error proves nothing"
    before = CASES / "before" / path.name
    old = before.read_text() if rule.code.startswith("CS7") else None
    assert lines_found(path, rule, old) == marked


@each_rule
def test_page_has_its_sections_and_its_code_is_true(rule: Rule, tmp_path: Path) -> None:
    text = (PAGES / f"{stem(rule)}.md").read_text()
    assert text.startswith(f"# {rule.code} {rule.name}\n")
    assert re.findall(r"^## (.+)$", text, re.M) == HEADINGS
    for heading, expected in (("Example", True), ("Use instead", False)):
        section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
        blocks = re.findall(r"```python\n(.*?)```", section, re.S)
        assert blocks, f"{heading} has no code"
        before = None
        for number, block in enumerate(blocks):
            compile(block, heading, "exec")
            if block.startswith("# Before"):
                before = block
                continue
            file = tmp_path / f"{heading.split()[0].lower()}{number}.py"
            file.write_text(block)
            assert bool(lines_found(file, rule, before)) is expected, f"{heading}: {block}"


def test_every_rule_has_its_three_files_and_no_file_is_without_rule() -> None:
    stems = {stem(rule) for rule in RULES}
    assert {p.stem for p in CASES.glob("cs*.py")} == stems
    assert {p.stem for p in PAGES.glob("cs*.md")} == stems
    compared = {s for s in stems if s.startswith("cs7")}
    assert {p.stem for p in (CASES / "before").glob("*.py")} == compared
