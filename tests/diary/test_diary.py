"""Entries beside what was measured, trends, cards and the movement check."""

import math
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor.diary import STRETCHES, cards, entries, gone_up
from monitor.model import NS_PER_S, Activity, MotionChunk, Origin, Posture, Segment
from monitor.model.exposure import Course, Dose, Run, Zone
from monitor.model.journal import CheckIn, Movement, MovementRecord
from monitor.movements import Capture, UnableError, change
from monitor.store import RecordingStart, Store

NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) * NS_PER_S
MINUTE_NS = 60 * NS_PER_S
DAY_NS = 86_400 * NS_PER_S


def test_an_entry_stands_beside_the_two_hours_and_the_day_before_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    hours = range(-4, 1)  # 8 h to 12 h, a minute of each, and one after the entry
    doses = [
        Dose(NOON + hour * 60 * MINUTE_NS, worn_s=60.0, seated_s=30.0, bends_60=1, lifts=2)
        for hour in hours
    ]
    with store.writer() as writer:
        writer.write([RecordingStart(NOON - DAY_NS, "AA", "Back", False, "axes"), *doses])
    journal, queries = store.journal(), store.queries()
    journal.add_check_in(CheckIn(NOON, pain=4, triggers=("gardening",)))
    (entry,) = entries(queries, journal, date(2026, 3, 2), date(2026, 3, 2))
    journal.close()
    queries.close()

    assert entry.said.triggers == ("gardening",)
    assert (entry.before.worn_s, entry.before.bends_60, entry.before.lifts) == (120.0, 2, 4)
    assert (entry.day.worn_s, entry.day.seated_s) == (240.0, 120.0)
    assert entry.day.length_s == 12 * 3600.0


def test_two_hours_reach_back_over_midnight(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    midnight = NOON - 12 * 60 * MINUTE_NS
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(midnight - DAY_NS, "AA", "Back", False, "axes"),
                Dose(midnight - 30 * MINUTE_NS, worn_s=60.0),
            ]
        )
    journal, queries = store.journal(), store.queries()
    journal.add_check_in(CheckIn(midnight + 10 * MINUTE_NS, spasm=True))
    (entry,) = entries(queries, journal, date(2026, 3, 2), date(2026, 3, 2))
    journal.close()
    queries.close()

    assert entry.before.worn_s == 60.0
    assert entry.day.worn_s == 0.0


def test_the_two_hours_before_follow_what_the_person_says_of_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "backwatch.db", UTC)
    sat = Run(0, 60_000, Activity.SIT, Posture.SLOUCHED, True, Zone.UNDER_20, 0, None)
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(NOON - DAY_NS, "AA", "Back", False, "axes"),
                *(
                    Dose(
                        NOON - ago * MINUTE_NS,
                        worn_s=60.0,
                        seated_s=60.0,
                        slouched_s=60.0,
                        longest_sitting_s=60.0 * (61 - ago),
                        course=Course((sat,)),
                    )
                    for ago in range(60, 0, -1)
                ),
            ]
        )
    journal, queries = store.journal(), store.queries()
    journal.add_check_in(CheckIn(NOON, pain=4))
    journal.add_correction(
        NOON, NOON - 30 * MINUTE_NS, NOON - 10 * MINUTE_NS, Activity.STAND, simulated=False
    )
    (entry,) = entries(queries, journal, date(2026, 3, 2), date(2026, 3, 2))
    journal.close()
    queries.close()

    assert (entry.before.seated_s, entry.before.slouched_s) == (2400.0, 2400.0)
    assert entry.before.longest_sitting_s == 1800.0


def _said(*pains: tuple[int, int]) -> list[CheckIn]:
    """By days ago."""
    return [CheckIn(NOON - ago * DAY_NS, pain=pain) for ago, pain in pains]


def test_entries_two_points_up_lead_to_a_professional() -> None:
    assert gone_up(_said((20, 2), (15, 2), (10, 2), (4, 4), (2, 4), (1, 4)), NOON)


@pytest.mark.parametrize(
    "said",
    [
        _said((20, 2), (15, 2), (10, 2), (4, 3), (2, 3), (1, 4)),  # less than two points
        _said((20, 6), (15, 6), (10, 6), (4, 2), (2, 2), (1, 2)),  # down
        _said((20, 2), (15, 2), (4, 9), (2, 9), (1, 9)),  # too few before
        _said((20, 2), (15, 2), (10, 2), (1, 9)),  # too few now
        [CheckIn(NOON - ago * DAY_NS, stiffness=9) for ago in range(30)],  # nothing of pain
        [],
    ],
)
def test_too_little_is_no_trend(said: list[CheckIn]) -> None:
    assert not gone_up(said, NOON)


def test_pain_hides_stretches_and_keeps_the_card_of_warning_signs() -> None:
    assert {card.name for card in cards(pain=False)} > {card.name for card in STRETCHES}
    assert [card.name for card in cards(pain=True)] == ["red_flags", "lift_caution"]


def _motion(
    sagittal_deg: np.ndarray, lateral_deg: np.ndarray, turn_degps: np.ndarray, **how: object
) -> MotionChunk:
    n = len(sagittal_deg)
    sagittal, lateral = np.radians(sagittal_deg), np.radians(lateral_deg)
    up = np.stack(
        [
            -np.sin(sagittal) * np.cos(lateral),
            np.sin(lateral),
            np.cos(sagittal) * np.cos(lateral),
        ],
        axis=1,
    )
    rates = np.gradient(sagittal) * 100.0 + np.gradient(lateral) * 100.0
    gyr = up * np.radians(turn_degps)[:, None] + np.stack([0 * rates, rates, 0 * rates], axis=1)
    segment = Segment(1, NOON, 100.0)
    return MotionChunk(
        segment,
        0,
        up,
        up * 9.81,
        how.get("gyr", gyr),  # type: ignore[arg-type]
        np.ones(n, bool),
        np.full(n, Origin.MEASURED, np.uint8),
        bool(how.get("forward_known", True)),
    )


def _ramp(peak: float) -> np.ndarray:
    """Two seconds still, three to the peak and back, one still; from an offset of 4 deg."""
    still = np.zeros(200)
    there = peak * np.sin(np.linspace(0.0, math.pi, 300)) ** 2
    return np.concatenate([still, there, np.zeros(100)]) + 4.0


@pytest.mark.parametrize(
    ("movement", "sagittal", "lateral"),
    [
        (Movement.FLEXION, 70.0, 0.0),
        (Movement.EXTENSION, -20.0, 0.0),
        (Movement.SIDE_RIGHT, 0.0, 25.0),
        (Movement.SIDE_LEFT, 0.0, -25.0),
    ],
)
def test_a_movement_gives_its_peak_from_where_it_began(
    movement: Movement, sagittal: float, lateral: float
) -> None:
    capture = Capture(movement)
    capture.push(_motion(_ramp(sagittal), _ramp(lateral), np.zeros(600)))

    assert capture.ready
    expected = max(abs(sagittal), abs(lateral))
    assert capture.record(NOON, pain=False).peak_deg == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize(("movement", "way"), [(Movement.TURN_LEFT, 1), (Movement.TURN_RIGHT, -1)])
def test_a_turn_is_integrated_in_its_direction_only(movement: Movement, way: int) -> None:
    rate = np.concatenate([np.zeros(200), np.full(100, 40.0), np.full(100, -40.0), np.zeros(200)])
    level = np.zeros(600)
    seen, other = Capture(movement), Capture(movement)
    seen.push(_motion(level, level, way * rate))
    other.push(_motion(level, level, -way * rate))

    assert seen.angle_deg == pytest.approx(40.0, abs=1.0)
    assert other.angle_deg == pytest.approx(0.0, abs=1.0)


def test_nothing_is_counted_before_the_person_stood_still() -> None:
    capture = Capture(Movement.FLEXION)
    capture.push(_motion(30.0 * np.sin(np.linspace(0, 20, 600)), np.zeros(600), np.zeros(600)))

    assert not capture.ready
    assert capture.record(NOON, pain=None).peak_deg is None


def test_a_stopped_movement_keeps_no_angle() -> None:
    capture = Capture(Movement.FLEXION)
    capture.push(_motion(_ramp(50.0), _ramp(0.0), np.zeros(600)))
    record = capture.record(NOON, pain=True, stopped=True)

    assert (record.peak_deg, record.pain, record.stopped) == (None, True, True)


def test_a_movement_that_takes_too_long_is_given_up() -> None:
    capture = Capture(Movement.FLEXION)
    for _ in range(5):
        capture.push(_motion(np.zeros(600), np.zeros(600), np.zeros(600)))

    assert capture.too_long


@pytest.mark.parametrize(
    ("how", "said"),
    [({"forward_known": False}, "Calibrate"), ({"gyr": np.full((600, 3), np.nan)}, "gyroscope")],
)
def test_what_cannot_be_followed_is_said(how: dict, said: str) -> None:
    with pytest.raises(UnableError, match=said):
        Capture(Movement.FLEXION).push(_motion(_ramp(9.0), _ramp(0.0), np.zeros(600), **how))


@pytest.mark.parametrize(("now", "clear"), [(74.0, False), (75.0, True), (44.0, True)])
def test_a_change_of_under_fifteen_degrees_is_not_clear(now: float, clear: bool) -> None:
    before = MovementRecord(NOON, Movement.FLEXION, 60.0, False)
    found = change(MovementRecord(NOON + 1, Movement.FLEXION, now, False), before)

    assert found is not None
    assert found.clear is clear
    assert change(MovementRecord(NOON, Movement.FLEXION, None, None, True), before) is None
