"""The version of Celery is read from what a project requires."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules._engine.celery_facts.versions import Known
from lint_rules._engine.celery_version import CeleryVersion, find, parse


@pytest.mark.parametrize(
    ("name", "text", "lowest", "highest"),
    [
        ("requirements.txt", "Django==4.2\ncelery==5.4.0\n", (5, 4), (5, 4)),
        ("requirements.txt", "celery[redis,auth] == 5.4.0 ; python_version > '3'\n", (5, 4), (5, 4)),
        ("requirements.txt", "Celery>=5.3,<5.6\n", (5, 3), (5, 5)),
        ("requirements.txt", "celery~=5.4.1\n", (5, 4), (5, 4)),
        ("requirements.txt", "celery~=5.4\n", (5, 4), None),
        ("requirements.txt", "celery>=5.3,<6\n", (5, 3), (5, 999)),
        ("requirements.txt", "celery<5.4.1\n", None, (5, 4)),
        ("requirements.txt", "celery<=5.4\n", None, (5, 4)),
        ("requirements.txt", "celery==5.4.*\n", (5, 4), (5, 4)),
        ("requirements.txt", "celery==5.4.0 \\\n    --hash=sha256:0\n", (5, 4), (5, 4)),
        ("requirements-dev.txt", "celery==5.5.3\n", (5, 5), (5, 5)),
        ("requirements/base.txt", "celery==5.5.3\n", (5, 5), (5, 5)),
        ("requirements.in", "celery>=5.5\n", (5, 5), None),
        ("pyproject.toml", '[project]\ndependencies = [\n  "celery[redis]>=5.3",\n]\n', (5, 3), None),
        ("pyproject.toml", '[project]\ndependencies = ["celery==5.6.1"]\n', (5, 6), (5, 6)),
        ("pyproject.toml", '[tool.poetry.dependencies]\ncelery = "^5.3.1"\n', (5, 3), None),
        ("pyproject.toml", '[tool.poetry.dependencies]\ncelery = "5.3.1"\n', (5, 3), (5, 3)),
        ("pyproject.toml", 'celery = {extras = ["redis"], version = "~5.3"}\n', (5, 3), (5, 3)),
        ("setup.cfg", "[options]\ninstall_requires =\n    celery>=5.2\n", (5, 2), None),
        ("Pipfile.lock", '{"celery": {"hashes": ["a"], "version": "==5.4.0"}}', (5, 4), (5, 4)),
        ("uv.lock", '[[package]]\nname = "celery"\nversion = "5.5.3"\n', (5, 5), (5, 5)),
        ("poetry.lock", '[[package]]\nname = "celery"\nversion = "5.6.0"\n', (5, 6), (5, 6)),
        ("requirements.txt", "celery\n", None, None),
        ("requirements.txt", "django-celery-beat==2.6\ncelery-once==3.0\n", None, None),
        ("requirements.txt", "# celery==5.4\n", None, None),
    ],
)  # fmt: skip
def test_versions(tmp_path: Path, name: str, text: str, lowest: object, highest: object) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    found = find([tmp_path / "shop" / "tasks.py"])
    assert (found.lowest, found.highest) == (lowest, highest)


def test_a_lock_file_wins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('dependencies = [\n"celery>=5.3"]\n')
    (tmp_path / "uv.lock").write_text('name = "celery"\nversion = "5.6.2"\n')
    assert find([tmp_path / "tasks.py"]) == CeleryVersion((5, 6), (5, 6), "uv.lock")


def test_another_repository_above_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("celery==5.4\n")
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    assert find([tmp_path / "shop" / "tasks.py"]) == CeleryVersion()


def test_versions_by_hand() -> None:
    assert parse("5.4") == parse("5.4.1") == CeleryVersion((5, 4), (5, 4))
    assert parse("five") is None
    assert CeleryVersion().is_before((5, 7))
    assert not CeleryVersion().is_surely_before((5, 7))
    assert CeleryVersion((5, 3), (5, 5)).is_surely_before((5, 6))
    assert not CeleryVersion((5, 7), None).is_before((5, 7))


def test_what_a_version_lacks() -> None:
    new = Known("bool", (("5.5", "None"),), "5.5", "", "", "")
    gone = Known("bool", (("5.3", "None"),), "", "", "5.6", "")
    assert CeleryVersion((5, 3), (5, 4), "uv.lock").lacks(new) == (
        "Celery 5.4 (uv.lock) does not have it, it is new in 5.5"
    )
    assert CeleryVersion((5, 3), (5, 5)).lacks(new) is None
    assert CeleryVersion().lacks(new) is None
    assert CeleryVersion((5, 6), None).lacks(gone) == "Celery removed it in 5.6"
    assert CeleryVersion((5, 5), None).lacks(gone) is None
