"""``celery-safe schedule``: the coming runs, the day on which clocks are changed, the picture."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from celery_safe.cli.schedule import command

PROJECT = """
from celery.schedules import crontab
from celery_safe import SafeCelery, cron, daily, every, once, schedule
app = SafeCelery("night", broker="memory://", set_as_current=False)

@app.task(name="ring")
def ring(bell: str) -> None: ...

schedule(ring, daily(at="02:30", tz="Europe/Berlin"), "daily")
schedule(ring, cron("*/20 * * * *", tz="Europe/Berlin"), "<often> & more")
schedule(ring, every(hours=5), "every")
schedule(ring, once(at="2026-10-25T02:10+01:00"), "once")
app.conf.beat_schedule["old"] = {"task": "ring", "schedule": crontab(minute="*/20")}
app.conf.beat_schedule["older"] = {"task": "ring", "schedule": 5400}
app.conf.timezone = "Europe/Berlin"
"""


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    name = f"night_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(command, ["-A", name, *words], prog_name="schedule")
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_the_coming_runs_in_order(show) -> None:
    found = json.loads(show("--next", "7", "--output-format", "json", "--tz", "America/New_York"))
    times = [datetime.fromisoformat(run["at"]) for run in found["runs"]]
    assert len(times) == 7
    assert times == sorted(times)
    assert timedelta() <= times[0] - datetime.now(timezone.utc) + timedelta(seconds=60)
    assert {run["at"][-6:] for run in found["runs"]} <= {"-05:00", "-04:00"}
    text = show("--next", "7").splitlines()
    assert text[0].split() == ["when", "in", "entry", "schedule"]
    assert len(text[: text.index("")]) == 8


def test_the_day_on_which_clocks_are_put_back(show) -> None:
    text = show("--at", "2026-10-25")
    lines = text.splitlines()
    assert "clocks are put back from 03:00 to 02:00" in text
    day = {line.split(": ")[0]: line for line in lines if "  (" in line}
    assert "1 run, Sun 2026-10-25 02:30:00 CEST" in day["ring('daily')"]
    assert "75 runs" in day["ring('<often> & more')"]
    assert "longest gap 20m" in day["ring('<often> & more')"]
    # Celery's own really has the hole: the forecast is of what is, not of what should be.
    assert "longest gap 1h 20m" in day["old"]
    around = lines[lines.index(next(x for x in lines if x.startswith("around"))) :]
    cut = around.index("  -- clocks are put back from 03:00 to 02:00 --")
    assert all("CEST" in line for line in around[1:cut])
    assert "  Sun 2026-10-25 02:10:00 CET  ring('once')" in around[cut:]
    scale = next(line for line in lines if line.strip().startswith("000102"))
    assert scale.split()[0] == "".join(f"{h:02}" for h in [0, 1, 2, *range(2, 24)])


def test_a_day_without_a_change_and_one_in_spring(show) -> None:
    assert "put" not in show("--at", "2026-06-01")
    text = show("--at", "2026-03-29")
    assert "clocks are put forward from 02:00 to 03:00" in text
    assert "1 run, Sun 2026-03-29 03:00:00 CEST" in text


def test_json_of_a_day(show) -> None:
    found = json.loads(show("--at", "2026-10-25", "--output-format", "json"))
    assert found["timezone"] == "Europe/Berlin"
    assert found["changes"] == [
        {"at": "2026-10-25T02:00:00+01:00", "what": "clocks are put back from 03:00 to 02:00"}
    ]
    daily = [run["at"] for run in found["runs"] if run["entry"] == "ring('daily')"]
    assert daily == ["2026-10-25T02:30:00+02:00"]
    notes = {entry["name"]: entry["note"] for entry in found["entries"]}
    assert "counted from the first moment shown" in notes["ring('every')"]
    assert "counted" in notes["older"]
    assert notes["ring('daily')"] == ""


def test_the_picture(show) -> None:
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(show("--at", "2026-10-25", "--output-format", "svg"))
    runs = [e for e in root.iter(f"{svg}line") if e.get("class") == "run"]
    titles = [run.findtext(f"{svg}title") or "" for run in runs]
    assert sum("ring('<often> & more')" in title for title in titles) == 75
    assert "ring('daily'): Sun 2026-10-25 02:30:00 CEST" in titles
    assert len([e for e in root.iter(f"{svg}line") if e.get("class") == "change"]) == 1
    week = ElementTree.fromstring(show("--output-format", "svg"))
    strokes = [e for e in week.iter(f"{svg}line") if e.get("class") == "run"]
    assert len(strokes) < 600, "runs that would touch are one stroke"
    assert any("runs from" in (e.findtext(f"{svg}title") or "") for e in strokes)


def test_bad_input(show) -> None:
    assert "did you mean 'Europe/Berlin'" in show("--tz", "Europe/Berln", code=2)
    assert "write 2026-10-25" in show("--at", "tomorrow", code=2)
    show("--next", "0", code=2)


def test_an_app_without_entries(tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text(
        "from celery_safe import SafeCelery\napp = SafeCelery('bare', broker='memory://')\n"
    )
    code = "from celery_safe.cli import main; main(prog_name='celery-safe')"
    done = subprocess.run(
        [sys.executable, "-c", code, "schedule", "-A", "bare"], cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert "no entries in its beat_schedule" in done.stderr
