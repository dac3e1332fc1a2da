"""Files of recorded motion to samples."""

from monitor.recording.read import Piece, Recording, RecordingError, read_recording

__all__ = ["Piece", "Recording", "RecordingError", "read_recording"]
