"""Fixtures for other people's tests: a virtual air, and simulated sensors on it.

pytest finds this module by itself where Backwatch is installed; docs/testing.md shows its use.
Until a fixture is asked for, nothing but the standard library and pytest is imported.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import pytest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.air import Air
    from simulator.core import CoreStatistics
    from simulator.peripheral import Peripheral
    from simulator.vendors.peripheral import VendorPeripheral

MARKER = "virtual_air"
STOP_S = 10.0  # chosen by us: sensors are switched off within a moment
FIRST_BOOT_ID = 7  # chosen by us; a restart draws another

_T = TypeVar("_T")


class _Background:
    """An event loop in a thread of its own, so that the air lives on whatever a test waits for."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="virtual air", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def submit(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(STOP_S)
        self.loop.close()


class VirtualAir:
    """A piece of air on a TCP port of this machine.

    Attributes:
        port: the TCP port.
        adapter: for Backwatch, as `--adapter` takes it.
        transport: for a Bluetooth host that runs bumble.
    """

    def __init__(self, background: _Background, air: "Air") -> None:
        """Made by the fixture."""
        self.background = background
        self.air = air
        self.port = air.port
        self.adapter = f"virtual:127.0.0.1:{air.port}"
        self.transport = f"tcp-client:127.0.0.1:{air.port}"

    def set_in_range(self, device: "VirtualSensor | str", in_range: bool) -> None:
        """Take a sensor, or the device with an address, out of range or back."""
        self._soon(self.air.set_in_range, _address(device), in_range)

    def unplug(self, device: "VirtualSensor | str") -> None:
        """Cut the power of a sensor, or of the Bluetooth host with an address."""
        self._soon(self.air.unplug, _address(device))

    def _soon(self, call: Any, *arguments: object) -> None:
        self.background.loop.call_soon_threadsafe(call, *arguments)


class VirtualSensor:
    """A simulated sensor on the air.

    Attributes:
        address: Bluetooth address.
        name: advertised name.
        adapter: of the air it is on.
    """

    def __init__(self, air: VirtualAir, peripheral: "Peripheral | VendorPeripheral") -> None:
        """Made by `virtual_sensor`."""
        self.address = peripheral.address
        self.name = peripheral.name
        self.adapter = air.adapter
        self._air = air
        self._peripheral = peripheral

    def press(self, kind: str = "mark") -> None:
        """Press the button: mark, rezero, mute or session.

        Raises:
            ValueError: another word, or a sensor of another make.
        """
        from firmware_protocol.codes import EventKind

        kinds = {found.name.lower(): found for found in EventKind if found is not EventKind.RULE}
        if kind not in kinds:
            raise ValueError(f"the button cannot be pressed for {kind!r}; use {', '.join(kinds)}")
        self._soon(self._ours().device.core.press, kinds[kind])

    def set_battery(self, percent: int) -> None:
        """Change the charge, and tell whoever has subscribed."""
        work = self._ours().set_battery(percent)
        self._soon(lambda: self._air.background.submit(work))

    def reboot(self) -> None:
        """Power off and on: a new boot id, and an empty ring."""
        peripheral = self._ours()
        work = peripheral.reboot((peripheral.device.core.boot_id + 1) % 2**32)
        self._soon(lambda: self._air.background.submit(work))

    def statistics(self) -> "CoreStatistics":
        """What the firmware has counted since power-up."""
        peripheral = self._ours()

        async def read() -> "CoreStatistics":
            return peripheral.statistics().core

        return self._air.background.submit(read()).result()

    def _ours(self) -> "Peripheral":
        from simulator.peripheral import Peripheral

        if not isinstance(self._peripheral, Peripheral):
            raise ValueError(f"{self.name} is of another make, and cannot do this")
        return self._peripheral

    def _soon(self, call: Any, *arguments: object) -> None:
        self._air.background.loop.call_soon_threadsafe(call, *arguments)


class SensorOptions(TypedDict, total=False):
    """What `virtual_sensor` takes beside the scenario.

    Attributes:
        seed: of the motion and of the faults; the same seed gives the same motion. Default 0.
        faults: as `backwatch simulate-device --fault` takes them: "lost-frames:0.02".
        name: to advertise, at most 29 bytes.
        make: backwatch (default), movesense, movella, witmotion or capture2go.
        passkey: on its label, 1 to 999999; default: it pairs without one.
        encrypted: False leaves out the encryption that version 2 demands.
        version: 1 leaves out all that version 2 adds, encryption included.
        counts: instead of a scenario, what the sensor chip gives: blocks of int16 counts,
            shape (n, 6), at 100 Hz for our make.
    """

    seed: int
    faults: Sequence[str]
    name: str
    make: str
    passkey: int
    encrypted: bool
    version: int
    counts: "Iterable[NDArray[np.int16]]"


class VirtualSensors:
    """Call it to put a sensor on the air; all are switched off when the test ends."""

    def __init__(self, air: VirtualAir, stack: contextlib.AsyncExitStack) -> None:
        """Made by the fixture."""
        self._air = air
        self._stack = stack
        self._count = 0

    def __call__(self, scenario: str = "short", **options: Unpack[SensorOptions]) -> VirtualSensor:
        """Power up a sensor, and wait until it is on the air.

        `scenario` is what its wearer does; `backwatch simulate --list` names all.

        Raises:
            SimulatorError: no such scenario, fault, make or version.
            ValueError: the name is too long, or the passkey is none.
        """
        return self._air.background.submit(self.start(scenario, **options)).result()

    async def start(
        self, scenario: str = "short", **options: Unpack[SensorOptions]
    ) -> VirtualSensor:
        """The same for tests whose event loop must not be held up, even for a moment."""
        self._count += 1
        sensor = _built(self._air, self._count, scenario, **options)
        entered = self._air.background.submit(self._stack.enter_async_context(sensor))
        await asyncio.wrap_future(entered)
        return VirtualSensor(self._air, sensor)


def _blocks(counts: "Iterable[NDArray[np.int16]]") -> "Iterator[NDArray[np.int16]]":
    for block in counts:
        shape: tuple[int, ...] = getattr(block, "shape", ())
        kind = getattr(block, "dtype", type(block).__name__)
        if len(shape) != 2 or shape[1] != 6 or kind != "int16":
            raise ValueError(f"counts: blocks of int16 of shape (n, 6), not {kind} {shape}")
        yield block


def _built(
    air: VirtualAir,
    number: int,
    scenario: str,
    *,
    seed: int = 0,
    faults: Sequence[str] = (),
    name: str | None = None,
    make: str = "backwatch",
    passkey: int | None = None,
    encrypted: bool = True,
    version: int = 2,
    counts: "Iterable[NDArray[np.int16]] | None" = None,
) -> "Peripheral | VendorPeripheral":
    """A sensor without power yet."""
    from simulator.device import Device, DeviceParams
    from simulator.errors import SimulatorError
    from simulator.faults import parse_fault
    from simulator.peripheral import Peripheral
    from simulator.scenarios import count_stream
    from simulator.security import Security
    from simulator.vendors import MODELS
    from simulator.vendors.peripheral import VendorPeripheral

    if make != "backwatch" and make not in MODELS:
        raise SimulatorError(f"make {make!r} is not known; use {', '.join(['backwatch', *MODELS])}")
    if version not in (1, 2):
        raise SimulatorError(f"version {version} is not known; use 1 or 2")
    address = f"C0:BA:CC:00:{number // 256:02X}:{number % 256:02X}"
    troubles = [parse_fault(text) for text in faults]
    model = MODELS.get(make)
    if model is not None:
        between = "" if model.NAME[-1] in "_E" else " "
        return VendorPeripheral(
            air.transport,
            model(),
            count_stream(scenario, seed, model.NATIVE_HZ) if counts is None else _blocks(counts),
            name=name or f"{model.NAME}{between}{number:04d}",
            address=address,
            faults=troubles,
            seed=seed,
            air=air.air,
        )
    params = DeviceParams()
    return Peripheral(
        air.transport,
        Device(FIRST_BOOT_ID, params),
        count_stream(scenario, seed, params.rate_hz) if counts is None else _blocks(counts),
        name=name or f"Backwatch {number}",
        address=address,
        control=version == 2,
        security=Security(passkey=passkey) if encrypted else None,
        faults=troubles,
        seed=seed,
        air=air.air,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(supervision_timeout_s): how soon a sensor out of range counts as lost [s]",
    )


@pytest.fixture
def virtual_air(request: pytest.FixtureRequest) -> Iterator[VirtualAir]:
    """A piece of air of the test's own; `virtual_air.adapter` is its name for Backwatch."""
    try:
        from simulator.air import SUPERVISION_TIMEOUT_S, Air
        from simulator.core import prepare
    except ModuleNotFoundError as error:
        pytest.fail(
            f"virtual_air needs {error.name}: pip install 'backwatch[simulator]'", pytrace=False
        )
    prepare()  # may compile, which takes seconds, once
    marker = request.node.get_closest_marker(MARKER)
    options = {} if marker is None else marker.kwargs
    timeout_s = options.get("supervision_timeout_s", SUPERVISION_TIMEOUT_S)
    background = _Background()
    try:
        air = Air(supervision_timeout_s=timeout_s)
        background.submit(air.__aenter__()).result(STOP_S)
        try:
            yield VirtualAir(background, air)
        finally:
            background.submit(air.__aexit__(None, None, None)).result(STOP_S)
    finally:
        background.stop()


@pytest.fixture
def virtual_sensor(virtual_air: VirtualAir) -> Iterator[VirtualSensors]:
    """Call it to power up a sensor: `virtual_sensor("desk_day", faults=["reboot:at=20"])`."""
    stack = contextlib.AsyncExitStack()
    try:
        yield VirtualSensors(virtual_air, stack)
    finally:
        virtual_air.background.submit(stack.aclose()).result(STOP_S)


def _address(device: "VirtualSensor | str") -> str:
    return device if isinstance(device, str) else device.address


__all__ = ["VirtualAir", "VirtualSensor", "VirtualSensors", "virtual_air", "virtual_sensor"]
