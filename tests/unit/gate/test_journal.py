"""The file of starts that outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from celery_safe.gate import journal
from celery_safe.gate.journal import SLOT, Journal
from celery_safe.testing.local import until

#: Begins the ids that it is given, ends those that are given with a minus, says so and waits.
OTHER = """
import sys, time
from pathlib import Path
from celery_safe.gate.journal import Journal
journal = Journal(Path(sys.argv[1]), sys.argv[2])
slots = {i: journal.begin(i, "shop.pay") for i in sys.argv[3:] if i[0] != "-"}
for i in sys.argv[3:]:
    if i[0] == "-":
        journal.end(slots[i[1:]])
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def mine(tmp_path: Path) -> Any:
    made = Journal(tmp_path, "mine")
    yield made
    made.close()


def other(folder: Path, name: str, *ids: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder), name, *ids], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def adopted(by: Journal) -> list[tuple[str, str, str]]:
    told: list[tuple[str, str, str]] = []
    assert by.adopt(lambda *what: told.append(what))
    return sorted(told)


def test_the_starts_of_a_killed_worker_are_handed_on_once(mine: Journal, tmp_path: Path) -> None:
    process = other(tmp_path, "dead", "a", "b", "c", "-b")
    assert adopted(mine) == []  # it lives
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert adopted(mine) == [("dead", "a", "shop.pay"), ("dead", "c", "shop.pay")]
    assert adopted(mine) == []
    assert not (tmp_path / "dead.starts").exists()


def test_what_could_not_be_handed_on_is_kept(mine: Journal, tmp_path: Path) -> None:
    process = other(tmp_path, "dead", "a")
    process.kill()
    process.wait()

    def fails(*_: str) -> None:
        raise ConnectionError("the store is away")

    with pytest.raises(ConnectionError):
        mine.adopt(fails)
    assert adopted(mine) == [("dead", "a", "shop.pay")]


def test_a_fork_of_a_worker_does_not_keep_it_alive(mine: Journal, tmp_path: Path) -> None:
    # The parent says the child's id, and nothing is said by the child, which might cut in.
    code = OTHER.replace(
        'print("ready", flush=True)',
        "import os\nchild = os.fork()\nif child:\n    print(child, flush=True)",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), "dead", "a"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    try:
        assert adopted(mine) == [("dead", "a", "shop.pay")]
    finally:
        os.kill(child, signal.SIGKILL)


def test_one_at_a_time(mine: Journal, tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom celery_safe.gate.journal import _only_one\n"
        "with _only_one(Path(sys.argv[1])) as mine:\n    print(mine, flush=True)\n    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    assert mine.adopt(lambda *_: None) is False
    process.kill()
    process.wait()
    until(lambda: mine.adopt(lambda *_: None), "the lock of a dead process is free", 10)


def test_slots_are_used_again(tmp_path: Path) -> None:
    made = Journal(tmp_path, "w")
    for n in range(100):
        slot = made.begin(str(n), "t")
        assert slot == 0
        made.end(slot)
    assert made.path.stat().st_size == SLOT
    made.close()
    assert not made.path.exists()


def test_unfinished_starts_stay_after_the_end(tmp_path: Path, mine: Journal) -> None:
    made = Journal(tmp_path, "w")
    made.begin("a", "t")
    made.close()
    assert adopted(mine) == [("w", "a", "t")]


def test_what_does_not_fit_is_no_start(mine: Journal) -> None:
    assert mine.begin("x" * SLOT, "t") is None


def test_a_full_disk_is_said(
    mine: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert mine.begin("a", "t") is None
    assert "No space left" in caplog.text
    monkeypatch.undo()
    assert mine.begin("a", "t") == 0


def test_a_folder_that_cannot_be_written_to_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    assert journal.opened(str(tmp_path / "file" / "folder"), "shop", "w") is None
    assert "safe_journal_folder" in caplog.text
