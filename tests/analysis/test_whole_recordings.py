"""What is said of a whole recording."""

from pathlib import Path

import numpy as np
import pytest

from monitor.analysis import Options, analyze, as_json, joined
from monitor.model import Activity, Posture, StateChange
from monitor.profiles import PROFILES
from monitor.recording import Piece, Recording

RATE_HZ = 50.0


def still(seconds: float, start_s: float = 0.0) -> Piece:
    """A sensor at rest with +x up."""
    n = int(seconds * RATE_HZ)
    acc = np.tile([9.80665, 0.0, 0.0], (n, 1))
    return Piece("", 0.0, start_s + np.arange(n) / RATE_HZ, acc, np.zeros((n, 3)))


def told(*pieces: Piece, neutral_s: tuple[float, float] | None = None) -> dict:
    options = Options(PROFILES["desk"], up="+x", forward="-z", neutral_s=neutral_s)
    return as_json(analyze(Recording(Path("a.parquet"), list(pieces)), options))


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.0, 3.0, 20.0])
def test_states_cover_even_the_shortest_recording(seconds):
    states = told(still(seconds))["states"]

    assert states[0]["start_s"] == 0.0
    assert states[-1]["stop_s"] == pytest.approx(seconds, abs=0.03)
    assert seconds > 2 or states[0]["activity"] == "unknown"


def test_states_cover_every_piece():
    out = told(still(0.4), still(0.4, 2.0), still(10.0, 4.0))
    covered = sum(state["stop_s"] - state["start_s"] for state in out["states"])

    assert covered == pytest.approx(out["duration_s"], abs=0.1)


def change(at_s: int, activity: Activity, confidence: float = 0.9) -> StateChange:
    return StateChange(at_s * 10**9, activity, Posture.NEUTRAL, confidence, "desk/1")


def test_neighbours_alike_are_one_span_with_their_mean_confidence():
    spans = joined(
        [
            change(0, Activity.WALK, 0.9),
            change(10, Activity.SIT),
            change(10, Activity.WALK, 0.6),
            change(30, Activity.STAND),
            change(40, Activity.STAND),
        ]
    )

    assert [(s.start_ns // 10**9, s.stop_ns // 10**9, s.activity) for s in spans] == [
        (0, 30, Activity.WALK),
        (30, 40, Activity.STAND),
    ]
    assert spans[0].confidence == pytest.approx((0.9 * 10 + 0.6 * 20) / 30)


def test_nothing_valid_has_no_largest_lean():
    assert told(still(0.5))["metrics"]["lean_max_deg"] is None


def test_leaning_back_all_the_time_has_a_negative_largest_lean():
    n = int(20 * RATE_HZ)
    lean = np.radians(-30)
    # Leaning back lifts the chest, so up turns towards -z, the way forward.
    acc = np.tile(9.80665 * np.array([np.cos(lean), 0.0, np.sin(lean)]), (n, 1))
    piece = Piece("", 0.0, np.arange(n) / RATE_HZ, acc, np.zeros((n, 3)))

    assert told(piece)["metrics"]["lean_max_deg"] == pytest.approx(-30, abs=1)


def one_state(activity: Activity, *, neutral_s: tuple[float, float] | None) -> dict:
    states = told(still(60.0), neutral_s=neutral_s)["states"]
    [found] = [state for state in states if state["activity"] == activity]
    return found


def test_a_state_is_as_sure_as_what_was_believed_each_second():
    stood = one_state(Activity.STAND, neutral_s=(5.0, 20.0))

    assert stood["confidence"] == stood["standing"]
    assert 0.85 < stood["confidence"] < 0.95, "0.95 as it was said, and fading for 40 s"


def test_upright_says_how_likely_standing_is():
    upright = one_state(Activity.UPRIGHT, neutral_s=None)

    assert upright["standing"] == pytest.approx(0.5)
    assert upright["confidence"] > 0.9


def test_what_neither_sits_nor_stands_has_no_belief_in_standing():
    [unknown] = told(still(1.0))["states"]

    assert unknown["activity"] == "unknown"
    assert unknown["standing"] is None
