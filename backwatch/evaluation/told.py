"""A recording to what `backwatch analyze --json` says of it, as arrays."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.analysis import Analysis, Options, Series, analyze, as_json
from monitor.model import Placement
from monitor.profiles import PROFILES, Profile
from monitor.recording import Recording

Floats = NDArray[np.float64]
Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Said:
    """One event of the JSON; measures it lacks are NaN, a technique it lacks is empty."""

    kind: str
    start_s: float
    stop_s: float
    confidence: float
    technique: str
    peak_sagittal_deg: float
    technique_confidence: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the JSON says of one file.

    Attributes:
        starts_s, activity, posture: of each state, in order, shape (n,).
        stop_s: end of the last one.
        events: in order of their start.
    """

    starts_s: Floats
    stop_s: float
    activity: Words
    posture: Words
    standing: Floats
    events: list[Said]
    confidence: Floats = field(default_factory=lambda: np.zeros(0))

    def activity_at(self, time_s: Floats) -> Words:
        """The state told at each instant, "unknown" outside, shape (n,)."""
        return self._at(self.activity, time_s, "unknown")

    def posture_at(self, time_s: Floats) -> Words:
        """The posture told at each instant, "none" outside, shape (n,)."""
        return self._at(self.posture, time_s, "none")

    def confidence_at(self, time_s: Floats) -> Floats:
        """How sure of the state, 0 where nothing is told, shape (n,)."""
        index = np.searchsorted(self.starts_s, time_s, side="right") - 1
        inside = (index >= 0) & (time_s < self.stop_s) & (len(self.confidence) > 0)
        return np.where(inside, np.append(self.confidence, 0.0)[index], 0.0)

    def standing_at(self, time_s: Floats) -> Floats:
        """The belief in standing told at each instant, NaN for none, shape (n,)."""
        if len(self.standing) == 0:
            return np.full(len(time_s), np.nan)
        index = np.searchsorted(self.starts_s, time_s, side="right") - 1
        inside = (index >= 0) & (time_s < self.stop_s)
        return np.where(inside, self.standing[np.maximum(index, 0)], np.nan)

    def within(self, start_s: float, stop_s: float, kinds: Collection[str]) -> list[Said]:
        """Events of these kinds that begin in `[start_s, stop_s)`."""
        return [e for e in self.events if e.kind in kinds and start_s <= e.start_s < stop_s]

    def _at(self, words: Words, time_s: Floats, outside: str) -> Words:
        if len(words) == 0:
            return np.full(len(time_s), outside)
        index = np.searchsorted(self.starts_s, time_s, side="right") - 1
        inside = (index >= 0) & (time_s < self.stop_s)
        return np.where(inside, words[np.maximum(index, 0)], outside)


@dataclass(frozen=True, slots=True)
class Worn:
    """How the sensor of a data set sits: what a user would pass to `backwatch analyze`."""

    placement: Placement
    up: str
    forward: str | None


def interpret(
    recording: Recording,
    worn: Worn,
    neutral_s: tuple[float, float] | None = None,
    series: list[Series] | None = None,
    *,
    profile: Profile = PROFILES["desk"],
) -> Analysis:
    """The path of `backwatch analyze`, with its default profile or another."""
    options = Options(
        profile,
        worn.placement,
        worn.up,
        worn.forward,
        neutral_s,
        neutral_checked=False,  # of what the labels of chest_desk call standing, three people walk
        axes_checked=False,  # axes are those of the data set's description
    )
    return analyze(recording, options, series)


def told(analysis: Analysis) -> Told:
    """What its JSON says, read back."""
    said: dict[str, Any] = json.loads(json.dumps(as_json(analysis), allow_nan=False))
    states = said["states"]
    return Told(
        np.array([state["start_s"] for state in states], dtype=np.float64),
        float(states[-1]["stop_s"]) if states else 0.0,
        np.array([state["activity"] for state in states], dtype=np.str_),
        np.array([state["posture"] for state in states], dtype=np.str_),
        np.array([state["standing"] for state in states], dtype=np.float64),
        [
            Said(
                event["kind"],
                event["start_s"],
                event["stop_s"],
                event["event_confidence"],
                event.get("technique", ""),
                event.get("peak_sagittal_deg", float("nan")),
                event["confidence"],
            )
            for event in said["events"]
        ],
        np.array([state["confidence"] for state in states], dtype=np.float64),
    )


def tell(
    recording: Recording,
    worn: Worn,
    neutral_s: tuple[float, float] | None = None,
    *,
    profile: Profile = PROFILES["desk"],
) -> Told:
    """What `backwatch analyze --json` says of a recording."""
    return told(interpret(recording, worn, neutral_s, profile=profile))


def one_piece(name: str, time_s: Floats, acc_mps2: Floats, gyr_radps: Floats) -> Recording:
    """A recording made of arrays rather than read from a file."""
    from monitor.recording import Piece

    return Recording(Path(name), [Piece("", 0.0, time_s, acc_mps2, gyr_radps)])
