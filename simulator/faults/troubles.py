"""All faults of one sensor, at work."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.device import DeviceParams
from simulator.faults.act import Act, Need, Patient
from simulator.faults.body import BODY
from simulator.faults.clocks import CLOCKS
from simulator.faults.frames import FRAMES
from simulator.faults.keys import KEYS
from simulator.faults.power import POWER
from simulator.faults.radio import RADIO
from simulator.faults.strangers import STRANGERS
from simulator.faults.wording import UNITS, Fault, FaultError, near, read

if TYPE_CHECKING:
    from simulator.security import Security

FAULTS: Mapping[str, type[Act]] = MappingProxyType(
    {act.NAME: act for act in (*FRAMES, *CLOCKS, *POWER, *RADIO, *KEYS, *BODY, *STRANGERS)}
)


def parse_fault(text: str) -> Fault:
    """A fault as `--fault` takes it: "lost-frames:0.02", "reboot:at=20,every=60".

    Raises:
        FaultError: it is not known, or an argument makes no sense; the message says what would.
    """
    name = text.partition(":")[0].strip()
    if name not in FAULTS:
        raise FaultError(f"there is no fault {name!r}; {near(name, tuple(FAULTS))}")
    return read(text.strip(), FAULTS[name].ARGUMENTS)


def listing() -> str:
    """All faults, one a line: name, arguments with their defaults, what it does."""
    forms = {name: _form(act) for name, act in FAULTS.items()}
    width = max(map(len, forms.values()))
    return "\n".join(f"{forms[name]:{width}}  {act.DOES}" for name, act in FAULTS.items())


def _form(act: type[Act]) -> str:
    said = [
        f"{a.name}={a.default if isinstance(a.default, str) else format(a.default, 'g')}"
        + (f"[{a.unit}]" if a.unit in UNITS else "")
        for a in act.ARGUMENTS
    ]
    return f"{act.NAME}:{','.join(said)}" if said else act.NAME


def check_live(name: str) -> None:
    """See that a fault can begin while the sensor runs.

    Raises:
        FaultError: it cannot; the message says what to do instead.
    """
    if Need.START in FAULTS[name].NEEDS:
        raise FaultError(
            f"fault {name} changes how a sensor starts, so it cannot begin while one runs: "
            f"backwatch simulate-device --fault {name}"
        )


def _check(act: Act, *, own_air: bool, transport: str, firmware: bool) -> None:
    if Need.AIR in act.NEEDS and not own_air:
        raise FaultError(
            f"fault {act.NAME} acts through the air: let the sensor serve one of its own "
            "(--port, not --air or --transport)"
        )
    if Need.TCP in act.NEEDS and not transport.startswith("tcp-client:"):
        raise FaultError(
            f"fault {act.NAME} needs a virtual air for a second device "
            "(--port or --air, not --transport)"
        )
    if Need.FIRMWARE in act.NEEDS and not firmware:
        raise FaultError(
            f"fault {act.NAME} is one of our own firmware: use it with --device backwatch"
        )


class Troubles:
    """The hooks of several faults as one; each fault draws from a generator of its own."""

    def __init__(self, faults: Sequence[Fault] = (), seed: int = 0) -> None:
        self._acts: list[Act] = [
            FAULTS[fault.name](fault, np.random.default_rng([seed, place]))
            for place, fault in enumerate(faults)
        ]

    def check(self, *, own_air: bool, transport: str, firmware: bool) -> None:
        """See that all can act here.

        Raises:
            FaultError: one cannot; the message says what it needs.
        """
        for act in self._acts:
            _check(act, own_air=own_air, transport=transport, firmware=firmware)

    @property
    def silent(self) -> bool:
        """Nothing is sent now."""
        return any(act.silent for act in self._acts)

    def others(self, patient: Patient) -> list[str]:
        """What else will be on the air because of these faults, for people."""
        return [other for act in self._acts for other in act.others(patient)]

    def params(self, params: DeviceParams) -> DeviceParams:
        for act in self._acts:
            params = act.params(params)
        return params

    def name(self, name: str) -> str:
        for act in self._acts:
            name = act.name(name)
        return name

    def mtu(self, mtu: int) -> int:
        for act in self._acts:
            mtu = act.mtu(mtu)
        return mtu

    def security(self, security: "Security | None") -> "Security | None":
        for act in self._acts:
            security = act.security(security)
        return security

    def counts(self, counts: NDArray[np.int16], rate_hz: float) -> NDArray[np.int16]:
        for act in self._acts:
            counts = act.counts(counts, rate_hz)
        return counts

    def clock(self, device_us: NDArray[np.float64]) -> NDArray[np.float64]:
        for act in self._acts:
            device_us = act.clock(device_us)
        return device_us

    def delivers(self, count: int) -> NDArray[np.bool_]:
        there = np.ones(count, bool)
        for act in self._acts:
            there &= act.delivers(count)
        return there

    def booted(self) -> None:
        for act in self._acts:
            act.booted()

    def connected(self) -> None:
        for act in self._acts:
            act.connected()

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        payloads = [payload]
        for act in self._acts:
            payloads = [out for taken in payloads for out in act.send(uuid, taken)]
        return payloads

    async def run(self, patient: Patient) -> None:
        """Let happen what happens by itself; does not end."""
        async with asyncio.TaskGroup() as group:
            for act in self._acts:
                group.create_task(act.run(patient), name=f"fault {act.fault}")
            await asyncio.Event().wait()

    @contextlib.asynccontextmanager
    async def more(
        self, fault: Fault, patient: Patient, params: DeviceParams, seed: int
    ) -> AsyncIterator["asyncio.Task[None]"]:
        """One fault more for as long as the context lasts, and until it has struck.

        Gives what happens by itself.

        Raises:
            FaultError: it cannot act here, or not on a sensor that runs.
        """
        act = FAULTS[fault.name](fault, np.random.default_rng(seed))
        check_live(fault.name)
        _check(
            act,
            own_air=patient.air is not None,
            transport=patient.transport,
            firmware=patient.board is not None,
        )
        act.params(params)
        act.connected()  # its first connection is not the sensor's first
        self._acts.append(act)
        task = asyncio.create_task(act.run(patient), name=f"fault {fault}")
        try:
            yield task
            await task
        finally:
            task.cancel()
            await asyncio.wait([task])
            self._acts.remove(act)
