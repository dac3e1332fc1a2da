"""Firmware of a simulated sensor: counts to frames."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import PROTOCOL_VERSION, ImuFrame, SensorConfig
from simulator.imu import ACC_RANGE_G, GYR_RANGE_DPS

AXES = 6  # accelerometer xyz, gyroscope xyz


@dataclass(frozen=True, slots=True)
class DeviceParams:
    """One make of sensor.

    Attributes:
        rate_hz: nominal sampling rate.
        samples_per_frame: how many samples the firmware gathers before it sends.
        acc_range_g: full scale of the accelerometer.
        gyr_range_dps: full scale of the gyroscope.
        rate_error_ppm: how much faster than nominal the sensor chip really samples.
        clock_error_ppm: how much faster than true time the device's clock runs.
    """

    rate_hz: float = 100.0
    samples_per_frame: int = 10
    acc_range_g: int = ACC_RANGE_G
    gyr_range_dps: int = GYR_RANGE_DPS
    rate_error_ppm: float = 0.0
    clock_error_ppm: float = 0.0

    @property
    def period_s(self) -> float:
        """True time from one sample to the next."""
        return 1 / (self.rate_hz * (1 + self.rate_error_ppm * 1e-6))


class Device:
    """One power-up of a sensor: it counts samples and stamps them with its own clock."""

    def __init__(self, boot_id: int, params: DeviceParams | None = None) -> None:
        self.params = params or DeviceParams()
        self.boot_id = boot_id
        self._pending = np.empty((0, AXES), np.int16)
        self._framed = 0  # samples since boot that have left in frames

    def config(self, samples_per_frame: int) -> SensorConfig:
        """What the device says of itself where frames hold at most `samples_per_frame`."""
        return SensorConfig(
            version=PROTOCOL_VERSION,
            boot_id=self.boot_id,
            rate_mhz=round(self.params.rate_hz * 1000),
            acc_range_g=self.params.acc_range_g,
            gyr_range_dps=self.params.gyr_range_dps,
            samples_per_frame=min(self.params.samples_per_frame, samples_per_frame),
        )

    def push(self, counts: NDArray[np.int16]) -> list[ImuFrame]:
        """Sample `counts`, shape (n, 6); returns the frames that are full.

        Raises:
            ValueError: another shape.
        """
        if counts.ndim != 2 or counts.shape[1] != AXES:
            raise ValueError(f"counts have shape {counts.shape}, expected (n, {AXES})")
        pending = np.concatenate([self._pending, counts])
        size = self.params.samples_per_frame
        whole = len(pending) // size * size
        frames = [self._frame(pending[i : i + size]) for i in range(0, whole, size)]
        self._pending = pending[whole:]
        return frames

    def split(self, frame: ImuFrame, samples_per_frame: int) -> Iterator[ImuFrame]:
        """Cut a frame for a smaller MTU."""
        for start in range(0, len(frame.counts), samples_per_frame):
            yield replace(
                frame,
                sequence=(frame.sequence + start) % 2**32,
                device_us=frame.device_us + self._device_us(start),
                counts=frame.counts[start : start + samples_per_frame],
            )

    def _frame(self, counts: NDArray[np.int16]) -> ImuFrame:
        first = self._framed
        self._framed += len(counts)
        return ImuFrame(
            boot_id=self.boot_id,
            sequence=first % 2**32,
            device_us=self._device_us(first),
            counts=counts.copy(),
        )

    def _device_us(self, samples: int) -> int:
        true_s = samples * self.params.period_s
        return round(true_s * (1 + self.params.clock_error_ppm * 1e-6) * 1e6)
