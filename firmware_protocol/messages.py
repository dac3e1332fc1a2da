"""Messages as the firmware means them: counts and ticks, not SI units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PROTOCOL_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class ImuFrame:
    """One notification: `n` samples taken one sampling period apart.

    Attributes:
        boot_id: drawn at random by the device at each power-up, u32.
        sequence: samples since boot of sample 0, u32, wraps at 2**32. It counts samples,
            not frames, so a gap is known to the sample and framing does not matter.
        device_us: device clock at sample 0 [us since boot], u64.
        counts: accelerometer xyz then gyroscope xyz [LSB], int16, shape (n, 6), 1 <= n <= 255.
    """

    boot_id: int
    sequence: int
    device_us: int
    counts: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """What the device says of itself on the config characteristic.

    Attributes:
        version: protocol version, 1.
        boot_id: as in the frames that follow.
        rate_mhz: nominal sampling rate [mHz].
        acc_range_g: full scale of the accelerometer: 32768 counts are this many g.
        gyr_range_dps: full scale of the gyroscope: 32768 counts are this many deg/s.
        samples_per_frame: the most samples a live frame will hold at the present MTU.
    """

    version: int
    boot_id: int
    rate_mhz: int
    acc_range_g: int
    gyr_range_dps: int
    samples_per_frame: int
