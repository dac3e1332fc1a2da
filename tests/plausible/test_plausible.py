"""Axes that cannot be right, and gyroscopes that turn otherwise, are told while a sensor runs."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from backwatch.telling import Telling, json_lines, word_lines
from monitor.model import (
    Against,
    Asked,
    Asker,
    Connected,
    Objection,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
    Wish,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Step
from monitor.plausible import Plausible
from monitor.profiles import PROFILES
from simulator.imu import marked_axes
from simulator.scenarios import simulate

RATE_HZ = 50.0
UP, FORWARD = marked_axes(Placement.UPPER_BACK)


@cache
def walked() -> tuple[np.ndarray, np.ndarray]:
    """A commute: walking, and bends among the rest."""
    blocks = list(
        simulate("warehouse_shift", seconds=300, seed=2, rate_hz=RATE_HZ,
                 placement=Placement.UPPER_BACK)
    )  # fmt: skip
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    return acc, np.concatenate([block.gyr_radps for block in blocks])


def chunks(acc: np.ndarray, gyr: np.ndarray, cut: int) -> list[SampleChunk | SegmentEnd]:
    segment = Segment(0, 0, RATE_HZ)
    edges = [*range(0, len(acc), cut), len(acc)]
    made: list[SampleChunk | SegmentEnd] = [
        SampleChunk(segment, a, acc[a:b].copy(), gyr[a:b].copy(), np.zeros(b - a, np.uint8))
        for a, b in pairwise(edges)
    ]
    return [*made, SegmentEnd(segment, len(acc), "end")]


def told(up: str, forward: str | None, *, acc=1.0, gyr=1.0, cut: int = 10) -> list[str]:
    seen = Plausible(up, forward)
    return [f"{one.text}. {one.effect}" for one in fed(seen, acc=acc, gyr=gyr, cut=cut)]


def fed(seen: Plausible, *, acc=1.0, gyr=1.0, cut: int = 300) -> list[Objection]:
    felt = walked()
    return [one for item in chunks(felt[0] * acc, felt[1] * gyr, cut) for one in seen.push([item])]


def test_right_axes_and_a_right_gyroscope_are_not_spoken_of():
    assert told(UP, FORWARD) == []


def test_a_wrong_up_is_told_once_with_the_likelier_axis_and_what_else_to_do():
    [one] = told("+y", None)

    assert f"name --up {UP}" in one
    assert "calibrate, which needs no axes" in one
    assert "no angle can be right" in one


def test_a_forward_the_wrong_way_is_told():
    [one] = told(UP, "+z" if FORWARD == "-z" else "-z")

    assert f"forward were about {FORWARD}" in one


@pytest.mark.parametrize(
    ("gain", "message"), [(-1.0, "turns against gravity"), (57.3, "by other amounts")]
)
def test_a_gyroscope_that_cannot_be_right_is_told(gain, message):
    [one] = told(UP, FORWARD, gyr=gain)

    assert message in one


def test_an_accelerometer_of_another_scale_is_told():
    [one] = told(UP, FORWARD, acc=0.8)

    assert "its scale is wrong" in one


def test_how_samples_come_changes_nothing():
    assert told("+y", "+x", cut=10) == told("+y", "+x", cut=7000) == told("+y", "+x", cut=333)


class Fed:
    """A path that is given samples; what is compiled cannot be inherited from."""

    def __init__(self, interpret: Interpret) -> None:
        self.interpret = interpret

    def push(self, event, /) -> Step:
        return self.interpret.push([event])


@pytest.mark.parametrize("plain", [False, True])
def test_a_run_tells_it_among_its_lines(plain):
    lines: list[str] = []
    fed = Fed(Interpret(PROFILES["desk"], mounting_from_axes("+y", "-z")))
    telling = Telling(fed, json_lines if plain else word_lines, lines.append, Plausible("+y", "-z"))
    for item in chunks(*walked(), cut=500):
        telling.push(item)  # type: ignore[arg-type]  # samples in place of events
    said = [line for line in lines if "of walking, up lay" in line]

    assert len(said) == 1
    assert said[0].startswith('{"what": "doubt"') is plain
    assert "(backwatch calibrate). Until then no state" in said[0]


def test_axes_that_nobody_goes_by_are_not_doubted():
    lines: list[str] = []
    calibrated = mounting_from_axes("+y", "-z")
    object.__setattr__(calibrated, "source", "calibration and neutral")
    fed = Fed(Interpret(PROFILES["desk"], calibrated))
    telling = Telling(fed, word_lines, lines.append, Plausible("+y", "-z"))
    for item in chunks(*walked(), cut=500):
        telling.push(item)  # type: ignore[arg-type]  # samples in place of events

    assert not [line for line in lines if "of walking, up lay" in line]


def test_an_objection_stands_until_motion_that_could_show_it_shows_it_no_more():
    seen = Plausible(UP, FORWARD)
    fed(seen, acc=0.8)
    stood = [one.kind for one in seen.objections]
    still = np.tile([9.80665, 0.0, 0.0], (int(60 * RATE_HZ), 1))
    for _ in range(12):  # until the ten minutes with the wrong scale are forgotten
        seen.push(chunks(still, np.zeros_like(still), 300))

    assert stood == [Against.SCALE]
    assert seen.objections == ()


def test_an_objection_outlasts_minutes_that_show_nothing_of_it():
    seen = Plausible("+y", None)
    fed(seen)
    still = np.tile([9.80665, 0.0, 0.0], (int(60 * RATE_HZ), 1))
    for _ in range(12):
        seen.push(chunks(still, np.zeros_like(still), 300))

    assert [one.kind for one in seen.objections] == [Against.UP]


@pytest.mark.parametrize(
    "event",
    [Asked(0, Wish.FORGET, Asker.PAGE), Connected(0, "C0:FF:EE:00:00:02", "Another")],
)
def test_nothing_stands_for_whoever_or_whatever_comes_next(event):
    path = Fed(Interpret(PROFILES["desk"], mounting_from_axes("+y", "-z")))
    path.push = lambda event, push=path.push: (
        Step() if isinstance(event, Asked | Connected) else push(event)
    )
    telling = Telling(path, word_lines, lambda _: None, Plausible("+y", "-z"))
    telling.push(Connected(0, "C0:FF:EE:00:00:01", "Back"))
    for item in chunks(*walked(), cut=500):
        telling.push(item)  # type: ignore[arg-type]  # samples in place of events
    stood = [one.kind for one in telling.objections()]
    telling.push(Connected(0, "C0:FF:EE:00:00:01", "Back"))
    still_stood = telling.objections()
    telling.push(event)

    assert stood == [one.kind for one in still_stood] == [Against.UP]
    assert telling.objections() == ()


def bowing(times: int, gain: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Down by 40 deg in two seconds, a rest of two, and back; +x up, about +y."""
    dt, rest = 1 / RATE_HZ, np.zeros(int(2 * RATE_HZ))
    speed = np.full(int(2 * RATE_HZ), np.radians(40) / 2)
    rate = np.tile(np.concatenate([rest, speed, rest, -speed]), times)
    tilt = np.cumsum(rate) * dt
    zero = np.zeros_like(tilt)
    acc = 9.80665 * np.stack([np.cos(tilt), zero, np.sin(tilt)], axis=1)
    return acc, gain * np.stack([zero, rate, zero], axis=1)


@pytest.mark.parametrize(
    ("gain", "ratio"), [(1.0, None), (0.8, None), (0.5, "0.5 times"), (2.0, "2.0 times")]
)
def test_half_a_gyroscope_is_told_after_ten_movements(gain, ratio):
    seen = Plausible("+x", None)
    acc, gyr = bowing(15, gain)
    acc += np.random.default_rng(1).normal(0, 0.05, acc.shape)
    gyr = gyr + 0.02 + np.random.default_rng(2).normal(0, 0.01, gyr.shape)  # with its bias
    told = [one for item in chunks(acc, gyr, 300) for one in seen.push([item])]

    assert [one.kind for one in told] == ([] if ratio is None else [Against.GYROSCOPE])
    assert all(ratio in one.text and "last 10 movements" in one.text for one in told)


def test_a_gyroscope_that_is_right_again_is_no_longer_doubted():
    seen = Plausible("+x", None)
    for gain in (0.5, 1.0):
        seen.push(chunks(*bowing(15, gain), 300))
    right = seen.objections
    seen.forget()
    seen.push(chunks(*bowing(15, 0.5), 300))

    assert right == ()
    assert [one.kind for one in seen.objections] == [Against.GYROSCOPE]
