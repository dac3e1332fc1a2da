"""What the pictures are of: days that agree with themselves, however many there are of them."""

from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from backwatch.earlier_days import WEEK
from monitor.store import Store
from tests.browser import lived

TODAY = date(2026, 11, 19)
SCALE = 0.002  # of the lengths of days


@pytest.fixture
def short_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same week, over sooner."""
    week = tuple(
        tuple((begins, play, SCALE * length_s) for begins, play, length_s in plan) for plan in WEEK
    )
    monkeypatch.setattr(lived, "WEEK", week)
    monkeypatch.setattr(lived, "DAYS", 7)
    monkeypatch.setattr(lived, "YEAR_DAYS", 30)


@pytest.mark.usefixtures("short_days")
def test_each_day_of_a_year_has_the_sums_of_a_day_that_was_made(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db")
    lived.live_before(store, tmp_path / "kept", TODAY)
    with closing(store.queries(simulated=True)) as queries:
        found = {
            day: replace(totals, first_ns=0, last_ns=0)
            for day, totals in queries.days(TODAY - timedelta(days=30), TODAY)
            if any(totals.activity_s.values())
        }

    made = [totals for day, totals in found.items() if TODAY - day <= timedelta(days=7)]
    copied = [totals for day, totals in found.items() if TODAY - day > timedelta(days=7)]
    assert len(made) == 6  # no Sunday
    assert len(copied) > 15
    assert all(totals in made for totals in copied)


def test_the_day_so_far_ends_when_the_picture_is_taken() -> None:
    end = datetime(2026, 11, 19, 14, 30)
    *_, (begins, _, length_s) = lived.plan_until(end)

    assert datetime.combine(end.date(), begins) + timedelta(seconds=length_s) == end
