"""Calibrations by sensor and place, and the zeros taken since."""

from pathlib import Path

import numpy as np
import pytest

from monitor.model import (
    NS_PER_S,
    Asker,
    Calibration,
    Mounting,
    Quality,
    Refusal,
    Rezeroed,
    Trust,
)
from monitor.store import Fittings, Store, ZeroKind

T0 = 1_790_000_000 * NS_PER_S
HOUR = 3600 * NS_PER_S
ADDRESS = "C0:FF:EE:00:00:01"
QUALITY = Quality(0.8, 0.4, 9.79, 0.99, (48.0, 52.0, 50.0), 1.2, 0.4, 2.0, 3.5, 24.0)


def mounting(sit_rad: float = 0.0) -> Mounting:
    return Mounting((1, 0, 0, 0, 1, 0, 0, 0, 1), True, "calibration and neutral", sit_rad, 0.15)


def calibration(place: str, at_ns: int = T0, sit_rad: float = 0.05) -> Calibration:
    return Calibration(ADDRESS, place, at_ns, mounting(sit_rad), QUALITY, 0.17)


@pytest.fixture
def fittings(tmp_path: Path) -> Fittings:
    return Store(tmp_path / "day.db").fittings()


def test_a_calibration_comes_back_as_it_was_kept(fittings):
    fittings.keep(calibration("desk"))

    assert fittings.calibrations(ADDRESS) == [calibration("desk")]
    assert fittings.calibrations("other") == []


def test_calibrating_again_at_a_place_takes_the_place_of_the_old_one(fittings):
    fittings.keep(calibration("desk"))
    fittings.keep(calibration("desk", T0 + HOUR, 0.09))

    assert fittings.calibrations() == [calibration("desk", T0 + HOUR, 0.09)]


def test_the_place_chosen_last_is_in_use(fittings):
    fittings.keep(calibration("desk", T0, 0.01))
    fittings.keep(calibration("car", T0 + 1, 0.02))
    before = fittings.worn(ADDRESS, T0 + HOUR)
    chosen = fittings.choose(ADDRESS, "desk", T0 + HOUR)

    assert before == mounting(0.02)
    assert chosen == calibration("desk", T0, 0.01)
    assert fittings.worn(ADDRESS, T0 + HOUR) == mounting(0.01)
    assert [one.place for one in fittings.calibrations()] == ["desk", "car"]
    assert fittings.worn(ADDRESS, T0 + HOUR, "car") == mounting(0.02)


def test_a_place_that_nobody_calibrated_cannot_be_chosen(fittings):
    assert fittings.choose(ADDRESS, "moon", T0) is None
    assert fittings.worn(ADDRESS, T0, "moon") is None
    assert not fittings.forget(ADDRESS, "moon")


def test_a_zero_of_the_same_day_outlives_a_restart(fittings):
    fittings.keep(calibration("desk"))
    zero = Rezeroed(T0 + HOUR, T0 + HOUR, Asker.BUTTON, None, 0.2, mounting(0.3))
    fittings.note(ADDRESS, zero)

    assert fittings.worn(ADDRESS, T0 + 2 * HOUR) == mounting(0.3)
    assert fittings.worn(ADDRESS, T0 + 14 * HOUR) == mounting(0.05)


def test_a_new_calibration_counts_more_than_an_older_zero(fittings):
    fittings.note(ADDRESS, Rezeroed(T0, T0, Asker.PAGE, None, 0.2, mounting(0.3)))
    fittings.keep(calibration("desk", T0 + HOUR))

    assert fittings.worn(ADDRESS, T0 + 2 * HOUR) == mounting(0.05)


def test_every_zero_is_noted_with_who_asked_and_why_not(fittings):
    fittings.note(ADDRESS, Rezeroed(T0, T0, Asker.BUTTON, None, np.radians(7), mounting()))
    fittings.note(ADDRESS, Rezeroed(T0 + 1, T0, Asker.PAGE, Refusal.MOVING, 0.0, mounting()))
    fittings.note(ADDRESS, Trust(T0 + 2, False, np.radians(18), mounting()))
    fittings.note(ADDRESS, Trust(T0 + 3, True, 0.0))
    notes = fittings.notes(T0, T0 + 10)

    assert [one.kind for one in notes] == [
        ZeroKind.REZEROED,
        ZeroKind.REFUSED,
        ZeroKind.SLIPPED,
        ZeroKind.TRUSTED,
    ]
    assert [(one.asker, one.refused) for one in notes[:2]] == [("button", ""), ("page", "moving")]
    assert notes[0].moved_deg == pytest.approx(7.0)
    assert fittings.notes(T0 + 2, T0 + 3) == notes[2:3]


def test_a_refused_zero_changes_nothing(fittings):
    fittings.keep(calibration("desk"))
    fittings.note(ADDRESS, Rezeroed(T0 + 1, T0, Asker.PAGE, Refusal.LYING, 1.4, mounting(0.3)))

    assert fittings.worn(ADDRESS, T0 + HOUR) == mounting(0.05)


def test_a_calibration_can_be_forgotten(fittings):
    fittings.keep(calibration("desk"))

    assert fittings.forget(ADDRESS, "desk")
    assert fittings.calibrations() == []
