"""Clocks and counts of the device that run wrong, wrap or begin anew."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.device import US_PER_S, DeviceParams
from simulator.faults.act import Act, Need, Patient, Timed
from simulator.faults.wording import AT, EVERY, Argument, Fault, seconds

_WRAP = 2.0**32  # both a u32 of samples (spec.md section 5.2) and of microseconds


class SequenceWrap(Act):
    NAME = "sequence-wrap"
    DOES = "the count of samples passes 2^32 some time after power-up"
    ARGUMENTS = (seconds("after", 10.0),)
    NEEDS = Need.FIRMWARE | Need.START

    def params(self, params: DeviceParams) -> DeviceParams:
        samples = round(self.fault.number("after") * params.rate_hz)
        return replace(params, first_sequence=int(_WRAP) - max(1, samples))


class TickWrap(Act):
    NAME = "tick-wrap"
    DOES = "the device's clock has 32 bits of microseconds and wraps some time after power-up"
    ARGUMENTS = (seconds("after", 10.0),)
    NEEDS = Need.FIRMWARE | Need.START

    def clock(self, device_us: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.mod(device_us - self.fault.number("after") * US_PER_S, _WRAP)


class ClockDrift(Act):
    NAME = "clock-drift"
    DOES = "the device's clock runs fast; negative: slow"
    ARGUMENTS = (Argument("ppm", 200.0, "ppm", -100_000.0, 100_000.0),)
    NEEDS = Need.FIRMWARE | Need.START

    def params(self, params: DeviceParams) -> DeviceParams:
        return replace(params, clock_error_ppm=self.fault.number("ppm"))


class ClockJump(Timed):
    NAME = "clock-jump"
    DOES = "the device's clock jumps; negative: back"
    ARGUMENTS = (Argument("by", 5.0, "s", -86_400.0, 86_400.0), AT, EVERY)
    NEEDS = Need.FIRMWARE

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._off_us = 0.0

    def booted(self) -> None:
        self._off_us = 0.0

    def clock(self, device_us: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.maximum(device_us + self._off_us, 0.0)

    async def strike(self, patient: Patient) -> None:
        del patient
        self._off_us += self.fault.number("by") * US_PER_S


class ClockReset(Timed):
    NAME = "clock-reset"
    DOES = "the device's clock goes back to zero, without a restart"
    ARGUMENTS = (AT, EVERY)
    NEEDS = Need.FIRMWARE

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._zero_us = self._last_us = 0.0

    def booted(self) -> None:
        self._zero_us = self._last_us = 0.0

    def clock(self, device_us: NDArray[np.float64]) -> NDArray[np.float64]:
        self._last_us = float(device_us.max(initial=0.0))
        return np.maximum(device_us - self._zero_us, 0.0)

    async def strike(self, patient: Patient) -> None:
        del patient
        self._zero_us = self._last_us


class UnequalCounts(Act):
    NAME = "unequal-counts"
    DOES = "it samples faster than it says, so of several sensors one gives more; negative: fewer"
    ARGUMENTS = (Argument("percent", 1.0, "%", -5.0, 5.0),)
    NEEDS = Need.FIRMWARE | Need.START

    def params(self, params: DeviceParams) -> DeviceParams:
        return replace(params, rate_error_ppm=self.fault.number("percent") * 1e4)


CLOCKS: tuple[type[Act], ...] = (
    SequenceWrap,
    TickWrap,
    ClockDrift,
    ClockJump,
    ClockReset,
    UnequalCounts,
)
