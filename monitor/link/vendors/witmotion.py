"""WitMotion WT901BLE and its kin."""

from monitor.ingest.vendors import witmotion
from monitor.link.vendors.vendor import Vendor, Write

WITMOTION = Vendor(
    key="witmotion",
    name="WitMotion WT901BLE",
    service=witmotion.SERVICE,
    names=("WT",),
    data=witmotion.DATA,
    start=(
        Write(witmotion.COMMAND, witmotion.UNLOCK),
        Write(witmotion.COMMAND, witmotion.set_rate()),
        Write(witmotion.COMMAND, witmotion.read_register()),  # the answer tells the rate in use
    ),
)
