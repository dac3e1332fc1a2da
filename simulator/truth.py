"""Phrases turned into blocks of ideal motion with what is true of every sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from monitor.model import Activity, EventKind, Posture
from simulator.motion import Channel, IdealMotion, Involuntary, Lever, Phrase, ideal_motion

ACTIVITIES = tuple(Activity)  # `TruthBlock.activity` indexes this
POSTURES = tuple(Posture)  # `TruthBlock.posture` indexes this
NO_EVENT = -1
BENT_RAD = np.radians(30.0)  # rad; the ergonomics brief's lowest class of bend
_BLOCK = 4096  # samples at most in a block; bounds memory
_CAN_BEND = [ACTIVITIES.index(a) for a in (Activity.SIT, Activity.STAND, Activity.WALK)]


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """Something that happens, seconds from the beginning, half-open.

    Attributes:
        id: counts up from 0.
        peak_sagittal_rad, peak_lateral_rad: largest by magnitude, signed, at the sensor's place.
        peak_inclination_rad: largest.
        technique: "stoop" or "squat" for lifts, else empty.
        turn_rad: how far the heading turns during the event, left positive.
    """

    id: int
    kind: EventKind
    start_s: float
    stop_s: float
    peak_sagittal_rad: float
    peak_lateral_rad: float
    peak_inclination_rad: float
    technique: str
    turn_rad: float


@dataclass(frozen=True, slots=True, eq=False)
class TruthBlock:
    """Consecutive samples `[first, first + n)`; angles as in docs/frames.md.

    Attributes:
        first: index of sample 0 since the beginning.
        time_s: since the beginning [s], shape (n,).
        motion: what an ideal sensor feels, in body axes.
        sagittal_rad, lateral_rad, inclination_rad: against standing neutral, shape (n,).
        activity, posture: index into ACTIVITIES and POSTURES, int8, shape (n,).
        event_id: which event the sample belongs to, or NO_EVENT, int32, shape (n,).
        current: the event that `event_id` names, if any does.
        finished: the event of a phrase that ends with this block, else empty.
    """

    first: int
    time_s: NDArray[np.float64]
    motion: IdealMotion
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


def render(
    phrases: Iterator[Phrase], involuntary: Involuntary, lever: Lever, rate_hz: float
) -> Iterator[TruthBlock]:
    """Sample `phrases`, played one after the other, at `rate_hz`; endless if they are."""
    begin_s, sample, event_count = 0.0, 0, 0
    for phrase in phrases:
        end_s = begin_s + phrase.duration_s
        stop = ceil(end_s * rate_hz - 1e-6)
        event = None
        if phrase.happening is not None:
            event = _true_event(phrase, event_count, begin_s)
            event_count += 1
        while sample < stop:
            block_stop = min(stop, sample + _BLOCK)
            time_s = np.arange(sample, block_stop) / rate_hz
            last = block_stop == stop
            yield _block(phrase, involuntary, lever, begin_s, sample, time_s, event, last)
            sample = block_stop
        begin_s = end_s


def _block(
    phrase: Phrase,
    involuntary: Involuntary,
    lever: Lever,
    begin_s: float,
    first: int,
    time_s: NDArray[np.float64],
    event: TrueEvent | None,
    last: bool,
) -> TruthBlock:
    t_s = time_s - begin_s
    jets = phrase.jets(t_s)
    involuntary.add_to(jets, time_s)
    motion = ideal_motion(jets, lever)
    which = np.searchsorted([label.start_s for label in phrase.labels], t_s, side="right") - 1
    which = np.maximum(which, 0)  # a sample may lie a rounding error before the phrase
    activity = np.array([ACTIVITIES.index(label.activity) for label in phrase.labels], np.int8)
    posture = np.array([POSTURES.index(label.posture) for label in phrase.labels], np.int8)
    sagittal = jets[Channel.SAGITTAL, 0]
    bent = (sagittal >= BENT_RAD) & np.isin(activity[which], _CAN_BEND)
    event_id = np.full(len(t_s), NO_EVENT, np.int32)
    if event is not None:
        event_id[(time_s >= event.start_s) & (time_s < event.stop_s)] = event.id
    return TruthBlock(
        first=first,
        time_s=time_s,
        motion=motion,
        sagittal_rad=sagittal,
        lateral_rad=jets[Channel.LATERAL, 0],
        inclination_rad=np.arctan2(np.hypot(motion.up[:, 0], motion.up[:, 1]), motion.up[:, 2]),
        activity=activity[which],
        posture=np.where(bent, np.int8(POSTURES.index(Posture.BENT)), posture[which]),
        event_id=event_id,
        current=event,
        finished=(event,) if event is not None and last else (),
    )


def _true_event(phrase: Phrase, event_id: int, begin_s: float) -> TrueEvent:
    happening = phrase.happening
    assert happening is not None
    t_s = np.arange(happening.start_s, happening.stop_s, 0.005)
    jets = phrase.jets(t_s)
    sagittal, lateral = jets[Channel.SAGITTAL, 0], jets[Channel.LATERAL, 0]
    return TrueEvent(
        id=event_id,
        kind=happening.kind,
        start_s=begin_s + happening.start_s,
        stop_s=begin_s + happening.stop_s,
        peak_sagittal_rad=_largest(sagittal),
        peak_lateral_rad=_largest(lateral),
        peak_inclination_rad=float(np.max(np.arccos(np.cos(sagittal) * np.cos(lateral)))),
        technique=happening.technique,
        turn_rad=happening.turn_rad,
    )


def _largest(values: NDArray[np.float64]) -> float:
    return float(values[np.argmax(np.abs(values))])
