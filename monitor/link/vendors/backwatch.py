"""Our own sensors."""

from firmware_protocol import decode_config, gatt
from monitor.link.vendors.vendor import Read, Vendor

BACKWATCH = Vendor(
    key="backwatch",
    name="Backwatch",
    service=gatt.SERVICE,
    advertised=(gatt.SERVICE,),
    data=gatt.IMU,
    prepare=(Read(gatt.CONFIG),),
    battery=gatt.BATTERY_LEVEL,
    check=decode_config,
)
