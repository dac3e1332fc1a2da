"""The compiled description of hops, against plain.py and scipy."""

import itertools
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt, sosfilt_zi

from monitor import compiled
from monitor.features import Features, Params, layout, native, plain, stage
from monitor.model import MotionChunk, Origin, Segment

needs_compiled = pytest.mark.skipif(not native.COMPILED, reason="hops.c is not compiled here")


def wild(n: int, rate_hz: float, *, gyro: bool, forward_known: bool = True) -> MotionChunk:
    """A body that tumbles, with samples of every kind."""
    rng = np.random.default_rng(4)
    up = np.cumsum(rng.normal(size=(n, 3)), axis=0)
    up /= np.linalg.norm(up, axis=1)[:, None]
    return MotionChunk(
        Segment(0, 0, rate_hz),
        0,
        up,
        rng.normal(size=(n, 3)) * 20.0,
        rng.normal(size=(n, 3)) * 3.0 if gyro else np.full((n, 3), np.nan),
        np.arange(n) > n // 3,
        rng.choice([Origin.MEASURED, Origin.BRIDGED, Origin.SATURATED], n).astype(np.uint8),
        forward_known,
    )


def part(chunk: MotionChunk, start: int, stop: int) -> MotionChunk:
    arrays = {
        field.name: value[start:stop].copy()
        for field in fields(chunk)
        if isinstance(value := getattr(chunk, field.name), np.ndarray)
    }
    return MotionChunk(
        segment=chunk.segment, first=start, forward_known=chunk.forward_known, **arrays
    )


def rows(stage: Features, chunks: list[MotionChunk]) -> dict[str, list]:
    told = [features for chunk in chunks for features in stage.push(chunk)]
    return {
        field.name: np.concatenate([getattr(one, field.name) for one in told]).tolist()
        for field in fields(told[0])
        if isinstance(getattr(told[0], field.name), np.ndarray)
    }


@needs_compiled
@pytest.mark.parametrize("gyro", [True, False], ids=["gyro", "no gyro"])
@pytest.mark.parametrize("forward_known", [True, False], ids=["forward", "inclination"])
@pytest.mark.parametrize("rate_hz", [7.0, 50.0, 100.0, 238.0, 1600.0])
def test_compiled_and_plain_give_the_same_bits(rate_hz, forward_known, gyro):
    chunk = wild(2500, rate_hz, gyro=gyro, forward_known=forward_known)

    assert rows(Features(compiled=True), [chunk]) == rows(Features(compiled=False), [chunk])


@needs_compiled
@given(cuts=st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=20, deadline=None)
def test_one_goes_on_where_the_other_left_off(cuts):
    chunk = wild(400, 100.0, gyro=True)
    edges = [0, *sorted(cuts), 400]
    stages = [Features(compiled=True), Features(compiled=False)]
    found: dict[str, list] = {}
    for number, (start, stop) in enumerate(itertools.pairwise(edges)):
        stage = stages[number % 2]
        stage.state = stages[(number + 1) % 2].state
        if stage.push(part(chunk, 0, 0)) or stop == start:
            continue
        for one in stage.push(part(chunk, start, stop)):
            for field in fields(one):
                value = getattr(one, field.name)
                if isinstance(value, np.ndarray):
                    found.setdefault(field.name, []).extend(value.tolist())
        stages[(number + 1) % 2].state = stage.state

    assert found == rows(Features(compiled=True), [chunk])


@needs_compiled
def test_arrays_laid_out_in_any_way_are_read():
    chunk = wild(300, 100.0, gyro=True)
    turned = MotionChunk(
        chunk.segment,
        0,
        np.asfortranarray(chunk.up),
        np.asfortranarray(chunk.acc_mps2),
        np.asfortranarray(chunk.gyr_radps),
        np.repeat(chunk.settled, 2)[::2],
        np.repeat(chunk.origin, 2)[::2],
        True,
    )

    assert rows(Features(), [turned]) == rows(Features(), [chunk])


def test_angles_are_those_of_the_library_to_the_last_digit():
    turn = np.concatenate([np.linspace(-np.pi, np.pi, 100_003), np.pi * np.arange(-8, 9) / 8])
    y, x = 9.7 * np.sin(turn), 9.7 * np.cos(turn)

    assert plain.angle(y, x) == pytest.approx(np.arctan2(y, x), rel=4e-16, abs=1e-300)
    assert plain.angle(np.array([0.0, 0.0, -0.0]), np.array([0.0, -1.0, 1.0])).tolist() == [
        0.0,
        np.pi,
        -0.0,
    ]


@pytest.mark.parametrize("rate_hz", [7.0, 20.0, 52.0, 100.0, 1600.0])
def test_the_low_pass_is_the_butterworth_of_scipy(rate_hz):
    up = wild(500, rate_hz, gyro=True).up
    sections = butter(2, min(5.0, rate_hz / 4), fs=rate_hz, output="sos")
    expected, _ = sosfilt(sections, up, axis=0, zi=sosfilt_zi(sections)[:, :, None] * up[0])
    low_pass = stage.low_pass(Params().peak_cutoff_hz, rate_hz)
    found = np.empty_like(up)
    plain.smooth(stage.at_rest(low_pass, up[0], 1), low_pass, up, found)

    assert found == pytest.approx(expected, abs=1e-12)


def test_a_library_of_another_layout_or_none_is_not_used():
    assert compiled.load("monitor.features", "not-there.native", layout.ABI) is None
    assert compiled.load("monitor.features", "hops.native", -1) is None
