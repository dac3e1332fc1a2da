"""A simulated sensor without its radio: the firmware core, fed by clocks with errors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.core import AXES, CoreSetup, DeviceCore
from simulator.imu import ACC_RANGE_G, GYR_RANGE_DPS

US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class DeviceParams:
    """One make of sensor.

    Attributes:
        rate_hz: nominal sampling rate; the only one the motion sensor has.
        samples_per_frame: how many samples the firmware gathers before it sends.
        acc_range_g: full scale of the accelerometer.
        gyr_range_dps: full scale of the gyroscope.
        rate_error_ppm: how much faster than nominal the sensor chip really samples.
        clock_error_ppm: how much faster than true time the device's clock runs.
        ring_samples: how many samples it keeps.
        first_sequence: number of the first sample after power-up; other than 0 only to test wraps.
    """

    rate_hz: float = 100.0
    samples_per_frame: int = 10
    acc_range_g: int = ACC_RANGE_G
    gyr_range_dps: int = GYR_RANGE_DPS
    rate_error_ppm: float = 0.0
    clock_error_ppm: float = 0.0
    ring_samples: int = 65_536
    first_sequence: int = 0

    @property
    def period_s(self) -> float:
        """True time from one sample to the next."""
        return 1 / (self.rate_hz * (1 + self.rate_error_ppm * 1e-6))


class Device:
    """A sensor that stamps what it samples with its own clock.

    Attributes:
        sampled: samples since power-up, those the motion sensor lost included.
        distort: what the clock shows where it should show these times [us]; for faults.
    """

    def __init__(self, boot_id: int, params: DeviceParams | None = None) -> None:
        """Without power yet."""
        self.params = params or DeviceParams()
        self.sampled = 0
        self.distort: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda us: us
        self._boot_id = boot_id
        self._core: DeviceCore | None = None

    @property
    def core(self) -> DeviceCore:
        """The firmware; `power_up` comes first."""
        assert self._core is not None
        return self._core

    def power_up(self) -> None:
        """Start the firmware. Builds the C core if that was not done yet, which takes seconds."""
        if self._core is None:
            self._core = DeviceCore(
                self._boot_id,
                CoreSetup(
                    ring_samples=self.params.ring_samples,
                    rates_mhz=(round(self.params.rate_hz * 1000),),
                    acc_ranges_g=(self.params.acc_range_g,),
                    gyr_ranges_dps=(self.params.gyr_range_dps,),
                    frame_samples=self.params.samples_per_frame,
                    first_sequence=self.params.first_sequence,
                ),
            )

    def reboot(self, boot_id: int) -> None:
        """Power off and on: samples, counts and clock begin anew."""
        self.core.reboot(boot_id)
        self.sampled = 0

    def sample(self, counts: NDArray[np.int16]) -> None:
        """Take samples, one period apart; counts have shape (n, 6).

        Raises:
            ValueError: another shape.
        """
        if counts.ndim != 2 or counts.shape[1] != AXES:
            raise ValueError(f"counts have shape {counts.shape}, expected (n, {AXES})")
        numbers = np.arange(self.sampled, self.sampled + len(counts), dtype=np.float64)
        taken_s = numbers * self.params.period_s
        self.core.push_samples(counts, self._clock_us(taken_s))
        self.sampled += len(counts)

    def lose(self, count: int) -> None:
        """The motion sensor fails to deliver `count` samples."""
        self.core.skip_samples(count)
        self.sampled += count

    def taken_s(self, index: int) -> float:
        """When sample `index` since power-up is taken: true time since then."""
        return index * self.params.period_s

    def clock_us(self, up_s: float) -> int:
        """The device clock, `up_s` of true time after power-up."""
        return int(self._clock_us(np.array([up_s]))[0])

    def _clock_us(self, up_s: NDArray[np.float64]) -> NDArray[np.uint64]:
        error = 1 + self.params.clock_error_ppm * 1e-6
        return np.rint(self.distort(up_s * error * US_PER_S)).astype(np.uint64)
