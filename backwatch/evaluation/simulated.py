"""A play and a seed to a recording of a simulated person, with the truth in arrays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.told import Worn, one_piece
from monitor.model import Placement
from monitor.recording import Piece, Recording
from simulator.imu import BMI270, Part, acc_mps2, draw_imu, gyr_radps, marked_axes, slipped
from simulator.motion import Actor, Involuntary, Phrase, draw_person
from simulator.truth import ACTIVITIES, POSTURES, TrueEvent, render

Floats = NDArray[np.float64]
Words = NDArray[np.str_]
NEUTRAL_S = (2.0, 8.0)  # every play begins with more than this of standing still


@dataclass(slots=True)
class Marks:
    """Stretches of a play by name, noted while it is played: name, start, stop [s]."""

    actor: Actor
    found: list[tuple[str, float, float]] = field(default_factory=list)

    def play(self, name: str, *parts: Iterator[Phrase]) -> Iterator[Phrase]:
        """Play parts one after the other and note from when to when."""
        start_s = self.actor.elapsed_s
        for part in parts:
            yield from part
        self.found.append((name, start_s, self.actor.elapsed_s))


Play = Callable[[Actor, np.random.Generator, Marks], Iterator[Phrase]]


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """What one simulated person did, and what their sensor felt.

    Attributes:
        time_s, acc_mps2, gyr_radps: as the sensor gives them, its own errors included.
        activity, posture: the truth at each sample, shape (n,).
        lean_deg: true sagittal angle at each sample, shape (n,).
        events: what happened, in order.
        marks: stretches by name.
        body_from_sensor: rotation as strapped on, shape (3, 3).
    """

    worn: Worn
    time_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats
    activity: Words
    posture: Words
    lean_deg: Floats
    events: tuple[TrueEvent, ...]
    marks: tuple[tuple[str, float, float], ...]
    body_from_sensor: Floats

    @property
    def hours(self) -> float:
        return float(self.time_s[-1] - self.time_s[0]) / 3600

    def recording(self) -> Recording:
        """As `backwatch analyze` would read it."""
        return one_piece("simulated", self.time_s, self.acc_mps2, self.gyr_radps)

    def without(self, start_s: float, stop_s: float) -> Recording:
        """The same with a stretch lost on the radio."""
        kept = (self.time_s < start_s) | (self.time_s >= stop_s)
        piece = Piece("", 0.0, self.time_s[kept], self.acc_mps2[kept], self.gyr_radps[kept])
        return replace(self.recording(), pieces=[piece])

    def slipped(self, at_s: float, by_deg: float) -> Recording:
        """The same with the sensor tipped forward by an angle from an instant on."""
        acc, gyr = slipped(
            self.acc_mps2, self.gyr_radps, self.time_s, at_s, -_tip_rad(self.worn, by_deg)
        )
        return one_piece("simulated", self.time_s, acc, gyr)


def tipped(worn: Worn, by_deg: float) -> Floats:
    """Old from new axes of a sensor tipped forward by an angle, shape (3, 3)."""
    c, s = np.cos(_tip_rad(worn, by_deg)), np.sin(_tip_rad(worn, by_deg))
    return np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])


def _tip_rad(worn: Worn, by_deg: float) -> float:
    """The same angle about the sensor's y axis, up being x."""
    assert worn.forward is not None
    return float(np.radians(by_deg)) * (1.0 if worn.forward[0] == "+" else -1.0)


def live(
    play: Play,
    seed: int,
    placement: Placement,
    rate_hz: float = 100.0,
    part: Part = BMI270,
) -> Life:
    """Play once, with a person, a sensor and a way of strapping it on drawn by the seed."""
    person_rng, actor_rng, play_rng, body_rng, imu_rng, noise_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)
    )
    person = draw_person(person_rng, placement)
    actor = Actor(person, actor_rng)
    marks = Marks(actor)
    imu = draw_imu(imu_rng, placement, part)
    blocks = list(
        render(play(actor, play_rng, marks), Involuntary(person, body_rng), person.lever, rate_hz)
    )
    counts = [imu.counts(block.motion, block.time_s, rate_hz, noise_rng) for block in blocks]
    activities = np.array([activity.value for activity in ACTIVITIES], dtype=np.str_)
    postures = np.array([posture.value for posture in POSTURES], dtype=np.str_)
    up, forward = marked_axes(placement)
    return Life(
        Worn(placement, up, forward),
        np.concatenate([block.time_s for block in blocks]),
        np.concatenate([acc_mps2(part) for part in counts]),
        np.concatenate([gyr_radps(part) for part in counts]),
        activities[np.concatenate([block.activity for block in blocks])],
        postures[np.concatenate([block.posture for block in blocks])],
        np.degrees(np.concatenate([block.sagittal_rad for block in blocks])),
        tuple(event for block in blocks for event in block.finished),
        tuple(marks.found),
        imu.body_from_sensor,
    )
