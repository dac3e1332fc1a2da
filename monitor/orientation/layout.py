"""What the observer assumes and what it remembers, field by field, as observer.c has it."""

from dataclasses import astuple, dataclass
from math import radians

import numpy as np
from numpy.typing import NDArray

ABI = 7  # observer.c has the same number; raise both when a field changes


@dataclass(frozen=True, slots=True)
class Params:
    """The observer with a gyroscope. All are floats, in the order of `Params` in observer.c.

    "ADR 6" stands for: chosen by us on the development half of BROAD (Laidig et al. 2021),
    wc_trunk, SisFall (Sucerquia et al. 2017) and lowback_gait (Voisard et al. 2023), where the
    error is flat around the value; docs/adr/0006 has the figures.
    """

    hop_s: float = 0.1  # s; between corrections. Up to 0.1 s costs nothing in accuracy, ADR 6
    velocity_decay_s: float = 4.0  # s; a trunk's velocity is soon forgotten, ADR 6
    rate_noise: float = 0.0005  # rad/s/sqrt(Hz); 0.03 deg/s/sqrt(Hz), a poor MEMS gyroscope
    rate_noise_share: float = 0.007  # 1/sqrt(Hz); of the rate: scale errors and timing, ADR 6
    acc_noise: float = 0.1  # m/s^2/sqrt(Hz); ADR 6
    bias_sigma: float = radians(0.6)  # rad/s; before anything is known; VQF has 0.5, ADR 6
    bias_wander: float = 0.0002  # rad/s/sqrt(s); 0.5 deg/s in 30 min: warming up, ADR 6
    gravity_sigma: float = 3.0  # m/s^2; the first sample may be taken in motion, ADR 6
    velocity_sigma: float = 0.3  # m/s; at the start, ADR 6
    velocity_floor: float = 0.02  # (m/s)^2 s; how far from zero velocity is when still, ADR 6
    velocity_gain: float = 8.0  # s; the same, of the swing of velocity in motion, ADR 6
    velocity_cap_mps: float = 2.0  # m/s; swings beyond are taken for this, ADR 6
    activity_s: float = 1.5  # s; memory of the swing, ADR 6
    activity_high_pass_s: float = 0.7  # s; what is slower is not swing, ADR 6
    start_s: float = 2.0  # s; after a start, for which the acceleration itself counts, ADR 6
    start_noise: float = 1.0  # (m/s^2)^2 s; with this noise, ADR 6
    slow_s: float = 0.5  # s; average from which stillness is told, as VQF's rest detection
    quiet_gyr: float = radians(3.0)  # rad/s; largest deviation when quiet: a body sways, ADR 6
    quiet_acc: float = 0.5  # m/s^2; the same, ADR 6
    quiet_rate: float = radians(5.0)  # rad/s; largest mean rate that can be bias; 4 deg/s is seen
    quiet_after_s: float = 0.5  # s; until that average means something: its time constant
    quiet_noise: float = 0.024  # rad/s/sqrt(Hz); of a quiet body as a measure of bias, ADR 6
    surprise: float = radians(1.5)  # rad/s; a quiet level rate this far off makes bias unknown
    turning: float = radians(1.0)  # rad/s; beyond 3 sigma, a quiet turn about the vertical. Ours
    rest_gyr: float = radians(2.0)  # rad/s; largest deviation at rest, VQF's restThGyr
    rest_acc: float = 0.75  # m/s^2; the same; VQF has 0.5
    rest_after_s: float = 1.0  # s; rest lasts that long before it counts; VQF has 1.5
    rest_noise: float = 0.005  # rad/s/sqrt(Hz); of a resting body as a measure of bias, ADR 6
    clipped_from: float = 1.0  # rad/s; no gyroscope's range ends below. Ours
    clipped_share: float = 0.2  # 1; rate missed at the end of the range, of the range, ADR 6
    bridged_rate: float = 0.5  # rad/s; rate missed while interpolated: 30 deg/s, a calm turn. Ours
    least_sigma_rad: float = radians(1.0)  # rad; skin and mounting, wc_trunk's own floor


@dataclass(frozen=True, slots=True)
class GravityParams:
    """Without a gyroscope. All are floats, in the order of `GravityParams` in observer.c."""

    turn_rate: float = 0.3  # rad/s/sqrt(Hz); how up wanders in the sensor, ADR 6
    acc_share: float = 0.15  # s; noise of gravity, of the variance of |a|, ADR 6
    acc_floor: float = 0.02  # (m/s^2)^2 s; the same when still, ADR 6
    activity_s: float = 1.0  # s; memory of that variance, ADR 6
    norm_s: float = 10.0  # s; average of |a|: sensors' gains are off by some per cent. Ours
    sway_s: float = 0.5  # s; average of the acceleration from which its sway is told, ADR 6
    sway_share: float = 0.2  # 1; of the sway's square that makes up less certain, ADR 6


KNOWN = 64  # of parameters whose arrays are kept. Ours
_known: dict[int, tuple[Params | GravityParams, NDArray[np.float64]]] = {}


def as_array(params: Params | GravityParams) -> NDArray[np.float64]:
    """The fields in order, float64, read-only."""
    found = _known.get(id(params))  # to hash thirty numbers takes longer than all the rest
    if found is not None:
        return found[1]
    values = np.array(astuple(params), dtype=np.float64)
    values.setflags(write=False)
    if len(_known) >= KNOWN:
        _known.clear()
    _known[id(params)] = params, values  # which keeps the id taken
    return values


def _all_doubles(fields: dict[str, tuple[int, ...]]) -> np.dtype[np.void]:
    return np.dtype([(name, np.float64, shape) for name, shape in fields.items()])


MEMORY = _all_doubles(
    {
        "count": (),  # samples since the start
        "hops": (),
        "q": (4,),  # inertial from sensor, wxyz
        "x": (9,),  # gravity [m/s^2], velocity [m/s], both inertial; gyroscope bias [rad/s]
        "p": (9, 9),  # covariance of x
        "up": (3,),  # unit vector, inertial
        "sigma": (),  # standard deviation of its direction [rad]
        "in_hop": (),  # samples in the unfinished hop, and sums over them
        "sum_acc": (3,),
        "sum_turn": (9,),
        "sum_gyr": (3,),
        "sum_rate_sq": (),
        "lost_sq": (),  # squared angle that was not measured [rad^2]
        "loudest": (),  # largest deviation, 1 where quiet ends
        "acc_slow": (3,),
        "swing": (3,),  # velocity without what is slow [m/s]
        "activity": (),  # its square, averaged [m^2/s^2]
        "gyr_low": (3,),
        "acc_low": (3,),
        "still_s": (),  # how long at rest
        "gyr_last": (3,),
        "gyr_top": (3,),  # largest rate seen
        "clipped": (3,),  # samples that the rate has stood there
        "bridged": (),  # samples interpolated in a row
    }
)

GRAVITY_MEMORY = _all_doubles(
    {
        "count": (),
        "gravity": (3,),  # sensor axes [m/s^2]
        "variance": (),  # of it [m^2/s^4]
        "activity": (),  # variance of |a| [m^2/s^4]
        "norm": (),  # average of |a| [m/s^2]
        "acc_low": (3,),
        "sway": (),  # variance of the acceleration about that [m^2/s^4]
    }
)
