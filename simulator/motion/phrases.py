"""A stretch of movement with what is true of it: the unit a scenario is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model import Activity, EventKind, Posture
from simulator.motion.channels import Channel
from simulator.motion.curves import Curve, Ramp


@dataclass(frozen=True, slots=True)
class Label:
    """From `start_s` of the phrase on, this is true, until the next label or phrase."""

    start_s: float
    activity: Activity
    posture: Posture


@dataclass(frozen=True, slots=True)
class Happening:
    """An event within a phrase.

    Attributes:
        start_s, stop_s: when, in the phrase; half-open.
        technique: "stoop" or "squat" for lifts, else empty.
        turn_rad: how far the heading turns during the event, left positive.
    """

    kind: EventKind
    start_s: float
    stop_s: float
    technique: str = ""
    turn_rad: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """Curves over a starting pose, with labels that cover it and at most one event.

    Attributes:
        duration_s: how long it lasts.
        pose: value of each channel at its start, shape (channels,).
        curves: what is added to the pose; at rest at both ends of the phrase.
        labels: in order of time, the first at 0.
        happening: the event, if there is one.
    """

    duration_s: float
    pose: NDArray[np.float64]
    curves: tuple[Curve, ...]
    labels: tuple[Label, ...]
    happening: Happening | None = None

    def __post_init__(self) -> None:
        if self.duration_s <= 0 or not self.labels or self.labels[0].start_s != 0:
            raise ValueError(f"phrase of {self.duration_s} s with labels {self.labels}")

    def jets(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Voluntary movement at the times `t_s` of the phrase, shape (channels, 3, n)."""
        jets = np.zeros((len(Channel), 3, len(t_s)))
        jets[:, 0] = self.pose[:, None]
        for curve in self.curves:
            curve.add_to(jets, t_s)
        return jets


class Draft:
    """A phrase being written: keeps the pose that its curves will have led to."""

    def __init__(self, pose: NDArray[np.float64], activity: Activity, posture: Posture) -> None:
        self.pose = pose.copy()
        self._start = pose.copy()
        self._curves: list[Curve] = []
        self._labels = [Label(0.0, activity, posture)]

    def to(
        self, channel: Channel, value: float, start_s: float, duration_s: float, late: float = 1.0
    ) -> None:
        """Move a channel to `value`; calls for one channel come in order of time."""
        self.by(channel, value - float(self.pose[channel]), start_s, duration_s, late)

    def by(
        self, channel: Channel, delta: float, start_s: float, duration_s: float, late: float = 1.0
    ) -> None:
        """Move a channel by `delta`."""
        self.pose[channel] += delta
        if delta != 0.0:
            self._curves.append(Ramp(channel, start_s, duration_s, delta, late))

    def add(self, curve: Curve) -> None:
        """Add a curve that ends where it began."""
        self._curves.append(curve)

    def label(self, start_s: float, activity: Activity, posture: Posture) -> None:
        """Say what is true from `start_s` on."""
        self._labels.append(Label(start_s, activity, posture))

    def finish(self, duration_s: float, happening: Happening | None = None) -> Phrase:
        """The phrase; its pose at the end stays in `pose`."""
        return Phrase(duration_s, self._start, tuple(self._curves), tuple(self._labels), happening)
