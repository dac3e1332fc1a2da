"""A sensor that vibrates is not taken for a person who moves; with a simulated motor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest

from monitor.model import (
    NS_PER_S,
    Asked,
    Asker,
    Beat,
    MotionEvent,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
    Wish,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES, placed
from monitor.states import Blanking
from simulator.scenarios import simulate

RATE_HZ = 100.0
LENGTH_S = 300
# s; 1.4 s each, while seated: nothing is told while somebody walks
PLAYED = tuple((60.37 + 40 * i, 61.77 + 40 * i) for i in range(5))
G = 9.80665
SEGMENT = Segment(0, 0, RATE_HZ)


@dataclass
class Lived:
    events: list[MotionEvent] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [event.kind.value for event in self.events]

    def states(self) -> list[tuple[str, str]]:
        return [(beat.activity.value, beat.posture.value) for beat in self.beats]


@cache
def felt() -> tuple[np.ndarray, np.ndarray]:
    blocks = list(
        simulate(
            "desk_day", seconds=LENGTH_S, seed=3, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK
        )
    )
    return tuple(  # type: ignore[return-value]
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("acc_mps2", "gyr_radps")
    )


def motor(hz: float, g: float, dps: float) -> tuple[np.ndarray, np.ndarray]:
    """What a motor adds, at the frequency its 100 to 250 Hz come back at; up in 40 ms."""
    t_s = np.arange(len(felt()[0])) / RATE_HZ
    runs = sum(
        np.clip((t_s - start) / 0.04, 0, 1) * np.clip((stop - t_s) / 0.04, 0, 1)
        for start, stop in PLAYED
    )
    phase = 2 * np.pi * hz * t_s
    acc = np.stack([np.cos(phase), np.sin(phase), 0.3 * np.cos(phase)], axis=1)
    gyr = np.stack([np.cos(phase + 0.3), np.sin(phase + 0.5), np.cos(phase + 0.7)], axis=1)
    return g * G * runs[:, None] * acc, np.radians(dps) * runs[:, None] * gyr


def live(*shaking: float, told: bool) -> Lived:
    """In frames of ten; `told`: whoever plays the motor says so as it begins."""
    interpret = Interpret(
        placed(PROFILES["desk"], Placement.UPPER_BACK, calibrated=True),
        mounting_from_axes("+x", "-z"),
        5.0,
    )
    acc, gyr = felt()
    if shaking:
        more = motor(*shaking)
        acc, gyr = acc + more[0], gyr + more[1]
    lived, to_come = Lived(), list(PLAYED)
    for first in range(0, len(acc), 10):
        rows = slice(first, first + 10)
        while told and to_come and to_come[0][0] <= (first + 10) / RATE_HZ:
            interpret.hints.asked(round(to_come.pop(0)[0] * NS_PER_S))
        marks = np.zeros(len(acc[rows]), np.uint8)
        step = interpret.push(
            [SampleChunk(SEGMENT, first, acc[rows].copy(), gyr[rows].copy(), marks)]
        )
        lived.events += step.events
        lived.beats += step.beats
    return lived


@cache
def calm() -> Lived:
    return live(told=False)


@pytest.mark.parametrize(
    "shaking",
    [(35.0, 1.0, 30.0), (5.0, 1.0, 30.0), (0.3, 0.3, 10.0)],
    ids=["235 Hz", "205 Hz", "nearly 200 Hz, filtered"],
)
def test_a_day_with_a_motor_reads_as_one_without(shaking: tuple[float, float, float]) -> None:
    told = live(*shaking, told=True)

    assert told.states() == calm().states()
    assert told.kinds() == calm().kinds()


def test_a_motor_nobody_tells_of_is_no_rising_but_a_hard_one_jolts() -> None:
    soft, hard = (live(*shaking, told=False) for shaking in ((35.0, 1.0, 30.0), (20.0, 2.0, 60.0)))

    assert soft.kinds() == calm().kinds()
    assert hard.kinds().count("jolt") > 0
    assert live(20.0, 2.0, 60.0, told=True).kinds() == calm().kinds()


def test_angles_stay_within_ten_degrees_of_what_they_are() -> None:
    shaken = live(0.3, 0.3, 10.0, told=True)
    apart = [
        abs(np.degrees(one.lean_rad - other.lean_rad))
        for one, other in zip(shaken.beats, calm().beats, strict=True)
    ]

    assert max(apart) < 10.0


def chunks(cut: int, *, gyro: bool = True) -> Iterator[SampleChunk]:
    acc, gyr = (values[:4000] for values in felt())
    for first in range(0, len(acc), cut):
        rows = slice(first, first + cut)
        rates = gyr[rows].copy() if gyro else np.full_like(gyr[rows], np.nan)
        yield SampleChunk(
            SEGMENT, first, acc[rows].copy(), rates, np.zeros(len(acc[rows]), np.uint8)
        )


def blanked(cut: int, *, gyro: bool = True) -> tuple[np.ndarray, np.ndarray]:
    stage = Blanking(lambda start, stop: [s for s in stretches if s[0] < stop and start < s[1]])
    stretches = [(0, NS_PER_S // 2), (7 * NS_PER_S, 8 * NS_PER_S), (39 * NS_PER_S, 50 * NS_PER_S)]
    out = [found for item in chunks(cut, gyro=gyro) for found in stage.push(item)]
    parts = [item for item in out if isinstance(item, SampleChunk)]
    acc = np.concatenate([item.acc_mps2 for item in parts])
    return acc, np.concatenate([item.gyr_radps for item in parts])


@pytest.mark.parametrize("gyro", [True, False])
def test_what_is_put_in_place_does_not_depend_on_the_cuts(gyro: bool) -> None:
    whole, packets = blanked(4000, gyro=gyro), blanked(7, gyro=gyro)

    assert np.array_equal(whole[0], packets[0])
    assert np.array_equal(whole[1], packets[1], equal_nan=True)


def test_only_shaken_samples_are_touched_and_they_weigh_as_gravity_does() -> None:
    acc, _ = blanked(50)
    changed = (acc != felt()[0][:4000]).any(axis=1)
    shaken = np.zeros(4000, bool)
    for start, stop in ((0, 50), (700, 800), (3900, 4000)):
        shaken[start:stop] = True

    assert np.array_equal(changed, shaken)
    assert np.linalg.norm(acc[700:800], axis=1) == pytest.approx(G)


def test_turning_goes_on_while_it_vibrates() -> None:
    """A trunk that leans on by 90 deg in two seconds is followed by the gyroscope."""
    stage = Blanking(lambda *_: [(NS_PER_S, 3 * NS_PER_S)])
    gyr = np.zeros((300, 3))
    gyr[100:300, 1] = np.radians(45.0)
    still = SampleChunk(SEGMENT, 0, np.tile([G, 0.0, 0.0], (300, 1)), gyr, np.zeros(300, np.uint8))
    (out,) = stage.push(still)
    assert isinstance(out, SampleChunk)

    # Rotating about y by w turns gravity, seen from the sensor, from x to z.
    assert out.acc_mps2[299] == pytest.approx([0.0, 0.0, G], abs=1.0)


def test_a_new_segment_begins_without_memory() -> None:
    stage = Blanking(lambda *_: [])
    for item in chunks(100):
        stage.push(item)
    stage.push(SegmentEnd(SEGMENT, 4000, "gap"))

    assert not stage.state.before


def test_an_order_to_vibrate_takes_effect_between_the_samples() -> None:
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))
    Pipeline(interpret).push(Asked(5 * NS_PER_S, Wish.VIBRATE, Asker.ALERT))

    assert interpret.hints.shaken(5 * NS_PER_S, 6 * NS_PER_S)
    assert not interpret.hints.shaken(7 * NS_PER_S, 8 * NS_PER_S)
    assert not interpret.hints.shaken(4 * NS_PER_S, 5 * NS_PER_S)
