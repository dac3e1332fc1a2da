"""Seconds named as the zero of the angles are looked at before they are taken."""

from pathlib import Path

import numpy as np
import pytest

from monitor.analysis import Options, Worn, worn_in
from monitor.profiles import PROFILES
from monitor.recording import Piece, Recording, RecordingError

RATE_HZ = 50.0
G = 9.80665


def tilted(deg: float, seconds: float) -> np.ndarray:
    """Leaning forward, worn as marked: up is +x, forward -z."""
    lean = np.radians(deg)
    up = np.array([np.cos(lean), 0.0, np.sin(lean)])
    rng = np.random.default_rng(3)
    return up * G + rng.normal(scale=0.05, size=(round(seconds * RATE_HZ), 3))


def steps(seconds: float) -> np.ndarray:
    acc = tilted(4.0, seconds)
    acc[:, 0] += 3.0 * np.sin(2 * np.pi * 2.0 * np.arange(len(acc)) / RATE_HZ)
    return acc


def worn(
    acc: np.ndarray,
    neutral_s: tuple[float, float],
    *,
    gyr: np.ndarray | None = None,
    gap: tuple[float, float] | None = None,
    checked: bool = True,
) -> Worn:
    gyr = np.zeros_like(acc) if gyr is None else gyr
    time_s = np.arange(len(acc)) / RATE_HZ
    kept = np.ones(len(acc), bool)
    if gap is not None:
        kept = (time_s < gap[0]) | (time_s >= gap[1])
    piece = Piece("", 0.0, time_s[kept], acc[kept], gyr[kept])
    options = Options(
        PROFILES["desk"], up="+x", forward="-z", neutral_s=neutral_s, neutral_checked=checked
    )
    return worn_in(Recording(Path("a.parquet"), [piece]), options)


def test_standing_still_becomes_the_zero_and_says_how_good_it_is():
    found = worn(tilted(12.0, 20.0), (2.0, 8.0))

    assert found.objection == ""
    assert found.neutral is not None
    assert found.neutral.measured_s == pytest.approx(6.0)
    assert found.neutral.calm_share == 1.0
    assert found.neutral.tilt_deg == pytest.approx(12.0, abs=0.1)
    up = found.mounting.matrix() @ [np.cos(np.radians(12)), 0, np.sin(np.radians(12))]
    np.testing.assert_allclose(up, [0, 0, 1], atol=1e-3)


def test_who_fidgets_while_standing_is_taken():
    """Shifts of 3 deg, and one step in six seconds; hapt_waist has such standing."""
    parts = [tilted(lean, 1.0) for lean in (3, 6, 4, 7, 5)]
    acc = np.concatenate([*parts, steps(1.0)])

    assert worn(acc, (0.0, 6.0)).objection == ""


REFUSED = {
    "it holds movement": steps(10.0),
    "it is not one posture": np.concatenate([tilted(0.0, 5.0), tilted(35.0, 5.0)]),
    r"it is 60° from the axis that is up: somebody bends": tilted(60.0, 10.0),
    r"it is 88° from the axis that is up: .* lies": tilted(88.0, 10.0),
    r"gravity is 12\.\d m/s\^2": tilted(5.0, 10.0) * 1.3,
}


@pytest.mark.parametrize(("message", "acc"), REFUSED.items(), ids=list(REFUSED))
def test_what_cannot_be_the_zero_is_refused_with_what_where_and_what_next(message, acc):
    with pytest.raises(RecordingError, match=message) as caught:
        worn(acc, (1.0, 9.0))
    said = str(caught.value)

    assert "a.parquet: 1.000 to 9.000 s" in said
    assert "--neutral" in said


def test_turning_is_movement_even_where_gravity_stands_still():
    gyr = np.zeros((500, 3))
    gyr[:, 0] = 1.0  # rad/s, about the vertical

    with pytest.raises(RecordingError, match="movement"):
        worn(tilted(0.0, 10.0), (1.0, 9.0), gyr=gyr)


@pytest.mark.parametrize(
    ("gap", "neutral_s"), [((3.0, 7.0), (1.0, 9.0)), ((1.6, 30.0), (1.0, 9.0))]
)
def test_lost_samples_are_no_neutral_posture(gap, neutral_s):
    with pytest.raises(RecordingError, match="were measured"):
        worn(tilted(0.0, 40.0), neutral_s, gap=gap)


def test_a_person_may_insist_and_the_doubt_is_kept():
    found = worn(steps(10.0), (1.0, 9.0), checked=False)

    assert "movement" in found.objection
    assert found.mounting.source == "axes and neutral"
