"""Makes of sensor a link can speak to, by the name a person gives them."""

from collections.abc import Mapping
from types import MappingProxyType

from monitor.link.vendors.backwatch import BACKWATCH
from monitor.link.vendors.capture2go import CAPTURE2GO
from monitor.link.vendors.movella import MOVELLA
from monitor.link.vendors.movesense import MOVESENSE
from monitor.link.vendors.vendor import Read, Vendor, Write
from monitor.link.vendors.witmotion import WITMOTION

VENDORS: Mapping[str, Vendor] = MappingProxyType(
    {vendor.key: vendor for vendor in (BACKWATCH, MOVESENSE, MOVELLA, WITMOTION, CAPTURE2GO)}
)


def split(sensor: str | None) -> tuple[Vendor, str | None]:
    """The make, and the name or address, of a sensor as a person names it.

    "movesense:0C:8C:DC:38:72:E8" is one by its address, "movesense:" any of that make, and
    without a make it is one of ours; "backwatch:" helps where a name begins like a make.
    """
    key, colon, rest = (sensor or "").partition(":")
    vendor = VENDORS.get(key.lower()) if colon else None
    return (BACKWATCH, sensor) if vendor is None else (vendor, rest or None)


__all__ = [
    "BACKWATCH",
    "CAPTURE2GO",
    "MOVELLA",
    "MOVESENSE",
    "VENDORS",
    "WITMOTION",
    "Read",
    "Vendor",
    "Write",
    "split",
]
