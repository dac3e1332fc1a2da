"""Exposure minute by minute."""

import math

import numpy as np
import pytest

from monitor.exposure import Minutes
from monitor.features import Features
from monitor.model import NS_PER_S, MinuteSummary, MotionChunk, Origin, Segment, SegmentEnd
from monitor.stage import feed

RATE_HZ = 50.0
START_NS = 1_700_000_040 * NS_PER_S  # a full minute of UTC


def leaning(degrees: list[float], *, offset_s: float = 0.0, **marks: np.ndarray) -> list:
    """Motion that leans forward by `degrees`, one second each, and the segment's end."""
    lean = np.radians(np.repeat(degrees, int(RATE_HZ)))
    n = len(lean)
    segment = Segment(0, START_NS + round(offset_s * NS_PER_S), RATE_HZ)
    up = np.stack([-np.sin(lean), np.zeros(n), np.cos(lean)], axis=1)
    chunk = MotionChunk(
        segment,
        0,
        up,
        up * 9.80665,
        np.zeros((n, 3)),
        marks.get("settled", np.ones(n, bool)),
        marks.get("origin", np.zeros(n, np.uint8)),
        True,
    )
    return [chunk, SegmentEnd(segment, n, "end of file")]


def minutes(items: list) -> list[MinuteSummary]:
    return feed(Minutes(), feed(Features(), items))


def test_seconds_above_each_lean_are_counted():
    [minute] = minutes(leaning([0.0] * 20 + [25.0] * 10 + [50.0] * 5 + [95.0] * 5))

    assert minute.valid_s == pytest.approx(40.0)
    got = (
        minute.over_20_s,
        minute.over_30_s,
        minute.over_45_s,
        minute.over_60_s,
        minute.over_90_s,
    )
    assert got == pytest.approx((20, 10, 10, 5, 5), abs=0.2)
    assert minute.lean_max_deg == pytest.approx(95, abs=0.1)
    assert minute.lean_mean_deg == pytest.approx((250 + 250 + 475) / 40, abs=0.3)


def test_a_recording_is_cut_at_the_full_minutes_of_utc():
    got = minutes(leaning([10.0] * 130, offset_s=30.0))

    assert [(m.start_ns - START_NS) // NS_PER_S for m in got] == [0, 60, 120]
    assert [round(m.valid_s) for m in got] == [30, 60, 40]


def test_unsettled_and_bridged_samples_do_not_count():
    n = int(40 * RATE_HZ)
    settled, origin = np.ones(n, bool), np.zeros(n, np.uint8)
    settled[: int(5 * RATE_HZ)] = False
    origin[int(20 * RATE_HZ) : int(25 * RATE_HZ)] = Origin.BRIDGED
    [minute] = minutes(leaning([30.5] * 40, settled=settled, origin=origin))

    assert minute.valid_s == pytest.approx(30.0)
    assert minute.over_30_s == pytest.approx(30.0)


def test_leaning_back_is_not_leaning_over():
    [minute] = minutes(leaning([-40.0] * 10))

    assert minute.over_20_s == 0.0
    assert minute.lean_mean_deg == pytest.approx(-40.0, abs=0.1)


def test_totals_do_not_depend_on_where_the_segment_was_cut():
    whole = minutes(leaning([22.0] * 50))
    parts = [*minutes(leaning([22.0] * 20)), *minutes(leaning([22.0] * 30, offset_s=20.0))]

    assert math.fsum(m.over_20_s for m in parts) == pytest.approx(whole[0].over_20_s)
