"""What is wrong with the motion sensor, or with how it sits on the body."""

from math import radians

import numpy as np
from numpy.typing import NDArray

from simulator.faults.act import Act, Patient, Timed
from simulator.faults.wording import AT, EVERY, Argument, Fault
from simulator.imu import FULL_SCALE, GYR_RANGE_DPS

_AXES = ("acc-x", "acc-y", "acc-z", "gyr-x", "gyr-y", "gyr-z")  # in the order of the counts
_AXIS = Argument("axis", "acc-z", choices=_AXES)
SLIP_S = 0.5  # s; chosen by us: how long the slipping itself takes


class _BadAxis(Timed):
    ARGUMENTS = (_AXIS, AT)

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self.struck = False

    async def run(self, patient: Patient) -> None:
        await self.once(patient)

    async def strike(self, patient: Patient) -> None:
        del patient
        self.struck = True

    def counts(self, counts: NDArray[np.int16], rate_hz: float) -> NDArray[np.int16]:
        del rate_hz
        if not self.struck or not len(counts):
            return counts
        axis = _AXES.index(self.fault.word("axis"))
        shown = counts.copy()
        shown[:, axis] = self.shows(counts[:, axis])
        return shown

    def shows(self, axis: NDArray[np.int16]) -> int:
        raise NotImplementedError


class SaturatedAxis(_BadAxis):
    NAME = "saturated-axis"
    DOES = "one axis stands at the end of its range"

    def shows(self, axis: NDArray[np.int16]) -> int:
        del axis
        return FULL_SCALE - 1


class StuckAxis(_BadAxis):
    NAME = "stuck-axis"
    DOES = "one axis shows the same value for ever"

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._value: int | None = None

    def shows(self, axis: NDArray[np.int16]) -> int:
        if self._value is None:
            self._value = int(axis[0])
        return self._value


class Slipped(Timed):
    NAME = "slipped"
    DOES = "the sensor slips on the body: top to the wearer's left, or with tilt away from the back"
    ARGUMENTS = (
        Argument("angle", 30.0, "deg", -180.0, 180.0),
        Argument("way", "sideways", choices=("sideways", "tilt")),
        AT,
        EVERY,
    )

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._angle_rad = self._aim_rad = 0.0

    async def strike(self, patient: Patient) -> None:
        del patient
        self._aim_rad += radians(self.fault.number("angle"))

    def counts(self, counts: NDArray[np.int16], rate_hz: float) -> NDArray[np.int16]:
        if self._aim_rad == 0.0:
            return counts
        way = 2 if self.fault.word("way") == "sideways" else 1
        step = radians(self.fault.number("angle")) / (SLIP_S * rate_hz)
        left = self._aim_rad - self._angle_rad
        steps = np.minimum(np.arange(1, len(counts) + 1) * abs(step), abs(left)) * np.sign(left)
        angles = self._angle_rad + steps
        turning = np.diff(angles, prepend=self._angle_rad) * rate_hz  # rad/s
        self._angle_rad = float(angles[-1]) if len(angles) else self._angle_rad
        shown = _turned(counts, angles, way)
        shown[:, 3 + way] += np.degrees(turning) * FULL_SCALE / GYR_RANGE_DPS
        return _limited(shown)


class UpsideDown(Act):
    NAME = "upside-down"
    DOES = "the sensor is worn upside down, its label still outwards"

    def counts(self, counts: NDArray[np.int16], rate_hz: float) -> NDArray[np.int16]:
        del rate_hz
        return _limited(_turned(counts, np.full(len(counts), np.pi), 2))


class MountedSideways(Act):
    NAME = "mounted-sideways"
    DOES = "the sensor lies on its side, its top to the wearer's left, its label still outwards"

    def counts(self, counts: NDArray[np.int16], rate_hz: float) -> NDArray[np.int16]:
        del rate_hz
        return _limited(_turned(counts, np.full(len(counts), np.pi / 2), 2))


def _turned(
    counts: NDArray[np.int16], angle_rad: NDArray[np.float64], about: int
) -> NDArray[np.float64]:
    """What a sensor turned by these angles about one of its axes would measure, shape (n, 6)."""
    one, other = (about + 1) % 3, (about + 2) % 3
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    shown = counts.astype(np.float64)
    for part in (0, 3):
        u, v = counts[:, part + one], counts[:, part + other]
        shown[:, part + one] = cos * u + sin * v
        shown[:, part + other] = cos * v - sin * u
    return shown


def _limited(counts: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.rint(counts), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


BODY: tuple[type[Act], ...] = (SaturatedAxis, StuckAxis, Slipped, UpsideDown, MountedSideways)
