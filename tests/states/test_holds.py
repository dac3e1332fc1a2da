"""How long the trunk has been bent forward, from samples."""

import math

import numpy as np
import pytest

from monitor.model import NS_PER_S, Beat, Origin, SampleChunk, Segment
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES

RATE_HZ = 50.0
T0 = 1_790_000_000 * NS_PER_S


def leant(lean_deg: float, seconds: int) -> list[Beat]:
    """The beats of somebody who keeps still at a lean."""
    n, lean_rad = round(seconds * RATE_HZ), math.radians(lean_deg)
    noise = np.random.default_rng(1).normal(0.0, 0.02, (n, 6))
    up = np.array([math.cos(lean_rad), 0.0, math.sin(lean_rad)])  # x up, z to the back
    chunk = SampleChunk(
        Segment(1, T0, RATE_HZ),
        0,
        noise[:, :3] + 9.80665 * up,
        noise[:, 3:] * 0.1,
        np.full(n, Origin.MEASURED, np.uint8),
    )
    return Interpret(PROFILES["manual"], mounting_from_axes("+x", "-z")).push([chunk]).beats


def test_a_beat_says_how_long_the_trunk_has_been_bent() -> None:
    beats = leant(40.0, 60)
    held_s = [beat.held_s for beat in beats]

    assert np.diff(held_s[5:]).tolist() == [1.0] * (len(held_s) - 6)
    # It counts from when the filter has settled, within a few seconds.
    assert held_s[-1] == pytest.approx((beats[-1].at_ns - T0) / NS_PER_S, abs=4.0)


def test_who_leans_less_than_20_deg_holds_nothing() -> None:
    assert {beat.held_s for beat in leant(15.0, 30)} == {0.0}
