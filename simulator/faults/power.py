"""Firmware that restarts, a battery that empties, and a motion sensor that skips."""

import asyncio
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.device import DeviceParams
from simulator.faults.act import Act, Need, Patient, Timed
from simulator.faults.wording import AT, EVERY, Argument, seconds


class Reboot(Timed):
    NAME = "reboot"
    DOES = "the sensor restarts: connection, clock, counts and stored samples are gone"
    ARGUMENTS = (AT, EVERY)
    NEEDS = Need.FIRMWARE
    PASSES = True

    async def strike(self, patient: Patient) -> None:
        assert patient.board is not None
        await patient.board.reboot(int(self.rng.integers(1, 2**32)))


class BatteryFlat(Timed):
    NAME = "battery-flat"
    DOES = "the battery falls to nothing, the sensor goes out, and is charged later"
    ARGUMENTS = (seconds("off", 60.0), AT, EVERY)
    NEEDS = Need.FIRMWARE
    PASSES = True

    async def strike(self, patient: Patient) -> None:
        board = patient.board
        assert board is not None
        try:
            for percent in (5, 1, 0):
                await board.set_battery(percent)
                await asyncio.sleep(1.0)
            await board.power_off()
            await asyncio.sleep(self.fault.number("off"))
        finally:
            await board.power_on(int(self.rng.integers(1, 2**32)))
            await board.set_battery(100)


class MissedSamples(Act):
    NAME = "missed-samples"
    DOES = "now and then the motion sensor delivers nothing for a while"
    ARGUMENTS = (
        Argument("per-minute", 2.0, "times", 0.0, 600.0),
        seconds("lasting", 0.2),
    )
    NEEDS = Need.FIRMWARE

    _left = 0

    def delivers(self, count: int) -> NDArray[np.bool_]:
        there = np.ones(count, bool)
        chance = self.fault.number("per-minute") / 60 / self.rate_hz
        for index in range(count):
            if not self._left and self.rng.random() < chance:
                self._left = max(1, round(self.fault.number("lasting") * self.rate_hz))
            if self._left:
                there[index] = False
                self._left -= 1
        return there

    def params(self, params: DeviceParams) -> DeviceParams:
        self.rate_hz = params.rate_hz
        return params


class SmallRing(Act):
    NAME = "small-ring"
    DOES = "the sensor keeps so little that what was not fetched soon is overwritten"
    ARGUMENTS = (seconds("holds", 10.0),)
    NEEDS = Need.FIRMWARE | Need.START

    def params(self, params: DeviceParams) -> DeviceParams:
        return replace(params, ring_samples=round(self.fault.number("holds") * params.rate_hz))


POWER: tuple[type[Act], ...] = (Reboot, BatteryFlat, MissedSamples, SmallRing)
