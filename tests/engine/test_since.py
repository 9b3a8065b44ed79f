"""Comparing with an earlier revision, with a real git."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.lint import command

OLD = """from celery import shared_task


@shared_task(name="shop.charge")
def charge(order_id):
    print("charge", order_id)
"""
NEW = OLD.replace("order_id)", "order_id, currency)", 1)


@pytest.fixture(autouse=True)
def _own_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of the machine, and no repository above."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "x")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "x@example.com")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, **texts: str | None) -> str:
    """Write ``{"shop/tasks.py": text}`` (None removes) and commit."""
    for name, text in texts.items():
        write(folder / name.replace("__", "/").replace("_py", ".py"), text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


def write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """One commit on main, with a branch ``work`` checked out."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    write(folder / "shop/__init__.py", "")
    commit(folder, shop__tasks_py=OLD)
    git(folder, "checkout", "-q", "-b", "work")
    return folder


def lint(*arguments: object) -> Result:
    concise = ("--output-format", "concise")
    return CliRunner().invoke(command, [*map(str, arguments), *concise])


def codes(result: Result) -> list[str]:
    assert result.exit_code in (0, 1), result.output
    return [line.split(" ")[1] for line in result.stdout.splitlines()[:-1]]


def test_the_merge_base_with_the_default_branch_is_found_by_itself(repo: Path) -> None:
    assert codes(lint(repo)) == []
    commit(repo, shop__tasks_py=NEW)
    result = lint(repo)
    assert codes(result) == ["CS703"]
    assert f"{repo / 'shop/tasks.py'}:5:22: CS703 " in result.stdout
    assert "TypeError: charge() missing 1 required positional argument: 'currency'" in result.stdout


def test_what_is_not_committed_counts(repo: Path) -> None:
    write(repo / "shop/tasks.py", NEW)
    assert codes(lint(repo)) == ["CS703"]
    git(repo, "add", "-A")
    assert codes(lint(repo, "--since", "HEAD")) == ["CS703"]


def test_another_revision_is_another_result_of_the_same_files(repo: Path) -> None:
    commit(repo, shop__tasks_py=NEW)
    assert codes(lint(repo)) == ["CS703"]
    git(repo, "branch", "-q", "-f", "main", "HEAD")
    assert codes(lint(repo)) == []


def test_since_switches_the_group_on_and_select_narrows(repo: Path) -> None:
    commit(repo, shop__tasks_py="import celery\n")
    assert codes(lint(repo)) == []
    assert codes(lint(repo, "--since", "main")) == ["CS701"]
    assert codes(lint(repo, "--since", "main", "--ignore", "CS701")) == []
    assert codes(lint(repo, "--since", "main", "--select", "CS703")) == []


def test_what_main_did_meanwhile_is_not_undone_here(repo: Path) -> None:
    git(repo, "checkout", "-q", "main")
    commit(repo, shop__more_py=OLD.replace("charge", "refund"))
    git(repo, "checkout", "-q", "work")
    commit(repo, shop__other_py="x = 1\n")
    assert codes(lint(repo, "--since", "main")) == []


def test_a_rollback_compares_with_the_revision_ahead(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    ahead = commit(repo, shop__more_py=OLD.replace("charge", "refund"))
    git(repo, "checkout", "-q", first)
    assert codes(lint(repo, "--since", ahead)) == ["CS701"]


def test_a_deleted_file_is_named_by_its_old_place(repo: Path) -> None:
    commit(repo, shop__tasks_py=None)
    result = lint(repo, "--since", "main")
    assert f"{repo / 'shop/tasks.py'}:4:1: CS701 task shop.charge is gone" in result.stdout


def test_a_moved_file_keeps_an_explicit_name_and_loses_another(repo: Path) -> None:
    unnamed = OLD.replace('(name="shop.charge")', "").replace("charge", "refund")
    base = commit(repo, shop__unnamed_py=unnamed)
    (repo / "shop/unnamed.py").rename(repo / "shop/moved.py")
    (repo / "shop/tasks.py").rename(repo / "shop/later.py")
    result = lint(repo, "--since", base, "--ignore", "CS101")
    assert codes(result) == ["CS702"]
    assert "shop.unnamed.refund was moved to shop.moved.refund" in result.stdout


def test_the_unsafe_fix_keeps_the_old_name(repo: Path) -> None:
    unnamed = OLD.replace('(name="shop.charge")', "").replace("charge", "refund")
    base = commit(repo, shop__unnamed_py=unnamed)
    renamed = OLD.replace("def charge", "def collect").replace("shop.charge", "shop.collect")
    write(repo / "shop/tasks.py", renamed)
    write(repo / "shop/unnamed.py", unnamed.replace("def refund", "def give_back"))
    lint(repo, "--since", base, "--select", "CS702", "--fix", "--unsafe-fixes")
    assert '@shared_task(name="shop.charge")\ndef collect' in (repo / "shop/tasks.py").read_text()
    fixed = (repo / "shop/unnamed.py").read_text()
    assert '@shared_task(name="shop.unnamed.refund")\ndef give_back' in fixed
    assert codes(lint(repo, "--since", base)) == []


def test_a_file_that_cannot_be_parsed_may_have_the_task(repo: Path) -> None:
    commit(repo, shop__tasks_py=None, shop__new_py="from celery import (\n")
    result = lint(repo, "--since", "main")
    assert result.exit_code == 2
    assert "CS701" not in result.stdout


def test_a_task_that_moved_out_of_the_paths_keeps_its_name(repo: Path) -> None:
    commit(repo, shop__tasks_py="import celery\n", other__tasks_py=OLD)
    assert codes(lint(repo / "shop", "--since", "main")) == []


def test_a_subfolder_and_a_single_file_of_a_larger_repository(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, shop__tasks_py=NEW, other__tasks_py=NEW)
    assert codes(lint(repo / "shop")) == ["CS703"]
    assert codes(lint(repo / "other")) == []
    monkeypatch.chdir(repo / "shop")
    result = lint("tasks.py", "--since", "main")
    assert result.stdout.startswith("tasks.py:5:22: CS703 ")


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("options", [[], ["-a"], ["shop/tasks.py"]])
def test_in_a_hook_of_git(repo: Path, options: list[str], linked: bool) -> None:
    hook = repo / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    script = "import sys; from celery_safe.cli import main; main()"
    lint_all = "lint shop/tasks.py shop/kept.py --since main --no-cache --output-format concise"
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{script}' {lint_all}\n")
    write(repo / "shop/kept.py", OLD.replace("charge", "refund"))
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--no-verify", "-m", "x")
    hook.chmod(0o755)
    if linked:
        git(repo, "worktree", "add", "-q", "-b", "other", "../linked")
        repo = repo.parent / "linked"
    write(repo / "shop/tasks.py", NEW)
    if not options:
        git(repo, "add", "-A")
    done = subprocess.run(
        ["git", "commit", "-m", "y", *options],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 1, printed
    assert "shop/tasks.py:5:22: CS703 " in printed
    assert "1 finding in 2 checked files" in printed


def test_paths_through_a_symlink(repo: Path, tmp_path: Path) -> None:
    commit(repo, shop__tasks_py=NEW)
    (tmp_path / "link").symlink_to(repo)
    result = lint(tmp_path / "link")
    assert f"{tmp_path / 'link/shop/tasks.py'}:5:22: CS703 " in result.stdout


def test_excluded_files_are_left_out(repo: Path) -> None:
    write(repo / "pyproject.toml", '[tool.celery-safe.lint]\nexclude = ["shop/old"]\n')
    base = commit(repo, shop__old__tasks_py=OLD.replace("charge", "refund"))
    commit(repo, shop__old__tasks_py=None)
    assert codes(lint(repo, "--since", base)) == []


def test_a_comment_with_a_reason_takes_it_away(repo: Path) -> None:
    commented = NEW.replace("):", "):  # celery-safe: ignore[CS703] the queue is empty")
    commit(repo, shop__tasks_py=commented)
    assert codes(lint(repo)) == []


def fails(*arguments: object) -> str:
    result = lint(*arguments)
    assert result.exit_code == 2, result.output
    assert not result.stdout
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_an_unknown_revision(repo: Path) -> None:
    assert "git knows no revision 'mian' (did you mean 'main'?)" in fails(repo, "--since", "mian")
    assert "git knows no revision '--all'" in fails(repo, "--since=--all")
    assert "is a range" in fails(repo, "--since", "main..work")


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD)
    assert "is in no work tree of git" in fails(tmp_path, "--since", "main")
    result = lint(tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")


def test_no_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in fails(repo, "--since", "main")
    result = lint(repo)
    assert result.exit_code == 0
    assert result.stderr == "celery-safe lint: CS703 compared nothing: git is not installed\n"


def test_git_that_fails(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/git"
    fake.write_text("#!/bin/sh\necho 'fatal: detected dubious ownership' >&2\nexit 128\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    stderr = fails(repo, "--since", "main")
    assert "git rev-parse failed: fatal: detected dubious ownership" in stderr


def test_a_shallow_clone(repo: Path, tmp_path: Path) -> None:
    git(repo, "checkout", "-q", "main")
    commit(repo, shop__other_py="x = 1\n")
    git(repo, "checkout", "-q", "work")
    commit(repo, shop__tasks_py=NEW)
    git(repo, "checkout", "-q", "main")
    url, clone = repo.as_uri(), tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", "-b", "work", url, str(clone))
    assert "shallow" in fails(clone, "--since", "origin/main")
    result = lint(clone)
    assert result.exit_code == 0
    assert "CS703 compared nothing: this shallow clone" in result.stderr


@pytest.mark.parametrize("name", ["master", "trunk"])
def test_a_default_branch_of_another_name(repo: Path, name: str) -> None:
    git(repo, "branch", "-q", "-m", "main", name)
    commit(repo, shop__tasks_py=NEW)
    result = lint(repo)
    assert codes(result) == ["CS703"]
    assert f"the merge base with {name}" in result.stdout or f"and {name} did" in result.stdout


def test_no_default_branch(repo: Path) -> None:
    git(repo, "branch", "-q", "-D", "main")
    result = lint(repo)
    assert result.exit_code == 0
    assert "no default branch" in result.stderr


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text(OLD)
    assert lint(tmp_path).exit_code == 0


def test_a_file_name_with_a_newline(repo: Path) -> None:
    odd = repo / "shop" / "new\nline.py"
    odd.write_text(OLD.replace("charge", "refund"))
    base = commit(repo)
    odd.write_text(NEW.replace("charge", "refund"))
    assert "CS703" in lint(repo / "shop", "--since", base, "--select", "CS703").stdout
