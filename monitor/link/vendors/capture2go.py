"""Capture2Go sensors."""

from monitor.ingest.vendors import capture2go
from monitor.link.vendors.vendor import Vendor, Write

CAPTURE2GO = Vendor(
    key="capture2go",
    name="Capture2Go",
    service=capture2go.SERVICE,
    advertised=(capture2go.SERVICE,),
    data=capture2go.DATA,
    start=(
        Write(capture2go.COMMAND, capture2go.stop()),
        Write(capture2go.COMMAND, capture2go.set_mode()),
        Write(capture2go.COMMAND, capture2go.start()),
    ),
)
