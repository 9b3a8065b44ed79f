"""What git tells of an earlier revision; nothing is checked out, and nothing is written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lint_rules._engine.config import nearest

#: Where the default branch is looked for; the first that exists is it.
_DEFAULT = (
    "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master",
    "refs/remotes/origin/trunk", "refs/heads/main", "refs/heads/master", "refs/heads/trunk",
)  # fmt: skip
_SECONDS = 120


class GitError(Exception):
    """Git cannot tell; the message is one line and says what to do."""


class NotARepository(GitError):
    """The folder is in no work tree of git."""


@dataclass(frozen=True)
class Base:
    """The revision compared with: its commit, and what to call it."""

    commit: str
    label: str


@dataclass(frozen=True)
class Changed:
    """A Python file that is not as it was: ``blob`` is what it was, None if there was none."""

    path: Path
    blob: str | None
    is_gone: bool


class Repository:
    """The work tree that a folder is in.

    Raises:
        NotARepository: it is in none.
        GitError: git is not installed, or refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = next(f for f in (folder, *folder.absolute().parents) if f.is_dir())
        try:
            top = self._git("rev-parse", "--show-toplevel")
        except GitError as error:
            if any(w in str(error) for w in ("not a git repository", "must be run in a work tree")):
                raise NotARepository(f"{folder} is in no work tree of git") from error
            raise
        self.top = Path(os.path.realpath(top.rstrip("\n")))

    def base(self, revision: str | None) -> Base:
        """What to compare the work tree with.

        It is where the work tree branched off from ``revision`` (by default the default branch),
        so that what others did there since is not taken for undone here.
        A revision that is ahead of the work tree is compared as it is: that is a rollback.

        Raises:
            GitError: there is no such revision, or the clone is too shallow to tell.
        """
        named = self._commit(revision) if revision is not None else self._default()
        head = self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if not head or head == named.commit:
            return named
        common = self._ask("merge-base", named.commit, head)
        if not common and self._is_shallow():
            raise GitError(
                f"this shallow clone does not reach back to where it branched off from {named.label};"
                " fetch its history (git fetch --unshallow, or fetch-depth: 0)"
            )
        if not common or common == named.commit or (revision is not None and common == head):
            return named
        return Base(common, f"{common[:9]}, the merge base with {named.label}")

    def changed(self, base: Base) -> list[Changed]:
        """The Python files of the work tree that are not as they were at ``base``."""
        raw = self._git(
            "-c", "core.fsmonitor=false", "diff", "--raw", "-z", "--no-abbrev", "--no-renames",
            "--no-ext-diff", "--ignore-submodules", base.commit, "--", ":(top)*.py",
        )  # fmt: skip
        parts = raw.split("\0")
        found = []
        for meta, path in zip(parts[::2], parts[1::2], strict=False):
            _, _, blob, _, status = meta.split(" ")
            there_was = blob.strip("0") != ""
            found.append(Changed(self.top / path, blob if there_was else None, status == "D"))
        if found:
            untracked = self._git(
                "ls-files",
                "--others",
                "--exclude-standard",
                "--full-name",
                "-z",
                "--",
                ":(top)*.py",
            )
            found += [Changed(self.top / p, None, False) for p in untracked.split("\0") if p]
        return found

    def blobs(self, names: Sequence[str]) -> list[bytes]:
        """The contents of files by their object names.

        Raises:
            GitError: one of them is not in the clone.
        """
        out = self._run(("cat-file", "--batch"), "".join(f"{n}\n" for n in names).encode())
        found, at = [], 0
        for _ in names:
            end = out.find(b"\n", at)
            header = out[at:end].decode(errors="replace").split()
            if len(header) != 3:
                raise GitError(f"git cat-file has no object {' '.join(header)}")
            at = end + 1 + int(header[2])
            found.append(out[end + 1 : at])
            at += 1
        return found

    def _commit(self, revision: str) -> Base:
        commit = self._ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        if len(commit.split()) > 1:
            raise GitError(f"{revision!r} is a range; name the one revision to compare with")
        if commit:
            return Base(commit, revision[:9] if revision == commit else revision)
        known = self._git("for-each-ref", "--format=%(refname:short)").split("\n")
        hint = nearest(revision, known)
        if self._is_shallow():
            hint += "; this clone is shallow, and may lack it (git fetch --unshallow, or fetch-depth: 0)"
        raise GitError(f"git knows no revision {revision!r}{hint}")

    def _default(self) -> Base:
        found = self._git(
            "for-each-ref", "--format=%(refname) %(objectname) %(symref:short)", *_DEFAULT
        )
        known = {line.split(" ")[0]: line.split(" ")[1:] for line in found.splitlines()}
        for name in _DEFAULT:
            if name in known:
                commit, link = known[name]
                return Base(commit, link or name.split("/", 2)[2])
        raise GitError(
            "no default branch (origin/HEAD, main, master or trunk) is to be seen; name a revision by --since"
        )

    def _is_shallow(self) -> bool:
        return self._ask("rev-parse", "--is-shallow-repository") == "true"

    def _ask(self, *arguments: str) -> str:
        """The answer of git, or nothing if it says by exit code 1 that there is none."""
        return self._run(arguments, b"", (0, 1)).decode("utf-8", "surrogateescape").strip()

    def _git(self, *arguments: str) -> str:
        return self._run(arguments, b"").decode("utf-8", "surrogateescape")

    def _run(self, arguments: Sequence[str], stdin: bytes, good: Sequence[int] = (0,)) -> bytes:
        what = next(a for a in arguments if not a.startswith(("-", "core.")))
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self._folder, input=stdin, capture_output=True, check=False, timeout=_SECONDS,
                env=_environment(),
            )  # fmt: skip
        except FileNotFoundError as error:
            raise GitError("git is not installed") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git {what} failed: {error}") from error
        if done.returncode not in good:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            reason = lines[0] if lines else f"exit code {done.returncode}"
            raise GitError(f"git {what} failed: {reason}")
        return done.stdout


def _environment() -> dict[str, str]:
    """That of the process, without what git tells its hooks.

    In a hook GIT_DIR alone says that the folder is the top of the work tree, which ours need not be.
    """
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    if "GIT_WORK_TREE" not in environment:
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"):
            environment.pop(name, None)
    for name in {"GIT_DIR", "GIT_WORK_TREE"} & environment.keys():
        environment[name] = str(Path(environment[name]).absolute())
    return environment
