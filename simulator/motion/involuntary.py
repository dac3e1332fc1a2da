"""What a body does without being asked: sway, breath and small unrest."""

import numpy as np
from numpy.typing import NDArray

from simulator.motion.channels import Channel
from simulator.motion.curves import draw_chorus, product
from simulator.motion.person import Person

# rad/s of unrest in each angle for 1 m/s^2 of it in the hip. Low backs of people about to walk turn
# at 1.8 deg/s (0.6-9) RMS (lowback_gait, docs/simulator.md); this is the still end of that.
TURNING = 0.17


class Involuntary:
    """Added to the voluntary movement in proportion to the strengths among the channels."""

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        # Sway: most of its power below 0.5 Hz. Unrest: 0.4 to 5 Hz, level in acceleration of
        # the hip and in rate of the angles.
        self._sway = {
            channel: draw_chorus(rng, 0.05, 1.0, 8, slope=1.0)
            for channel in (Channel.SAGITTAL, Channel.LATERAL)
        }
        self._unrest = {
            channel: draw_chorus(rng, 0.4, 4.0, 8, slope=2.0, unit_of=2)
            for channel in (Channel.HIP_FORWARD, Channel.HIP_LEFT, Channel.HIP_UP)
        }
        self._unrest |= {
            channel: draw_chorus(rng, 0.5, 5.0, 6, slope=1.0, unit_of=1).scaled(TURNING)
            for channel in (Channel.SAGITTAL, Channel.LATERAL, Channel.YAW)
        }
        self._breath_radps = 2 * np.pi * person.breath_hz

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        """Add to `jets`, shape (channels, 3, n), at times `t_s` since the beginning [s]."""
        for channel, sway in self._sway.items():
            jets[channel] += product(jets[Channel.SWAY], sway.jet(t_s))
        for channel, unrest in self._unrest.items():
            jets[channel] += product(jets[Channel.RESTLESS], unrest.jet(t_s))
        w = self._breath_radps
        sine, cosine = np.sin(w * t_s), np.cos(w * t_s)
        breath = np.stack([sine, w * cosine, -w * w * sine])
        jets[Channel.SAGITTAL] += product(jets[Channel.BREATH], breath)
