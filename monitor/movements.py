"""A guided movement check: the largest angle of each movement, recorded and not judged."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from monitor.model import MotionChunk
from monitor.model.journal import Movement, MovementRecord

CLEAR_DEG = 15.0  # deg; Laird et al. 2016: smaller changes are within the error
STILL_RADPS = 0.0524  # rad/s; 3 deg/s, as in calibration
STILL_S = 1.0  # s of standing still before a movement; chosen by us
MOST_S = 20.0  # s; a movement that takes longer is given up. Chosen by us

HOW: Mapping[Movement, str] = MappingProxyType(
    {
        Movement.FLEXION: "Stand still, then bend forward as far as is comfortable, and come back.",
        Movement.EXTENSION: "Stand still, then lean back as far as is comfortable, and come back.",
        Movement.SIDE_LEFT: "Stand still, then lean to the left, and come back.",
        Movement.SIDE_RIGHT: "Stand still, then lean to the right, and come back.",
        Movement.TURN_LEFT: "Stand still, keep your feet, turn to the left, and come back.",
        Movement.TURN_RIGHT: "Stand still, keep your feet, turn to the right, and come back.",
    }
)
STOP = "Stop whenever you like, and at once if it hurts."


class UnableError(Exception):
    """This sensor, as it is worn, cannot follow movements; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """A movement against an earlier one of the same kind.

    Attributes:
        clear: whether they differ by more than the measurement can be wrong.
    """

    before: MovementRecord
    difference_deg: float
    clear: bool


def change(now: MovementRecord, before: MovementRecord) -> Change | None:
    """None where either was stopped."""
    if now.peak_deg is None or before.peak_deg is None:
        return None
    difference = now.peak_deg - before.peak_deg
    return Change(before, difference, abs(difference) >= CLEAR_DEG)


@dataclass(slots=True)
class State:
    """What has been seen of the movement.

    Attributes:
        still_s: standing still so far, until the start is taken.
        zero: angles at the start [rad]; None before.
        turned_rad: turn about the upright since the start.
        peak_rad: largest angle in the movement's direction.
        moving_s: since the start.
    """

    still_s: float = 0.0
    zero: tuple[float, float] | None = None
    turned_rad: float = 0.0
    peak_rad: float = 0.0
    moving_s: float = 0.0


class Capture:
    """One movement, live. Push motion until it is `ready`; then ask about pain and record.

    Angles are counted from a second of standing still. A turn is integrated from the gyroscope
    over the few seconds of the movement and includes what hips and feet add.
    """

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self.state = State()

    @property
    def ready(self) -> bool:
        """Whether the start has been taken and the person may move."""
        return self.state.zero is not None

    @property
    def too_long(self) -> bool:
        """Whether to give up."""
        return self.state.moving_s > MOST_S

    @property
    def angle_deg(self) -> float:
        """The peak so far [deg]."""
        return math.degrees(self.state.peak_rad)

    def push(self, chunk: MotionChunk) -> None:
        """Motion in body axes.

        Raises:
            UnableError: the sensor has no gyroscope, or its forward is not known.
        """
        if not chunk.forward_known:
            raise UnableError("Calibrate first: which way is forward is not known.")
        if bool(np.isnan(chunk.gyr_radps).any()):
            raise UnableError("This sensor has no gyroscope, so movements cannot be followed.")
        turn_radps = np.einsum("ij,ij->i", chunk.gyr_radps, chunk.up)
        speed_radps = np.linalg.norm(chunk.gyr_radps, axis=1)
        step_s = 1.0 / chunk.segment.rate_hz
        for angles in zip(
            chunk.sagittal_rad().tolist(),
            chunk.lateral_rad().tolist(),
            turn_radps.tolist(),
            speed_radps.tolist(),
            strict=True,
        ):
            self._sample(*angles, step_s)

    def _sample(
        self, sagittal: float, lateral: float, turn_radps: float, speed: float, step_s: float
    ) -> None:
        state = self.state
        if state.zero is None:
            state.still_s = state.still_s + step_s if speed < STILL_RADPS else 0.0
            if state.still_s >= STILL_S:
                state.zero = (sagittal, lateral)
            return
        state.moving_s += step_s
        state.turned_rad += turn_radps * step_s
        angles = {
            Movement.FLEXION: sagittal - state.zero[0],
            Movement.EXTENSION: state.zero[0] - sagittal,
            Movement.SIDE_RIGHT: lateral - state.zero[1],
            Movement.SIDE_LEFT: state.zero[1] - lateral,
            Movement.TURN_LEFT: state.turned_rad,
            Movement.TURN_RIGHT: -state.turned_rad,
        }
        state.peak_rad = max(state.peak_rad, angles[self.movement])

    def record(self, at_ns: int, *, pain: bool | None, stopped: bool = False) -> MovementRecord:
        """What to keep; no angle where it was stopped or never began."""
        kept = self.ready and not stopped
        return MovementRecord(at_ns, self.movement, self.angle_deg if kept else None, pain, stopped)
