"""Where metrics are served, and what is counted."""

from __future__ import annotations

import pytest

from celery_safe.counting import Counts
from celery_safe.errors import CelerySafeError
from celery_safe.metrics import address


@pytest.mark.parametrize(
    ("listen", "expected"),
    [("127.0.0.1:9540", ("127.0.0.1", 9540)), (":9540", ("", 9540)), ("[::1]:0", ("::1", 0)),
     ("9540", ("", 9540))],
)  # fmt: skip
def test_address(listen: str, expected: tuple[str, int]) -> None:
    assert address(listen) == expected


@pytest.mark.parametrize("listen", ["localhost", "localhost:http", ":70000"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(CelerySafeError, match="write host:port"):
        address(listen)


def test_a_counter_has_all_of_its_labels() -> None:
    counts = Counts()
    for _ in range(2):
        counts.add("celery_safe_worker_losses", name="shop.pay")
    assert counts.all() == {("celery_safe_worker_losses", ("shop.pay",)): 2}
    with pytest.raises(KeyError):
        counts.add("celery_safe_convicted", name="shop.pay")
    with pytest.raises(KeyError):
        counts.add("celery_safe_nothing", name="shop.pay")
