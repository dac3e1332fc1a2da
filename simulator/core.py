"""The firmware of a simulated sensor: samples and writes to notifications, by the C core itself."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import SensorConfig, decode_config, gatt
from firmware_protocol.codes import Capability, ConditionFlag, EventKind, Fault
from simulator.core_compiled import CompiledCore, NoCompilerError
from simulator.core_model import CoreModel
from simulator.errors import SimulatorError

CHANNELS = (gatt.IMU, gatt.CONTROL, gatt.EVENTS, gatt.BACKFILL)  # in the order of enum bw_channel
AXES = 6
BLOCK_SAMPLES, BLOCK_BYTES = 16, 240  # bw_ring.h
ATT_NOT_PERMITTED = 0x03  # Bluetooth Core 5.4, Vol 3, Part F, 3.4.1.1
_ALL = 2**32 - 1


class CoreError(SimulatorError):
    """The device core was asked for something it cannot be."""


class Engine(enum.Enum):
    """What runs as firmware."""

    C = "the C core, compiled"
    MODEL = "the Python model of the C core"


@dataclass(frozen=True, slots=True)
class CoreSetup:
    """One make of sensor. The first rate and the first ranges are the defaults.

    Attributes:
        ring_samples: how many samples the ring holds; rounded up to whole blocks of 16.
        frame_samples: in a live frame, unless the host asks otherwise.
        capabilities: bits of `Capability`.
        first_sequence: number of the first sample after power-up; other than 0 only to test wraps.
    """

    ring_samples: int = 65_536
    rates_mhz: tuple[int, ...] = (100_000, 50_000, 200_000)
    acc_ranges_g: tuple[int, ...] = (8, 2, 4, 16)
    gyr_ranges_dps: tuple[int, ...] = (1000, 250, 500, 2000)
    frame_samples: int = 10
    capabilities: int = Capability.HAPTIC | Capability.BUTTON | Capability.WEAR | Capability.CHARGER
    first_sequence: int = 0

    @property
    def blocks(self) -> int:
        """Blocks of the ring."""
        return max(2, -(-self.ring_samples // BLOCK_SAMPLES))


@dataclass(frozen=True, slots=True)
class CoreStatistics:
    """Counters since power-up.

    Attributes:
        samples: samples taken.
        frames: IMU frames sent live.
        compact_frames: compact frames sent live.
        backfilled: samples sent again.
        skipped: samples passed over live, because the radio did not take them.
        overwritten: samples overwritten in the ring before any host acknowledged them.
        never_sampled: samples the motion sensor did not deliver.
        notifications: notifications the radio took.
        refused_notifications: times the radio had no room.
        refused_commands: commands answered otherwise than OK.
        lost_events: events that found no place.
        cues: patterns played by rules of the device.
    """

    samples: int
    frames: int
    compact_frames: int
    backfilled: int
    skipped: int
    overwritten: int
    never_sampled: int
    notifications: int
    refused_notifications: int
    refused_commands: int
    lost_events: int
    cues: int


@dataclass(frozen=True, slots=True)
class BoardCondition:
    """What the board tells the core of itself.

    Attributes:
        battery_percent: None if not known.
        worn: None if not known.
        self_test: bits of `Fault`.
    """

    battery_percent: int | None = None
    battery_mv: int = 0
    charging: bool = False
    worn: bool | None = None
    self_test: int = field(default=0)


class Core(Protocol):
    """What both engines can do; see `bw_host.h`."""

    def set_clock(self, now_us: int) -> None: ...
    def set_store_fails(self, fails: bool) -> None: ...
    def samples(self, counts: NDArray[np.int16], device_us: NDArray[np.uint64]) -> None: ...
    def skip(self, count: int) -> None: ...
    def connected(self, mtu: int) -> None: ...
    def mtu(self, mtu: int) -> None: ...
    def disconnected(self) -> None: ...
    def subscribed(self, channel: int, on: bool) -> None: ...
    def write(self, channel: int, payload: bytes) -> int: ...
    def button(self, kind: int) -> None: ...
    def condition(self, flags: int, percent: int, millivolts: int, self_test: int) -> None: ...
    def poll(self, room: int) -> list[tuple[int, bytes]]: ...
    def config(self) -> bytes: ...
    def boot_id(self) -> int: ...
    def haptic(self) -> int: ...
    def saved(self) -> bytes | None: ...
    def statistics(self) -> tuple[int, ...]: ...


class DeviceCore:
    """One sensor from power-up on, without motion, battery or radio.

    Feed it in the order in which things happen. Nothing leaves it but by `poll`.
    It is the C core where a C compiler and cffi are found, else its Python model; `note` says which
    and why.

    Attributes:
        engine: what runs.
        note: that, for people.
    """

    def __init__(
        self,
        boot_id: int,
        setup: CoreSetup | None = None,
        *,
        saved: bytes | None = None,
        engine: Engine | None = None,
    ) -> None:
        """Power up.

        Args:
            boot_id: what the random generator of the board gives first, u32.
            setup: the make of sensor.
            saved: what an earlier power-up left in `saved`; None on the first.
            engine: insist on one; by default the C core if it can be built.

        Raises:
            CoreError: the setup does not hold, or the engine asked for is not to be had.
        """
        self.setup = setup or CoreSetup()
        self._check(self.setup)
        self._asked = engine
        self._now_us = 0
        self._core = self._power_up(boot_id, saved)

    @property
    def boot_id(self) -> int:
        """Of the present run."""
        return self._core.boot_id()

    @property
    def saved(self) -> bytes | None:
        """The parameters that survive a restart; None if nothing was ever stored."""
        return self._core.saved()

    @property
    def haptic_percent(self) -> int:
        """How strongly the motor runs."""
        return self._core.haptic()

    def config(self) -> SensorConfig:
        """What the device says of itself."""
        return decode_config(self.config_bytes())

    def config_bytes(self) -> bytes:
        """The value of the config characteristic."""
        return self._core.config()

    def push_samples(
        self, counts: NDArray[np.int16], device_us: int | NDArray[np.uint64] | Sequence[int]
    ) -> None:
        """The motion sensor took samples.

        Args:
            counts: accelerometer xyz, gyroscope xyz [LSB], shape (n, 6).
            device_us: device clock at each, shape (n,); or at the first, the others following at
                the nominal rate.

        Raises:
            CoreError: other shapes, or counts that are not int16.
        """
        counts = np.ascontiguousarray(counts)
        if counts.ndim != 2 or counts.shape[1] != AXES or counts.dtype != np.int16:
            raise CoreError(
                f"counts have shape {counts.shape} and type {counts.dtype}, not (n, {AXES}) int16"
            )
        if isinstance(device_us, int):
            periods = np.arange(len(counts), dtype=np.uint64)
            rate_mhz = np.uint64(self.config().rate_mhz)
            device_us = np.uint64(device_us) + periods * np.uint64(1_000_000_000) // rate_mhz
        times = np.ascontiguousarray(device_us, np.uint64)
        if times.shape != (len(counts),):
            raise CoreError(f"{times.shape} times for {len(counts)} samples")
        self._core.samples(counts, times)

    def skip_samples(self, count: int) -> None:
        """The motion sensor lost `count` samples, 0 to 2^30."""
        if not 0 <= count <= 2**30:
            raise CoreError(f"{count} samples lost at once; 0 to 2^30 can be counted")
        self._core.skip(count)

    def on_connect(self, mtu: int) -> None:
        """A host has connected; `mtu` is 23 until it asks for more."""
        self._core.connected(mtu)

    def on_mtu(self, mtu: int) -> None:
        """The MTU was exchanged."""
        self._core.mtu(mtu)

    def on_disconnect(self) -> None:
        """The host is gone."""
        self._core.disconnected()

    def on_subscribe(self, characteristic: str, on: bool) -> None:
        """The host has switched the notifications of a characteristic on or off."""
        if characteristic.lower() in CHANNELS:
            self._core.subscribed(CHANNELS.index(characteristic.lower()), on)

    def on_write(self, characteristic: str, payload: bytes, now_us: int | None = None) -> int:
        """The host has written. Returns the ATT error code to answer with; 0 is success.

        `now_us` is the device clock; by default that of the last poll.
        """
        if characteristic.lower() not in CHANNELS:
            return ATT_NOT_PERMITTED
        self._advance(now_us)
        return self._core.write(CHANNELS.index(characteristic.lower()), bytes(payload))

    def press(self, kind: EventKind, now_us: int | None = None) -> None:
        """The wearer has pressed the button: MARK, REZERO, MUTE or SESSION."""
        self._advance(now_us)
        self._core.button(kind)

    def set_condition(self, condition: BoardCondition) -> None:
        """Battery, charger, wear and self-test as the board sees them."""
        flags = ConditionFlag.CHARGING if condition.charging else 0
        if condition.worn is not None:
            flags |= ConditionFlag.WEAR_KNOWN | (ConditionFlag.WORN if condition.worn else 0)
        percent = 255 if condition.battery_percent is None else condition.battery_percent
        self._core.condition(flags, percent, condition.battery_mv, condition.self_test)

    def set_store_fails(self, fails: bool) -> None:
        """Let the memory for parameters refuse to store."""
        self._core.set_store_fails(fails)

    def poll(self, now_us: int, room: int = _ALL) -> list[tuple[str, bytes]]:
        """Do what is due at `now_us` of the device clock.

        Returns what to notify: characteristic and bytes, in order, at most `room`. What did not
        fit waits in the core; poll again when the radio has room. Poll every 10 ms or so, or
        haptics and time-outs come late.
        """
        self._advance(now_us)
        return [(CHANNELS[channel], payload) for channel, payload in self._core.poll(room)]

    def reboot(self, boot_id: int) -> None:
        """Power off and on: only the parameters are left, and the clock begins anew."""
        self._now_us = 0
        self._core = self._power_up(boot_id, self._core.saved())

    def statistics(self) -> CoreStatistics:
        return CoreStatistics(*self._core.statistics())

    def _advance(self, now_us: int | None) -> None:
        if now_us is not None:
            self._now_us = now_us
        self._core.set_clock(self._now_us)

    def _power_up(self, boot_id: int, saved: bytes | None) -> Core:
        if self._asked is not Engine.MODEL:
            try:
                core = CompiledCore(self.setup, boot_id, saved)
            except NoCompilerError as error:
                if self._asked is Engine.C:
                    raise CoreError(str(error)) from error
                why = f"{Engine.MODEL.value}, because {error}"
            else:
                self.engine, self.note = Engine.C, f"firmware: {Engine.C.value}"
                return core
        else:
            why = f"{Engine.MODEL.value}, as asked"
        self.engine, self.note = Engine.MODEL, f"firmware: {why}"
        return CoreModel(self.setup, boot_id, saved)

    @staticmethod
    def _check(setup: CoreSetup) -> None:
        for name in ("rates_mhz", "acc_ranges_g", "gyr_ranges_dps"):
            if not 1 <= len(getattr(setup, name)) <= 8:
                raise CoreError(f"{name} has {len(getattr(setup, name))} entries, not 1 to 8")
        if not 1 <= setup.frame_samples <= 255:
            raise CoreError(f"frame_samples is {setup.frame_samples}, not 1 to 255")
        if setup.ring_samples > 2**24:
            raise CoreError(f"ring_samples is {setup.ring_samples}, more than 2^24")


def prepare() -> str:
    """Build and load the C core, which may take seconds; later power-ups then do not block.

    Call it before, or in a thread beside, an event loop. Returns the note `DeviceCore` will carry.
    """
    return DeviceCore(0).note


__all__ = [
    "BoardCondition",
    "CoreError",
    "CoreSetup",
    "CoreStatistics",
    "DeviceCore",
    "Engine",
    "Fault",
    "prepare",
]
