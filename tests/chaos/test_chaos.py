"""A short, seeded run of each kind; ``make chaos`` is the long one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import results
from stage import Run, Stage, broken_promises

from celery_safe.testing.local import ServerMissing

pytestmark = pytest.mark.broker


def played(run: Run, folder: Path) -> tuple[object, list[str]]:
    try:
        with Stage(run, folder) as stage:
            cost = stage.play(patience=90)
    except ServerMissing as error:
        # Never a skip that hides a missing server where the result counts.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    return cost, broken_promises(cost)


@pytest.mark.parametrize(
    ("broker", "fault"),
    [
        ("redis", "kill_main"),
        ("redis", "fill_store"),
        ("rabbitmq-classic", "kill_relay"),
        ("rabbitmq-quorum", "kill_child"),
    ],
)
def test_nothing_is_lost_and_only_poison_is_convicted(
    broker: str, fault: str, tmp_path: Path
) -> None:
    run = Run("safe", broker, fault, tasks=60, faults=2, seed=7, cap=2)
    cost, broken = played(run, tmp_path)
    assert broken == [], cost


def test_plain_celery_does_not_run_everything(tmp_path: Path) -> None:
    """The same run, so that it can fail."""
    with Stage(Run("plain", "redis", "kill_main", tasks=60, faults=2, seed=7), tmp_path) as stage:
        cost = stage.play(patience=12)
    assert cost.effects < cost.sent
    assert cost.convicted == 0


def test_the_table_of_the_docs_is_the_one_of_the_recorded_runs() -> None:
    text = results.PAGE.read_text()
    assert results.BEGIN + results.table(results.load()) + results.END in text
