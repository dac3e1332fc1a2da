"""From the radio, or a tape, to link events."""

from monitor.link.ble import BleLink, Found, LinkParams, LinkStatistics, discover
from monitor.link.errors import AdapterError, LinkError, TapeError
from monitor.link.port import Link, LinkStatus, Phase, Slots
from monitor.link.radio import Radio
from monitor.link.tape import (
    RecordedLink,
    TapeLink,
    TapeReader,
    TapeStatistics,
    TapeWriter,
    read_tape,
)
from monitor.link.vendors import VENDORS, Vendor

__all__ = [
    "VENDORS",
    "AdapterError",
    "BleLink",
    "Found",
    "Link",
    "LinkError",
    "LinkParams",
    "LinkStatistics",
    "LinkStatus",
    "Phase",
    "Radio",
    "RecordedLink",
    "Slots",
    "TapeError",
    "TapeLink",
    "TapeReader",
    "TapeStatistics",
    "TapeWriter",
    "Vendor",
    "discover",
    "read_tape",
]
