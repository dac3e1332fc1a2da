"""Raw chunks as a device with a drifting crystal would send them over a stalling radio."""

from dataclasses import dataclass

import numpy as np

from monitor.model import RawChunk

RATE_HZ = 100.0
EPOCH_NS = 1_700_000_000_000_000_000
LEAST_DELAY_S = 0.004
INTERVAL_S = 0.030  # connection interval


@dataclass(frozen=True)
class Device:
    """A device whose clock and sampling run off true time.

    Attributes:
        drift_ppm: by how much its clock is fast.
        sampling_ppm: by how much its sampling is fast against its own clock.
    """

    drift_ppm: float = 40.0
    sampling_ppm: float = 0.0
    boot_id: int = 1
    booted_s: float = 123.0  # on its clock, when true time is 0

    def true_s(self, sequence):
        """True time of a sample [s after EPOCH_NS]."""
        device_s = sequence / (RATE_HZ * (1 + self.sampling_ppm * 1e-6))
        return device_s / (1 + self.drift_ppm * 1e-6)

    def device_us(self, sequence):
        """What its clock shows at a sample [us]."""
        device_s = sequence / (RATE_HZ * (1 + self.sampling_ppm * 1e-6))
        return round((device_s + self.booted_s) * 1e6)

    def chunk(self, sequence, at_s, n=10):
        """A raw chunk that arrives at true time `at_s`; acc x counts samples."""
        acc = np.zeros((n, 3))
        acc[:, 0] = np.arange(sequence, sequence + n)
        return RawChunk(
            at_ns=EPOCH_NS + round(at_s * 1e9),
            boot_id=self.boot_id,
            sequence=sequence,
            device_us=self.device_us(sequence),
            rate_hz=RATE_HZ,
            acc_mps2=acc,
            gyr_radps=-acc,
            saturated=np.zeros(n, dtype=np.bool_),
        )


def stalling_delays(sent_s, rng):
    """Delay of each frame: a connection interval, retransmissions, and a stall a minute.

    The model of the experiment behind `ClockParams`: stalls hold frames for 0.2 to 1.5 s and
    let them go at once. Frames stay in order.
    """
    n = len(sent_s)
    delay = LEAST_DELAY_S + rng.uniform(0, INTERVAL_S, n)
    delay += INTERVAL_S * (rng.geometric(0.85, n) - 1)
    for start in rng.uniform(sent_s[0], sent_s[-1], int((sent_s[-1] - sent_s[0]) / 60)):
        length = rng.uniform(0.2, 1.5)
        held = (sent_s >= start) & (sent_s < start + length)
        delay[held] = np.maximum(delay[held], start + length - sent_s[held] + LEAST_DELAY_S)
    return np.maximum.accumulate(sent_s + delay) - sent_s


def stream(device, seconds, rng=None, n=10, first=0):
    """Chunks of `n` samples over `seconds`; without `rng` each comes after the least delay."""
    sequences = np.arange(first, first + int(seconds * RATE_HZ) - n + 1, n)
    sent_s = np.array([device.true_s(s + n - 1) for s in sequences])
    late_s = np.full(len(sent_s), LEAST_DELAY_S) if rng is None else stalling_delays(sent_s, rng)
    return [
        device.chunk(int(s), t + d, n) for s, t, d in zip(sequences, sent_s, late_s, strict=True)
    ]
