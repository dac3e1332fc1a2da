"""Files of recorded motion to samples."""

from monitor.recording.read import (
    ACC_UNITS,
    GYR_UNITS,
    Piece,
    Recording,
    RecordingError,
    Units,
    read_recording,
)

__all__ = [
    "ACC_UNITS",
    "GYR_UNITS",
    "Piece",
    "Recording",
    "RecordingError",
    "Units",
    "read_recording",
]
