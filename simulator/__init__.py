"""A back to wear the sensor: motion, the sensor's errors, the device, the air."""
