"""What a body does without being asked, or a vehicle to it."""

import numpy as np
from numpy.typing import NDArray

from simulator.motion.channels import Channel
from simulator.motion.curves import Jet, draw_chorus, draw_noise, product, spectrum_rms
from simulator.motion.person import Person

# Spectra of the unrest at rest, median of windows of 5 s of hapt_waist and lowback_gait less the
# sensors' own noise (development halves): acceleration in mg/sqrt(Hz). Level up to 8 Hz upwards,
# falling from the start across; what there is below 1 Hz across is sway. Above 4 Hz it is tremor.
UNREST_HZ = (0.4, 1.0, 2.0, 4.0, 8.0, 10.0, 12.0, 16.0)
UNREST_UP = (0.45, 0.6, 0.85, 0.95, 0.85, 0.65, 0.45, 0.2)
UNREST_ACROSS = (1.6, 2.0, 1.6, 1.25, 0.85, 0.7, 0.5, 0.25)
# Turning, deg/s/sqrt(Hz); lowback_gait, standing.
TURNING_HZ = (0.15, 0.3, 1.0, 2.0, 4.0, 8.0)
TURNING_UP = (1.0, 0.95, 0.95, 0.5, 0.2, 0.07)
TURNING_ACROSS = (0.3, 0.5, 0.5, 0.3, 0.12, 0.06)
# A chest that leaned back and forth as the pelvis does would, at the end of its lever, be shaken
# twice as much as it is (forth_torso, standing).
ACROSS_OF_CHEST = 0.5
# Ballistocardiogram: each beat a short swing about 5 Hz, head to foot most of all. Windows of
# hapt_waist sitting whose 3 to 10 Hz envelope repeats at 0.9 to 2 Hz are 18 %, of the same with
# random phases 3 %: it is there, beside the tremor, and of its size.
BEAT_HZ, BEAT_BAND_HZ = 5.5, 2.0  # Hz, middle and standard deviation; chosen by us within that
BEAT_ACROSS = 0.5  # of the strength upwards; chosen by us
# Relative depth of the changes of heart rate: with the breath, and at 0.1 Hz; chosen by us, some
# 5 % of the interval, as in healthy adults at rest.
HRV = 0.05
SLOW_HZ = 0.1  # Hz
# A car's floor at the seat: the body on its springs, the person on the seat, the wheels; relative
# density of the acceleration upwards. Chosen by us after the usual description of a road vehicle.
ROAD_HZ = (0.5, 1.0, 1.5, 2.5, 4.0, 5.5, 8.0, 11.0, 14.0, 20.0)
ROAD_UP = (0.3, 1.2, 1.4, 0.6, 0.8, 0.7, 0.35, 0.5, 0.3, 0.1)
ROAD_ACROSS = 0.5  # of the strength upwards; chosen by us
ROAD_TURNING = 0.045  # rad/s of pitch and roll per m/s^2 upwards: 1 deg/s at 0.4; chosen by us
ROAD_TURNING_HZ = (0.4, 2.5)  # Hz

_UNREST_RMS = spectrum_rms(UNREST_HZ, UNREST_UP)
_TURNING_RMS = spectrum_rms(TURNING_HZ, TURNING_UP)
_ROAD_RMS = spectrum_rms(ROAD_HZ, ROAD_UP)
_ACROSS = (Channel.HIP_FORWARD, Channel.HIP_LEFT)


class Involuntary:
    """Added to the voluntary movement in proportion to the strengths among the channels."""

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        # Sway: most of its power below 0.5 Hz.
        self._parts = [
            (Channel.SWAY, channel, draw_chorus(rng, 0.05, 1.0, 8, slope=1.0))
            for channel in (Channel.SAGITTAL, Channel.LATERAL)
        ]
        across = 1.0 if person.on_pelvis else ACROSS_OF_CHEST
        for channel, turned, share in (
            (Channel.YAW, TURNING_UP, 1.0),
            (Channel.SAGITTAL, TURNING_ACROSS, across),
            (Channel.LATERAL, TURNING_ACROSS, across),
        ):
            turning = draw_noise(rng, TURNING_HZ, turned, unit_of=1)
            self._parts.append((Channel.TURNING, channel, turning.scaled(share / _TURNING_RMS)))
        for channel in (Channel.HIP_UP, *_ACROSS):
            density = UNREST_UP if channel is Channel.HIP_UP else UNREST_ACROSS
            unrest = draw_noise(rng, UNREST_HZ, density)
            self._parts.append((Channel.RESTLESS, channel, unrest.scaled(1 / _UNREST_RMS)))
        for channel in (Channel.HIP_UP, *_ACROSS):
            road = draw_noise(rng, ROAD_HZ, ROAD_UP)
            share = 1.0 if channel is Channel.HIP_UP else ROAD_ACROSS
            self._parts.append((Channel.ROAD, channel, road.scaled(share / _ROAD_RMS)))
        for channel in (Channel.SAGITTAL, Channel.LATERAL):
            rocking = draw_chorus(rng, *ROAD_TURNING_HZ, 10, slope=1.0, unit_of=1)
            self._parts.append((Channel.ROAD, channel, rocking.scaled(ROAD_TURNING)))
        self._breath_radps = 2 * np.pi * person.breath_hz
        self._heart_radps = 2 * np.pi * person.heart_hz
        self._slow_rad = rng.uniform(0, 2 * np.pi)

    def add_to(self, jets: NDArray[np.float64], t_s: NDArray[np.float64]) -> None:
        """Add to `jets`, shape (channels, 3, n), at evenly spaced times `t_s` [s]."""
        strengths = {strength: jets[strength].copy() for strength, _, _ in self._parts}
        for strength, channel, chorus in self._parts:
            if strengths[strength].any():
                jets[channel] += product(strengths[strength], chorus.jet(t_s))
        w = self._breath_radps
        sine, cosine = np.sin(w * t_s), np.cos(w * t_s)
        breath = np.stack([sine, w * cosine, -w * w * sine])
        jets[Channel.SAGITTAL] += product(jets[Channel.BREATH], breath)
        if jets[Channel.HEART].any():
            beat = product(jets[Channel.HEART], self._beat(t_s))
            jets[Channel.HIP_UP] += beat
            jets[Channel.HIP_FORWARD] += BEAT_ACROSS * beat

    def _beat(self, t_s: NDArray[np.float64]) -> Jet:
        """The heart's swings, unit RMS of the second derivative; a series of the phase."""
        w = self._heart_radps
        angle, angle_1, angle_2 = w * t_s, np.full(len(t_s), w), np.zeros(len(t_s))
        for slow, phase in ((self._breath_radps, 0.0), (2 * np.pi * SLOW_HZ, self._slow_rad)):
            turn = slow * t_s + phase
            angle += HRV * w / slow * np.sin(turn)
            angle_1 += HRV * w * np.cos(turn)
            angle_2 -= HRV * w * slow * np.sin(turn)
        orders = np.arange(1, int(2 * np.pi * (BEAT_HZ + 2 * BEAT_BAND_HZ) / w) + 1)
        size = np.exp(-0.5 * ((orders * w / (2 * np.pi) - BEAT_HZ) / BEAT_BAND_HZ) ** 2)
        size /= np.sqrt(np.sum(size**2) / 2) * (orders * w) ** 2
        once = np.exp(1j * angle)
        turned = np.ones_like(once)
        jet = np.zeros((3, len(t_s)))
        for order, amplitude in zip(orders, size, strict=True):
            turned *= once
            sine, cosine = amplitude * turned.imag, amplitude * turned.real
            first = order * angle_1
            jet += [sine, first * cosine, order * angle_2 * cosine - first**2 * sine]
        return jet
