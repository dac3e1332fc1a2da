"""Movella DOT, formerly Xsens DOT."""

from monitor.ingest.vendors import movella
from monitor.link.vendors.vendor import Read, Vendor, Write

# Sections 1.2, 1.4: found by name. Section 2.2: the output rate cannot be changed while it
# measures, so a measurement that an earlier connection left on is ended first.
MOVELLA = Vendor(
    key="movella",
    name="Movella DOT",
    service=movella.MEASUREMENT_SERVICE,
    names=("Movella D", "Xsens D"),
    data=movella.MEDIUM_PAYLOAD,
    prepare=(
        Write(movella.CONTROL, movella.STOP),
        Write(movella.DEVICE_CONTROL, movella.set_rate()),
        Read(movella.DEVICE_CONTROL),
    ),
    start=(Write(movella.CONTROL, movella.START),),
    battery=movella.BATTERY,
    battery_bytes=2,
)
