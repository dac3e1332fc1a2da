"""Anchors and compact frames turned into frames of several samples."""

from dataclasses import dataclass, field

import numpy as np

from firmware_protocol import ImuFrame
from firmware_protocol.compact import Unwrapper
from firmware_protocol.control import Anchor, CompactFrame, decode_message
from firmware_protocol.errors import UnknownMessageError
from firmware_protocol.layout import ANCHOR, COMPACT_FRAME

GATHERED = 10  # samples; as in an IMU frame of a tenth of a second. Ours
TYPES = (bytes([ANCHOR.code]), bytes([COMPACT_FRAME.code]))


@dataclass(frozen=True, slots=True)
class Gathered:
    """A frame made of compact ones.

    Attributes:
        at_ns: arrival of the last of them [ns since the epoch, UTC].
        stamped: the device has told the time of its first sample; else it was counted on.
    """

    at_ns: int
    frame: ImuFrame
    stamped: bool


@dataclass(slots=True)
class Compact:
    """What one characteristic of one connection says where no IMU frame fits the MTU.

    Attributes:
        gather: samples in a frame at most; 1 passes each on as it comes.
        unanchored: compact frames without an anchor, dropped; the link asks for them again.
    """

    gather: int = GATHERED
    unanchored: int = 0
    _rate_mhz: int = 0
    _unwrapper: Unwrapper | None = None
    _anchored: bool = False
    _waiting: list[ImuFrame] = field(default_factory=list)
    _at_ns: int = 0
    _stamped: bool = False

    def begin(self) -> list[Gathered]:
        """Forget the anchor: a connection or a back-fill begins. Gives what was waiting."""
        self._unwrapper = None
        self._anchored = False
        return self.flush()

    def push(self, payload: bytes, at_ns: int, rate_mhz: int) -> list[Gathered]:
        """Take one notification; gives the frames that are whole.

        Raises:
            ProtocolError: the bytes make no sense.
        """
        message = decode_message(payload)
        if not isinstance(message, Anchor | CompactFrame):
            raise UnknownMessageError(f"type 0x{payload[0]:02x} does not belong here", offset=0)
        if self._unwrapper is None or rate_mhz != self._rate_mhz:
            self._unwrapper, self._rate_mhz = Unwrapper(rate_mhz), rate_mhz
        frame = self._unwrapper.push(message)
        if isinstance(message, Anchor):
            self._anchored = True
            return self.flush()
        if frame is None:
            self.unanchored += 1
            return []
        out = []
        last = self._waiting[-1] if self._waiting else None
        if last is not None and (
            last.boot_id != frame.boot_id or (last.sequence + 1) % 2**32 != frame.sequence
        ):
            out += self.flush()
        if not self._waiting:
            self._stamped, self._anchored = self._anchored, False
        self._waiting.append(frame)
        self._at_ns = at_ns
        if len(self._waiting) >= self.gather:
            out += self.flush()
        return out

    def flush(self) -> list[Gathered]:
        """What is waiting."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        first = waiting[0]
        counts = np.concatenate([frame.counts for frame in waiting])
        frame = ImuFrame(first.boot_id, first.sequence, first.device_us, counts)
        return [Gathered(self._at_ns, frame, self._stamped)]


__all__ = ["TYPES", "Compact", "Gathered"]
