"""What is on the air between sensor and host: bytes in, messages out, and back. No I/O, no clock."""
