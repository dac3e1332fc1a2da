"""Named stretches of life, played by an actor and felt by a sensor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.model import Placement
from simulator.errors import SimulatorError, UnknownScenarioError
from simulator.imu import acc_mps2, draw_imu, gyr_radps, slipped
from simulator.motion import Actor, IdealMotion, Involuntary, Phrase, draw_person
from simulator.plays import (
    calibration,
    commute,
    confusers,
    demo,
    desk_day,
    falls,
    not_worn,
    rest,
    short,
    slip,
    slow_bends,
    warehouse_shift,
)
from simulator.truth import TrueEvent, render

DEFAULT_RATE_HZ = 100.0  # Hz; the rate a Backwatch sensor has by default


@dataclass(frozen=True, slots=True)
class Scenario:
    """A play with a name.

    Attributes:
        description: one line for people.
        natural_s: how long one round is meant to last [s].
        play: one round of about that many seconds, from standing to standing.
        slips: when the sensor slips on the back [s] and by how much, tipping forward [deg];
            what it is worn against stays the truth.
    """

    name: str
    description: str
    natural_s: float
    play: Callable[[Actor, np.random.Generator, float], Iterator[Phrase]]
    slips: tuple[float, float] | None = None


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("demo", "three minutes with each state and event once", 180.0, demo),
        Scenario("short", "one minute: stand, lift, walk, sit, slouch, rise", 60.0, short),
        Scenario("desk_day", "a day of desk work with slouching and breaks", 28800.0, desk_day),
        Scenario(
            "warehouse_shift",
            "lifting, carrying and walking, with pauses",
            28800.0,
            warehouse_shift,
        ),
        Scenario("commute", "walking, driving, walking", 1800.0, commute),
        Scenario(
            "confusers", "movements that look like others, one after the other", 420.0, confusers
        ),
        Scenario("rest", "sitting, lying down for a while, getting up", 300.0, rest),
        Scenario("falls", "a fall in each direction, getting up after each", 180.0, falls),
        Scenario(
            "not_worn", "worn, left on a table for a quarter of an hour, worn", 1020.0, not_worn
        ),
        Scenario("calibration", "stand still, bow three times, sit tall, slump", 80.0, calibration),
        Scenario(
            "slow_bends",
            "ten slow bends; the fourth is hurried, the seventh turns",
            90.0,
            slow_bends,
        ),
        Scenario(
            "slip",
            "walking and sitting; after 200 s the sensor slips by 20 degrees",
            400.0,
            slip,
            slips=(200.0, 20.0),
        ),
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedBlock:
    """Consecutive samples `[first, first + n)` as a sensor gives them, and the truth.

    Attributes:
        first: index of sample 0 since the beginning.
        time_s: since the beginning [s], shape (n,).
        counts: accelerometer xyz, gyroscope xyz [LSB], sensor axes, int16, shape (n, 6).
        acc_mps2, gyr_radps: the same in SI units, shape (n, 3).
        sagittal_rad, lateral_rad, inclination_rad: true angles of the trunk at the sensor's
            place, against standing neutral, shape (n,).
        activity, posture: index into simulator.truth.ACTIVITIES and POSTURES, shape (n,).
        event_id: the event a sample belongs to, or simulator.truth.NO_EVENT, shape (n,).
        current: the event that `event_id` names, if any does.
        finished: the event that is over with this block, or empty.
    """

    first: int
    time_s: NDArray[np.float64]
    counts: NDArray[np.int16]
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]
    sagittal_rad: NDArray[np.float64]
    lateral_rad: NDArray[np.float64]
    inclination_rad: NDArray[np.float64]
    activity: NDArray[np.int8]
    posture: NDArray[np.int8]
    event_id: NDArray[np.int32]
    current: TrueEvent | None
    finished: tuple[TrueEvent, ...]

    def __len__(self) -> int:
        return len(self.time_s)


def find_scenario(name: str) -> Scenario:
    """The scenario of that name; raises UnknownScenarioError."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise UnknownScenarioError(name, tuple(SCENARIOS)) from None


def count_stream(
    scenario: str, seed: int, rate_hz: float, placement: Placement = Placement.UPPER_BACK
) -> Iterator[NDArray[np.int16]]:
    """Counts for ever, in blocks of shape (n, 6); after its end the scenario plays again.

    Ranges are ACC_RANGE_G and GYR_RANGE_DPS of simulator.imu. A device whose sampling clock is
    fast by p parts per million asks for rate_hz * (1 + p * 1e-6).
    Raises as `simulate` does, at once.
    """
    _check(seed, rate_hz)
    blocks = _blocks(find_scenario(scenario), None, seed, rate_hz, placement)
    return (block.counts for block in blocks)


def simulate(
    scenario: str,
    *,
    hours: float | None = None,
    seconds: float | None = None,
    seed: int = 0,
    rate_hz: float = DEFAULT_RATE_HZ,
    placement: Placement = Placement.UPPER_BACK,
    specimen: int = 0,
) -> Iterator[SimulatedBlock]:
    """Blocks of a scenario of the given length (default: one round), from a seed >= 0.

    The motion does not depend on the rate or the placement, only on scenario, length and seed.
    Sensors that one person wears at once differ in placement and `specimen`: its errors.
    Raises UnknownScenarioError, or SimulatorError for a length, rate or seed that makes no sense.
    """
    _check(seed, rate_hz)
    chosen = find_scenario(scenario)
    if hours is not None and seconds is not None:
        raise SimulatorError("both hours and seconds were given; give one of them")
    length_s = chosen.natural_s
    if hours is not None:
        length_s = hours * 3600.0
    elif seconds is not None:
        length_s = seconds
    if not 0.0 < length_s < float("inf"):
        raise SimulatorError(f"a length of {length_s} s makes no sense; give more than 0")
    if specimen < 0:
        raise SimulatorError(f"a specimen of {specimen} is negative; give 0 or more")
    return _cut(
        _blocks(chosen, length_s, seed, rate_hz, placement, specimen), round(length_s * rate_hz)
    )


def _check(seed: int, rate_hz: float) -> None:
    if not 1.0 <= rate_hz <= 10_000.0:
        raise SimulatorError(f"a rate of {rate_hz} Hz makes no sense; give 1 to 10000")
    if seed < 0:
        raise SimulatorError(f"a seed of {seed} is negative; give 0 or more")


def _blocks(
    scenario: Scenario,
    length_s: float | None,
    seed: int,
    rate_hz: float,
    placement: Placement,
    specimen: int = 0,
) -> Iterator[SimulatedBlock]:
    person_rng, play_rng, body_rng, imu_rng, noise_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(5)
    )
    if specimen:
        imu_rng, noise_rng = (
            np.random.default_rng(child)
            for child in np.random.SeedSequence([seed, specimen]).spawn(2)
        )
    person = draw_person(person_rng, placement)
    actor = Actor(person, play_rng)
    involuntary = Involuntary(person, body_rng)
    imu = draw_imu(imu_rng, placement)
    round_s = scenario.natural_s if length_s is None else length_s
    for truth in render(
        _rounds(scenario, actor, play_rng, round_s), involuntary, person.lever, rate_hz
    ):
        motion = truth.motion
        if scenario.slips is not None:
            motion = _slipped(motion, truth.time_s, *scenario.slips)
        counts = imu.counts(motion, truth.time_s, rate_hz, noise_rng)
        yield SimulatedBlock(
            first=truth.first,
            time_s=truth.time_s,
            counts=counts,
            acc_mps2=acc_mps2(counts),
            gyr_radps=gyr_radps(counts),
            sagittal_rad=truth.sagittal_rad,
            lateral_rad=truth.lateral_rad,
            inclination_rad=truth.inclination_rad,
            activity=truth.activity,
            posture=truth.posture,
            event_id=truth.event_id,
            current=truth.current,
            finished=truth.finished,
        )


def _slipped(
    motion: IdealMotion, time_s: NDArray[np.float64], at_s: float, by_deg: float
) -> IdealMotion:
    """The same motion felt by a sensor that tips forward about the left axis from `at_s`."""
    acc, gyr = slipped(motion.acc_mps2, motion.gyr_radps, time_s, at_s, float(np.radians(by_deg)))
    return replace(motion, acc_mps2=acc, gyr_radps=gyr)


def _rounds(
    scenario: Scenario, actor: Actor, rng: np.random.Generator, round_s: float
) -> Iterator[Phrase]:
    while True:
        yield from scenario.play(actor, rng, round_s)


def _cut(blocks: Iterator[SimulatedBlock], samples: int) -> Iterator[SimulatedBlock]:
    for block in blocks:
        left = samples - block.first
        if left <= 0:
            return
        if len(block) > left:
            yield _head(block, left)
            return
        yield block


def _head(block: SimulatedBlock, n: int) -> SimulatedBlock:
    return SimulatedBlock(
        first=block.first,
        time_s=block.time_s[:n],
        counts=block.counts[:n],
        acc_mps2=block.acc_mps2[:n],
        gyr_radps=block.gyr_radps[:n],
        sagittal_rad=block.sagittal_rad[:n],
        lateral_rad=block.lateral_rad[:n],
        inclination_rad=block.inclination_rad[:n],
        activity=block.activity[:n],
        posture=block.posture[:n],
        event_id=block.event_id[:n],
        current=block.current,
        finished=(),
    )
