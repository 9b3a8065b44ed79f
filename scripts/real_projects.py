"""What the fixes and the sieve do on whole projects: each is copied, linted, fixed and linted again.

Of a project with every rule and every fix, safe or not, it is checked that

- every fixed file parses, keeps its encoding, and has nothing changed but what a finding's fix said;
- a second run fixes nothing;
- linting again finds nothing that was not there, and no more what was fixed;
- without the sieve that leaves files out by their bytes the findings are the same.

Usage: python scripts/real_projects.py FOLDER...
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from lint_rules._engine import files, syntax
from lint_rules._engine.config import Config
from lint_rules._engine.rules import all_rules, check_paths

Found = list[dict[str, Any]]
_DONE = re.compile(r"Fixed (\d+) findings in (\d+) files")


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """One run of the command with every rule."""
    program = str(Path(sys.executable).with_name("celery-safe"))
    command = [program, "lint", ".", "--select", "CS", "--no-cache"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1, 2) or "Traceback" in done.stderr:
        raise SystemExit(f"{folder}: {' '.join(options)} failed: {done.stderr[-2000:]}")
    return done


def found(folder: Path) -> Found:
    """The findings of a folder."""
    answer: Found = json.loads(lint(folder, "--output-format", "json").stdout)["findings"]
    return answer


def copied(project: Path, target: Path) -> None:
    """The Python files and what says which version of Celery is in use, not the repository."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if name.startswith(".")
            or name in files.SKIPPED_FOLDERS
            or (Path(folder) / name).is_symlink()
        ]

    shutil.copytree(project, target, ignore=left_out)


def problems_of_fixes(folder: Path) -> Iterator[str]:
    """What is wrong with the fixes in a folder; they are written there."""
    before = {p: p.read_bytes() for p in folder.rglob("*.py") if p.is_file()}
    old = found(folder)
    done = lint(folder, "--fix", "--unsafe-fixes")
    new = found(folder)
    again = lint(folder, "--diff", "--unsafe-fixes").stdout
    changed = [path for path, raw in before.items() if path.read_bytes() != raw]
    match = _DONE.search(done.stderr)
    fixed = int(match[1]) if match else 0
    print(f"  {len(old)} findings, {fixed} fixed in {len(changed)} files")
    print(
        "".join(f"  {line}\n" for line in done.stderr.splitlines() if " is fixed " in line), end=""
    )
    if again:
        yield f"a second run changes more:\n{again[:2000]}"
    if set(folder.rglob("*.py")) - before.keys():
        yield "there are new files"
    more = Counter(map(_key, new)) - Counter(map(_key, old))
    yield from (f"only after the fixes: {key}" for key in more)
    if len(old) - len(new) != fixed:
        yield f"{len(old)} findings less {fixed} fixed are not {len(new)}"
    for path in changed:
        name = path.relative_to(folder).as_posix()
        edits = [e for f in old if f["fix"] and f["path"] == name for e in f["fix"]["edits"]]
        yield from (f"{name} {why}" for why in _problems_of(before[path], path, edits))


def _key(finding: dict[str, Any]) -> tuple[str, str, str]:
    return finding["path"], finding["code"], finding["message"]


def _problems_of(raw: bytes, path: Path, edits: list[dict[str, Any]]) -> Iterator[str]:
    now, after = files.read(path)
    try:
        syntax.parse(after)
    except syntax.CannotCheck as error:
        yield f"does not parse: {error}"
    if files.encoding(now) != files.encoding(raw):
        yield "has another encoding"
    position = 0
    for kept in _untouched(files.decode(raw), edits):
        position = after.find(kept, position)
        if position < 0:
            yield f"has lost text that no finding names:\n{kept[:500]}"
            return
        position += len(kept)


def _untouched(text: str, edits: list[dict[str, Any]]) -> Iterator[str]:
    """The pieces of a text that no edit touches."""
    starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text))]
    spans = sorted(
        (starts[e["line"] - 1] + e["column"] - 1, starts[e["end_line"] - 1] + e["end_column"] - 1)
        for e in edits
    )
    position = 0
    for start, end in [*spans, (len(text), len(text))]:
        if start > position:
            yield text[position:start]
        position = max(position, end)


def problems_of_sieve(folder: Path) -> Iterator[str]:
    """Findings that depend on the sieve."""
    rules, config = all_rules(), Config(preset="strict")
    with_sieve = set(check_paths([folder], config, rules).findings)
    with mock.patch.object(files, "speaks", return_value=True):
        without = set(check_paths([folder], config, rules).findings)
    print(f"  {len(with_sieve)} findings with the sieve, {len(without)} without")
    for finding in with_sieve ^ without:
        side = "with" if finding in with_sieve else "without"
        yield f"only {side} the sieve: {finding.path}:{finding.line} {finding.code} {finding.message}"


def main(names: list[str]) -> int:
    """Check each project; 1 if anything is wrong."""
    wrong = 0
    for name in names:
        project = Path(name).resolve()
        print(project.name, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / project.name
            copied(project, copy)
            for problem in [*problems_of_sieve(copy), *problems_of_fixes(copy)]:
                print(f"  WRONG {problem}", flush=True)
                wrong += 1
    print(f"{len(names)} projects, {wrong} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or ["."]))
