"""Names of services and characteristics; a Backwatch sensor is recognised by SERVICE."""

# Our 128-bit UUIDs share one random base and count up in the first group (spec.md, section 2).
SERVICE = "88730000-a6b6-497d-bff5-41c881ef0c11"
IMU = "88730001-a6b6-497d-bff5-41c881ef0c11"  # notify: IMU frames
CONFIG = "88730002-a6b6-497d-bff5-41c881ef0c11"  # read: version, ranges, rate
# 0003 control, 0004 events, 0005 back-fill are reserved for protocol version 2.

# Assigned by the Bluetooth SIG (Assigned Numbers, 16-bit UUIDs), in bleak's 128-bit form.
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"  # uint8, percent
DEVICE_INFORMATION_SERVICE = "0000180a-0000-1000-8000-00805f9b34fb"
