"""Ideal motion turned into the counts of a motion sensor strapped to a back."""

from dataclasses import dataclass, replace
from math import radians

import numpy as np
from numpy.typing import NDArray

from monitor.model import Mounting, Placement
from simulator.motion import GRAVITY_MPS2, SLIP_S, IdealMotion, tipped
from simulator.motion.curves import step

# "Data sheet": as others quote it (docs.luxonis.com on the BMI270; Bosch's own forum);
# "recalled": from memory of it; "measured": above 15 Hz in quiet windows of the data set,
# development half, where the body adds least (docs/simulator.md).
ACC_RANGE_G = 8  # g; a setting of the BMI270; falls reach 10 g and saturate
GYR_RANGE_DPS = 1000  # deg/s; a setting of the BMI270
FULL_SCALE = 32768  # counts at the end of the range; 16 bit


@dataclass(frozen=True, slots=True)
class Part:
    """A make of sensor: what one specimen of it is wrong by.

    Attributes:
        acc_noise_g, gyr_noise_dps: densities, white [g/sqrt(Hz), deg/s/sqrt(Hz)].
        acc_offset_g, gyr_offset_dps: at rest, one sigma [g, deg/s].
        scale_error: of both, one sigma.
        gyr_wander_dps: slow change of the gyroscope's offset, one sigma [deg/s].
        name: for people.
    """

    name: str
    acc_noise_g: float
    gyr_noise_dps: float
    acc_offset_g: float
    gyr_offset_dps: float
    scale_error: float
    gyr_wander_dps: float


BMI270 = Part(
    "Bosch BMI270 (data sheet BST-BMI270-DS000)",
    acc_noise_g=160e-6,  # data sheet, typical
    gyr_noise_dps=0.007,  # data sheet, typical, performance mode
    acc_offset_g=0.020,  # recalled, soldered
    gyr_offset_dps=0.5,  # data sheet, typical, soldered
    scale_error=0.004,  # recalled (gyroscope after its self-trim)
    gyr_wander_dps=0.04,  # 0.02 deg/s/K (recalled) over 2 K
)
# The devices of the public sets, for likeness: their other errors are taken to be the BMI270's.
PHONE_2012 = replace(BMI270, name="phone of 2012 (hapt_waist)", acc_noise_g=550e-6)  # measured
MTW = replace(
    BMI270,
    name="Xsens MTw Awinda (lowback_gait)",
    acc_noise_g=235e-6,  # measured; data sheet 200, recalled
    gyr_noise_dps=0.017,  # measured; data sheet 0.01, recalled
)
WANDER_PERIOD_S = 1800.0  # s; chosen by us
STRAP_TILT_RAD = radians(3.0)  # rad, one sigma about each axis; chosen by us

_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def marked_axes(placement: Placement) -> tuple[str, str]:
    """Which sensor axes point up and forward when worn as marked, label outwards."""
    behind = placement in (Placement.UPPER_BACK, Placement.LOW_BACK)
    return "+x", "-z" if behind else "+z"


def named_mounting(up: str, forward: str) -> Mounting:
    """The mounting with these sensor axes up and forward, e.g. "+x", "-z"."""
    up_vector, forward_vector = _axis(up), _axis(forward)
    rows = np.stack([forward_vector, np.cross(up_vector, forward_vector), up_vector])
    return Mounting(tuple(float(v) for v in rows.ravel()), forward_known=True, source="axes")


@dataclass(frozen=True, slots=True, eq=False)
class Imu:
    """One specimen, its errors and how it is strapped on; sensor axes throughout.

    Attributes:
        body_from_sensor: rotation matrix, tilt of the strap included, shape (3, 3).
        acc_offset_mps2: at rest [m/s^2], shape (3,).
        gyr_offset_radps: at rest [rad/s], shape (3,).
        gyr_wander_radps: amplitude of the slow change of that [rad/s], shape (3,).
        acc_scale, gyr_scale: reading over truth, shape (3,).
        acc_noise_mps2, gyr_noise_radps: densities, white [SI unit/sqrt(Hz)].
    """

    body_from_sensor: NDArray[np.float64]
    acc_offset_mps2: NDArray[np.float64]
    gyr_offset_radps: NDArray[np.float64]
    gyr_wander_radps: NDArray[np.float64]
    acc_scale: NDArray[np.float64]
    gyr_scale: NDArray[np.float64]
    acc_noise_mps2: float
    gyr_noise_radps: float

    def counts(
        self,
        motion: IdealMotion,
        t_s: NDArray[np.float64],
        rate_hz: float,
        rng: np.random.Generator,
    ) -> NDArray[np.int16]:
        """What the part puts out: accelerometer xyz, gyroscope xyz, shape (n, 6).

        The part's own low-pass is not modelled; noise fills the band up to rate_hz / 2.
        Values beyond the range stand at its end.
        """
        noise = rng.standard_normal((len(t_s), 6)) * np.sqrt(rate_hz / 2)
        acc = motion.acc_mps2 @ self.body_from_sensor
        acc = acc * self.acc_scale + self.acc_offset_mps2 + noise[:, :3] * self.acc_noise_mps2
        gyr = motion.gyr_radps @ self.body_from_sensor
        wander = np.sin(2 * np.pi * t_s / WANDER_PERIOD_S)[:, None] * self.gyr_wander_radps
        gyr = gyr * self.gyr_scale + self.gyr_offset_radps + wander
        gyr += noise[:, 3:] * self.gyr_noise_radps
        scaled = np.concatenate([acc / _ACC_LSB_MPS2, gyr / _GYR_LSB_RADPS], axis=1)
        limited: NDArray[np.float64] = np.clip(np.rint(scaled), -FULL_SCALE, FULL_SCALE - 1)
        return limited.astype(np.int16)


def acc_mps2(counts: NDArray[np.int16]) -> NDArray[np.float64]:
    """Specific force of counts, shape (n, 6), in sensor axes [m/s^2], shape (n, 3)."""
    return counts[:, :3].astype(np.float64) * _ACC_LSB_MPS2


def gyr_radps(counts: NDArray[np.int16]) -> NDArray[np.float64]:
    """Angular rate of counts, shape (n, 6), in sensor axes [rad/s], shape (n, 3)."""
    return counts[:, 3:].astype(np.float64) * _GYR_LSB_RADPS


def slipped(
    acc: NDArray[np.float64],
    gyr: NDArray[np.float64],
    time_s: NDArray[np.float64],
    at_s: float,
    tip_rad: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a sensor feels that tips by `tip_rad` about its y axis from `at_s` on.

    Units and axes are those given; the gyroscope feels the tipping itself.
    """
    share, rate, _ = step(time_s, at_s, SLIP_S)
    return tipped(acc, gyr, tip_rad * share, tip_rad * rate)


def perfect_imu(placement: Placement) -> Imu:
    """No error but the counts themselves."""
    ones, zeros = np.ones(3), np.zeros(3)
    mounting = named_mounting(*marked_axes(placement)).matrix()
    return Imu(mounting, zeros, zeros, zeros, ones, ones, 0.0, 0.0)


def draw_imu(rng: np.random.Generator, placement: Placement, part: Part = BMI270) -> Imu:
    """A specimen of the part, strapped on by hand."""
    tilt = _rotation(rng.normal(0.0, STRAP_TILT_RAD, 3))
    return Imu(
        body_from_sensor=tilt @ named_mounting(*marked_axes(placement)).matrix(),
        acc_offset_mps2=rng.normal(0.0, part.acc_offset_g * GRAVITY_MPS2, 3),
        gyr_offset_radps=rng.normal(0.0, radians(part.gyr_offset_dps), 3),
        gyr_wander_radps=rng.normal(0.0, radians(part.gyr_wander_dps), 3),
        acc_scale=1.0 + rng.normal(0.0, part.scale_error, 3),
        gyr_scale=1.0 + rng.normal(0.0, part.scale_error, 3),
        acc_noise_mps2=part.acc_noise_g * GRAVITY_MPS2,
        gyr_noise_radps=radians(part.gyr_noise_dps),
    )


_ACC_LSB_MPS2 = ACC_RANGE_G * GRAVITY_MPS2 / FULL_SCALE
_GYR_LSB_RADPS = radians(GYR_RANGE_DPS) / FULL_SCALE


def _axis(name: str) -> NDArray[np.float64]:
    sign = -1.0 if name[0] == "-" else 1.0
    return np.array([sign * component for component in _AXES[name[1]]])


def _rotation(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rodrigues' formula: the matrix of a rotation vector [rad]."""
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = vector / angle
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned: NDArray[np.float64] = np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)
    return turned
