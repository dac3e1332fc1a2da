"""From the radio, or a tape, to link events."""

from monitor.link.asked import AskedLink
from monitor.link.ble import BleLink, Found, LinkParams, discover
from monitor.link.bonds import SENSORS_NAME, Bonds, BondsError, KnownSensor, RadioKind
from monitor.link.distrust import Distrust
from monitor.link.errors import AdapterError, LinkError, TapeError
from monitor.link.orders import CannotError, Orders, Sampling
from monitor.link.pairing import NotPairedError, UntrustedError, pair
from monitor.link.port import Link, LinkStatistics, LinkStatus, Phase, Slots
from monitor.link.radio import Radio
from monitor.link.tape import (
    RecordedLink,
    TapeLink,
    TapeReader,
    TapeStatistics,
    TapeWriter,
    read_tape,
)
from monitor.link.tapes import Recorder, RecorderNow, Tape, forget_tapes, tapes_folder, tapes_of
from monitor.link.vendors import VENDORS, Vendor

__all__ = [
    "SENSORS_NAME",
    "VENDORS",
    "AdapterError",
    "AskedLink",
    "BleLink",
    "Bonds",
    "BondsError",
    "CannotError",
    "Distrust",
    "Found",
    "KnownSensor",
    "Link",
    "LinkError",
    "LinkParams",
    "LinkStatistics",
    "LinkStatus",
    "NotPairedError",
    "Orders",
    "Phase",
    "Radio",
    "RadioKind",
    "RecordedLink",
    "Recorder",
    "RecorderNow",
    "Sampling",
    "Slots",
    "Tape",
    "TapeError",
    "TapeLink",
    "TapeReader",
    "TapeStatistics",
    "TapeWriter",
    "UntrustedError",
    "Vendor",
    "discover",
    "forget_tapes",
    "pair",
    "read_tape",
    "tapes_folder",
    "tapes_of",
]
