"""What a link must know of a make of sensor."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic and pass the answer on as `Notified`."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write to a characteristic, with or without response as the sensor has it."""

    characteristic: str
    payload: bytes


def _anything(_: bytes) -> None:
    """Nothing to check."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A make of sensor: how to find one, and how to make it send.

    Attributes:
        key: how a person names it, as in `--sensor movesense:...`.
        name: for people.
        service: of GATT; a sensor the system holds a connection to is known by it.
        advertised: service UUIDs of which every sensor of this make advertises one; empty where
            that is not known, and names must do.
        names: how advertised names begin, where `advertised` is empty.
        data: the characteristic that notifies samples; while it is silent, the sensor is.
        prepare: before notifications are on, in this order.
        start: once they are on, in this order.
        battery: characteristic whose first byte is the charge in percent; empty if none.
        battery_bytes: how many bytes it has.
        check: raises ProtocolError where the first answer of `prepare` is not that of a
            sensor we can use.
    """

    key: str
    name: str
    service: str
    data: str
    advertised: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    prepare: tuple[Read | Write, ...] = ()
    start: tuple[Read | Write, ...] = ()
    battery: str = ""
    battery_bytes: int = 1
    check: Callable[[bytes], object] = _anything

    def recognises(self, name: str | None) -> bool:
        """Whether a device with this advertised name may be one; the scan has seen to services."""
        return bool(self.advertised) or (name or "").startswith(self.names)
