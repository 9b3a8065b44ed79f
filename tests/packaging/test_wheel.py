"""The wheel, built and installed in a clean environment, has what it needs and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, cwd: Path, code: int = 0) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT), cwd=out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has only the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", str(folder), cwd=folder)
    run(
        str(folder / "bin/pip"),
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-compile",
        str(wheel),
        cwd=folder,
    )
    return folder / "bin"


def test_wheel_has_the_packages_their_types_and_the_rule_pages(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"celery_safe/py.typed", "lint_rules/py.typed", "celery_safe/cli/lint.py"} <= names
    rules = {p.stem for p in (ROOT / "lint_rules").glob("cs*.py")}
    assert {f"lint_rules/pages/{stem}.md" for stem in rules} <= names
    assert {n.partition("/")[0].partition("-")[0] for n in names} == {"celery_safe", "lint_rules"}
    for path in [*ROOT.glob("celery_safe/**/*.py"), *ROOT.glob("lint_rules/**/*.py")]:
        assert str(path.relative_to(ROOT)) in names


def test_four_dependencies_are_enough_to_run(clean: Path, tmp_path: Path) -> None:
    code = (
        "import sys, celery_safe\n"
        "heavy = {'celery', 'kombu', 'libcst', 'click', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from celery_safe import SafeCelery\n"
        "app = SafeCelery('shop', broker='sqlite+safe:///b.db', strict=True)\n"
        "@app.task(name='shop.charge')\n"
        "def charge(order): return order\n"
        "print(charge.delay(1).id is not None, charge.acks_late)"
    )
    assert run(str(clean / "python"), "-c", code, cwd=tmp_path).strip() == "True True"
    assert "task_acks_late" in run(str(clean / "celery-safe"), "defaults", cwd=tmp_path)


def test_a_missing_extra_prints_the_pip_line(clean: Path, tmp_path: Path) -> None:
    for command in ("lint .", "rules", "rule CS101"):
        out = run(str(clean / "celery-safe"), *command.split(), cwd=tmp_path, code=2)
        assert "pip install 'celery-safe[lint]'" in out
    code = "import celery_safe.store.sqlalchemy"
    out = run(str(clean / "python"), "-c", code, cwd=tmp_path, code=1)
    assert "pip install 'celery-safe[sqlalchemy]'" in out


def test_with_its_extra_lint_works_and_loads_no_celery(clean: Path, tmp_path: Path) -> None:
    run(str(clean / "pip"), "install", "-q", "libcst", cwd=tmp_path)
    (tmp_path / "tasks.py").write_text(
        "from celery import shared_task\n@shared_task\ndef f(): ...\n"
    )
    code = (
        "import sys\nfrom celery_safe.cli import main\n"
        "try: main(['lint', 'tasks.py'])\n"
        "except SystemExit as e: print('exit', e.code, {'celery', 'kombu'} & set(sys.modules))"
    )
    out = run(str(clean / "python"), "-c", code, cwd=tmp_path)
    assert "CS101" in out
    assert "exit 1 set()" in out
    assert "# CS101 unnamed-task" in run(str(clean / "celery-safe"), "rule", "CS101", cwd=tmp_path)
