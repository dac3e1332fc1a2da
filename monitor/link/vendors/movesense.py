"""Movesense sensors whose firmware speaks the GATT SensorData Protocol."""

from firmware_protocol import gatt
from monitor.ingest.vendors import movesense
from monitor.link.vendors.vendor import Vendor, Write

# What they advertise differs by firmware (FE06, FDF3); their names all begin alike.
# A stream ends with its connection, so that there is none to end before this one.
MOVESENSE = Vendor(
    key="movesense",
    name="Movesense",
    service=movesense.SERVICE,
    names=("Movesense",),
    data=movesense.DATA,
    start=(Write(movesense.COMMAND, movesense.subscribe()),),
    battery=gatt.BATTERY_LEVEL,
)
