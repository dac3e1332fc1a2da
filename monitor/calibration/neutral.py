"""A stretch of a recording turned into the zero of its angles, or into why it cannot be that."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.calibration.rotations import angle_rad, unit
from monitor.model import MotionChunk, Origin

Array = NDArray[np.float64]
G_MPS2 = 9.80665
HALF_S = 0.5  # s; looked at at a time: shorter than a step and back. Ours


@dataclass(frozen=True, slots=True)
class Params:
    """When a stretch counts as one upright posture.

    People who stand fidget. In hapt_waist and lowback_gait all 81 stretches of 1.5 to 3 s of
    standing that are taken for a zero there pass; of chest_desk 5 of 8, and in the other three
    people walk. Of 123 of walking and stairs none passes, of 21 of lying none, of 100 of sitting
    down, lying down and getting up 7.
    """

    least_s: float = 1.0  # s; of measured samples. Ours
    least_share: float = 0.8  # 1; measured, of the stretch asked for. Ours
    calm_mps2: float = 0.5  # m/s^2; standard deviation of |a| in a calm half second, ADR 6's quiet
    calm_radps: float = math.radians(15.0)  # rad/s; RMS of the rate in it: who stands sways by less
    calm_share: float = 0.3  # 1; of the half seconds that are calm; standing: see above. Ours
    spread_rad: float = math.radians(15.0)  # rad; within which most of those lie: 11 deg is seen
    off_rad: float = math.radians(5.0)  # rad; of the mean of all from theirs: 3.5 deg is seen
    gravity_off: float = 0.15  # 1; of |a|; uncalibrated sensors are off by a tenth. Ours
    tilt_rad: float = math.radians(45.0)  # rad; from the axis that was up, as of a new zero


@dataclass(frozen=True, slots=True)
class NeutralQuality:
    """What was measured of a neutral posture.

    Attributes:
        asked_s, measured_s: the stretch asked for, and what was measured of it.
        calm_share: of its half seconds, those without movement, 0 to 1.
        spread_deg: within which four of five of those lie about their mean; None without any.
        off_deg: of the mean of the stretch from theirs; the same.
        gravity_mps2: mean magnitude of the acceleration.
        tilt_deg: from the axis that was up before.
    """

    asked_s: float
    measured_s: float
    calm_share: float
    spread_deg: float | None
    off_deg: float | None
    gravity_mps2: float
    tilt_deg: float


class Neutral:
    """Takes the motion of a stretch, then says what was measured and what speaks against it."""

    def __init__(self, asked_s: float, params: Params | None = None) -> None:
        self.params = params or Params()
        self._asked_s = asked_s
        self._acc: list[Array] = []
        self._gyr: list[Array] = []
        self._up = np.zeros(3)
        self._rate_hz = 1.0

    def add(self, motion: MotionChunk, inside: NDArray[np.bool_]) -> None:
        """Take the samples of a chunk that are `inside` the stretch, shape (n,)."""
        measured = inside & (motion.origin == Origin.MEASURED)
        self._rate_hz = motion.segment.rate_hz
        self._acc.append(motion.acc_mps2[measured])
        self._gyr.append(motion.gyr_radps[measured])
        self._up = self._up + motion.up[inside].sum(axis=0)

    @property
    def up(self) -> Array:
        """The mean direction of up, body axes, shape (3,); zeros where nothing was taken."""
        return unit(self._up)

    def quality(self) -> NeutralQuality | None:
        """What was measured; None where nothing was."""
        acc = np.concatenate([np.empty((0, 3)), *self._acc])
        if len(acc) == 0:
            return None
        gyr = np.concatenate(self._gyr)
        hop = max(1, min(len(acc), round(HALF_S * self._rate_hz)))
        count = len(acc) // hop
        halves = acc[: count * hop].reshape(count, hop, 3)
        norms = np.sqrt((halves**2).sum(axis=2))
        calm = norms.std(axis=1) < self.params.calm_mps2
        if not np.isnan(gyr).any():
            rates_sq = (gyr[: count * hop].reshape(count, hop, 3) ** 2).sum(axis=2).mean(axis=1)
            calm &= rates_sq < self.params.calm_radps**2
        spread_deg = off_deg = None
        if calm.any():
            means = halves[calm].mean(axis=1)
            middle = means.mean(axis=0)
            away_deg = [math.degrees(angle_rad(mean, middle)) for mean in means]
            spread_deg = float(np.percentile(away_deg, 80))
            off_deg = math.degrees(angle_rad(middle, acc.mean(axis=0)))
        return NeutralQuality(
            asked_s=self._asked_s,
            measured_s=len(acc) / self._rate_hz,
            calm_share=float(calm.mean()),
            spread_deg=spread_deg,
            off_deg=off_deg,
            gravity_mps2=float(norms.mean()),
            tilt_deg=math.degrees(angle_rad(self.up, np.array([0.0, 0.0, 1.0]))),
        )

    def objection(self) -> str:
        """Why the stretch cannot be the zero, with what was measured; empty where it can."""
        params, found = self.params, self.quality()
        measured_s = 0.0 if found is None else found.measured_s
        if found is None or measured_s < params.least_s:
            return f"{measured_s:.1f} s of it were measured; {params.least_s:g} s are the least"
        if measured_s < params.least_share * self._asked_s:
            return (
                f"only {measured_s:.1f} s of its {self._asked_s:.1f} s were measured, and the rest "
                "is a gap"
            )
        if abs(found.gravity_mps2 / G_MPS2 - 1.0) > params.gravity_off:
            return f"gravity is {found.gravity_mps2:.1f} m/s^2 in it, and should be about 9.8"
        if found.spread_deg is None or found.calm_share < params.calm_share:
            return f"it holds movement: {found.calm_share:.0%} of it are still"
        for apart_deg, most_rad in (
            (found.spread_deg, params.spread_rad),
            (found.off_deg or 0.0, params.off_rad),
        ):
            if apart_deg > math.degrees(most_rad):
                return f"it is not one posture: the sensor tilts by {apart_deg:.0f}° within it"
        if found.tilt_deg > math.degrees(params.tilt_rad):
            return (
                f"it is {found.tilt_deg:.0f}° from the axis that is up: somebody bends or lies in "
                "it, or the axis is another"
            )
        return ""
