"""Names of services and characteristics; a Backwatch sensor is recognised by SERVICE."""

# Our 128-bit UUIDs share one random base and count up in the first group (spec.md, section 2).
SERVICE = "88730000-a6b6-497d-bff5-41c881ef0c11"
IMU = "88730001-a6b6-497d-bff5-41c881ef0c11"  # notify: IMU frames
CONFIG = "88730002-a6b6-497d-bff5-41c881ef0c11"  # read: version, ranges, rate
CONTROL = "88730003-a6b6-497d-bff5-41c881ef0c11"  # write, notify: commands and replies
EVENTS = "88730004-a6b6-497d-bff5-41c881ef0c11"  # notify: button, rules, status
BACKFILL = "88730005-a6b6-497d-bff5-41c881ef0c11"  # notify: samples sent again, what is lost

# Assigned by the Bluetooth SIG (Assigned Numbers, 16-bit UUIDs), in bleak's 128-bit form.
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"  # uint8, percent
DEVICE_INFORMATION_SERVICE = "0000180a-0000-1000-8000-00805f9b34fb"
FIRMWARE_REVISION = "00002a26-0000-1000-8000-00805f9b34fb"  # utf8s
