"""Does what a page of the docs says, in an empty folder and one shell, as a newcomer would.

A block of Python is a file, named by its first line; ``, at the end`` appends to one that is there.
A block of ``console`` is commands; what stands below one has to be printed, ``...`` is anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

from support.bench import ROOT, kill_tree

from celery_safe.testing.local import free_port, until

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.\w+)(, at the end)?\n")
#: The port of all pages.
_PORT = "8000"


class Shell:
    """One bash with job control; its output is kept from the first byte on."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.output = ""
        self._process = subprocess.Popen(
            ["bash", "--norc", "-m"], cwd=folder, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stdout: Any = self._process.stdout
        while chunk := os.read(stdout.fileno(), 65536):
            self.output += chunk.decode(errors="replace")

    def run(self, command: str, expected: list[str]) -> None:
        """Run a command to its end, or with ``&`` start it; what is expected has to be printed."""
        start, mark = len(self.output), uuid.uuid4().hex
        stdin: Any = self._process.stdin
        # Quoted, so that the mark is found in what is printed alone.
        stdin.write(f"{command}\necho {mark[:8]}''{mark[8:]} $?\n".encode())
        stdin.flush()
        try:
            until(lambda: f"{mark} " in self.output[start:], f"`{command}` ends", 120)
            status = self.output[start:].partition(f"{mark} ")[2].split()
            until(lambda: self._said(start, mark, expected), f"{expected} of `{command}`", 60)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.output}") from None
        if status[:1] != ["0"]:
            raise AssertionError(f"`{command}` ended with {status[:1]}\n{self.output}")

    def _said(self, start: int, mark: str, expected: list[str]) -> bool:
        said = self.output[start:].replace(mark, "")
        return all(_pattern(line).search(said) for line in expected)

    def close(self) -> None:
        """Kill everything that was started."""
        kill_tree(self._process)


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, line.strip().split("..."))))


def follow(page: Path, folder: Path, env: dict[str, str]) -> Shell:
    """Do all that a page says, in its order.

    Raises:
        AssertionError: a command failed, or did not print what the page shows.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    (folder / ".curlrc").write_text(
        "silent\nshow-error\nretry = 60\nretry-delay = 1\nretry-connrefused\n"
    )
    shell = Shell(
        folder,
        {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "CURL_HOME": str(folder), **env},
    )
    port = str(free_port())
    try:
        blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
        for kind, text in blocks:
            if kind == "python":
                _write(folder, text)
            elif kind == "console":
                for command, expected in _commands(text.replace(_PORT, port)):
                    shell.run(command, expected)
    except BaseException:
        shell.close()
        raise
    return shell


def _write(folder: Path, text: str) -> None:
    head = _FILE.match(text)
    if head is None:
        raise AssertionError(f"a block of Python that names no file:\n{text}")
    file = folder / head[1]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a" if head[2] else "w", encoding="utf-8") as out:
        out.write(text[head.end() :] if head[2] else text)


def _commands(text: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip() not in ("", "..."):
            found[-1][1].append(line)
    # What the page installs is here already.
    return [(command, expected) for command, expected in found if "pip install" not in command]
