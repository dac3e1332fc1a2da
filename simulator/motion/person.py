"""Who wears the sensor and where: the figures that differ from one back to the next."""

from dataclasses import dataclass
from math import radians

import numpy as np

from monitor.model import Placement
from simulator.motion.kinematics import Lever

# Sensor from the hip joint, an adult of about 1.75 m; chosen by us. The upper back's 0.42 m is
# the length used to emulate it when stoop and squat were told apart on public recordings.
LEVERS = {
    Placement.UPPER_BACK: Lever(forward_m=-0.10, up_m=0.42),
    Placement.CHEST: Lever(forward_m=0.12, up_m=0.36),
    Placement.LOW_BACK: Lever(forward_m=-0.10, up_m=0.10),
    Placement.WAIST: Lever(forward_m=0.08, up_m=0.05),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One back and one place on it.

    Attributes:
        placement: where the sensor is worn.
        lever: the same, in metres.
        sit_rad: sagittal angle at that place sitting upright, against standing.
        seat_drop_m: how far the hip sinks onto a chair.
        step_hz: usual steps a second.
        bob_m: amplitude of the hip's rise and fall at the step frequency.
        sway_stand_rad, sway_sit_rad: RMS of postural sway.
        breath_hz, breath_rad: breathing as it shows in the sagittal angle.
        restless_mps2: RMS of small accelerations upwards, standing; sitting has 0.8 of it.
        turning_radps: RMS of small turns about the vertical, standing; sitting has 0.25 of it.
        heart_hz: mean heart rate at rest.
        heart_mps2: RMS of what the heartbeat adds to the acceleration upwards.
        strike_mps2: largest acceleration upwards of the ringing after a heel strike.
        tissue_hz: what the soft tissue under the sensor rings at.
    """

    placement: Placement
    lever: Lever
    sit_rad: float
    seat_drop_m: float
    step_hz: float
    bob_m: float
    sway_stand_rad: float
    sway_sit_rad: float
    breath_hz: float
    breath_rad: float
    restless_mps2: float
    turning_radps: float
    heart_hz: float
    heart_mps2: float
    strike_mps2: float
    tissue_hz: float

    @property
    def on_pelvis(self) -> bool:
        """Whether the place moves with the pelvis rather than with the chest."""
        return self.placement in (Placement.LOW_BACK, Placement.WAIST)


def draw_person(rng: np.random.Generator, placement: Placement) -> Person:
    """A person drawn at random; the same draw at every placement."""
    # Sitting against standing: hapt_waist 32 deg (16-43) at a chair, backward; chest_desk
    # 12 deg (7.5-22) in any direction, of which sitting tall is taken to be the smaller part.
    sit_pelvis, sit_chest = -spread(rng, 16, 30, 40), spread(rng, -4, 1, 6)
    seat_drop, step_hz = spread(rng, 0.36, 0.42, 0.48), spread(rng, 1.65, 1.8, 1.95)
    bob_m = spread(rng, 0.015, 0.021, 0.026)
    # hapt_waist, tilt under 0.5 Hz: 0.32 deg standing, 0.23 sitting; chest_desk 0.79 and 0.41.
    stand_pelvis, stand_chest = spread(rng, 0.2, 0.32, 0.5), spread(rng, 0.3, 0.5, 0.8)
    sit_share = rng.uniform(0.5, 0.8)
    breath_hz = spread(rng, 0.2, 0.26, 0.32)
    breath_pelvis, breath_chest = spread(rng, 0.05, 0.1, 0.2), spread(rng, 0.25, 0.4, 0.7)
    # hapt_waist and lowback_gait: RMS upwards of windows of 5 s less the sensor's noise.
    restless = spread(rng, 0.013, 0.027, 0.075)
    # lowback_gait, the first 4 s of standing: 1.3 deg/s (0.3-3.4); later they are setting off.
    turning = radians(spread(rng, 0.4, 1.0, 2.2))
    heart_hz, heart = spread(rng, 1.0, 1.15, 1.45), spread(rng, 0.008, 0.014, 0.022)
    # Fitted to the spectra of walking above 5 Hz of both sets.
    strike, tissue_hz = spread(rng, 1.5, 3.2, 6.0), spread(rng, 5.5, 6.7, 8.5)
    pelvis = placement in (Placement.LOW_BACK, Placement.WAIST)
    sway = radians(stand_pelvis if pelvis else stand_chest)
    return Person(
        placement=placement,
        lever=LEVERS[placement],
        sit_rad=radians(sit_pelvis if pelvis else sit_chest),
        seat_drop_m=seat_drop,
        step_hz=step_hz,
        bob_m=bob_m,
        sway_stand_rad=sway,
        sway_sit_rad=sway * sit_share,
        breath_hz=breath_hz,
        breath_rad=radians(breath_pelvis if pelvis else breath_chest),
        restless_mps2=restless,
        turning_radps=turning,
        heart_hz=heart_hz,
        heart_mps2=heart,
        strike_mps2=strike,
        tissue_hz=tissue_hz,
    )


def spread(rng: np.random.Generator, p10: float, p50: float, p90: float) -> float:
    """A value with these 10, 50 and 90 % points; two half normals, cut at 1.7 sd."""
    z = float(np.clip(rng.standard_normal(), -1.7, 1.7))
    return p50 + z / 1.2816 * (p90 - p50 if z > 0 else p50 - p10)
