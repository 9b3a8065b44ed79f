"""What a SafeCelery writes out by the annotation of a parameter is no finding of CS206."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

HEAD = "from enum import Enum\nfrom {package} import {cls}\nclass Hue(Enum):\n    RED = 1\napp = {cls}('shop')\n"


@pytest.mark.parametrize(
    ("package", "options", "parameter", "found"),
    [
        ("celery_safe", "", "hues: set[Hue]", False),
        ("celery_safe", "", "hues", True),
        ("celery_safe", ", validate=True", "hues: set[Hue]", False),
        ("celery_safe", ", validate=False", "hues: set[Hue]", True),
        ("celery", "", "hues: set[Hue]", True),
    ],
)
def test_annotated_parameters_of_safe_tasks_carry_more(
    tmp_path: Path, package: str, options: str, parameter: str, found: bool
) -> None:
    cls = "SafeCelery" if package == "celery_safe" else "Celery"
    (tmp_path / "shop.py").write_text(
        HEAD.format(package=package, cls=cls)
        + f"@app.task(name='mix'{options})\ndef mix({parameter}): pass\n"
        + "def go():\n    mix.delay({1})\n    mix.delay(hues={Hue.RED})\n"
    )
    rules = [r for r in all_rules() if r.code == "CS206"]
    findings = check_paths([tmp_path], Config(), rules).findings
    assert [f.line for f in findings] == ([9, 10] if found else [])
