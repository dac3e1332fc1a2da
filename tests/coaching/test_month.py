"""The tables of docs/coaching.md add up."""

import pytest

from tests.coaching.month import WORKERS, month


@pytest.mark.parametrize("worker", WORKERS)
def test_of_each_alert_that_was_raised_something_became(worker: str) -> None:
    found = month(worker, 2, hours=0.5)
    ended = {what: n for what, n in found["became"].items() if not what.startswith("held on")}
    waiting = {what: n for what, n in ended.items() if what.startswith("held: ")}

    assert sum(ended.values()) == sum(found["raised"].values()) > 0
    assert sum(found["told"].values()) == sum(
        n for what, n in ended.items() if what.startswith("told: ")
    )
    assert sum(waiting.values()) <= 2  # of the last minutes
