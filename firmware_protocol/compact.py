"""Anchors and compact frames turned into IMU frames of one sample (spec.md, section 6.4)."""

from dataclasses import dataclass

import numpy as np

from firmware_protocol.control import Anchor, CompactFrame
from firmware_protocol.messages import ImuFrame

_HALF, _FULL = 2**15, 2**16
_MODULUS = 2**32


@dataclass(frozen=True, slots=True)
class UnwrapperStatistics:
    """Counters since the connection began.

    Attributes:
        frames: compact frames that became IMU frames.
        unanchored: compact frames dropped because no anchor of their run had come.
    """

    frames: int
    unanchored: int


class Unwrapper:
    """Anchors and compact frames of one characteristic, in the order in which they came.

    One object for each connection on the IMU characteristic, and for each back-fill asked for.
    """

    def __init__(self, rate_mhz: int) -> None:
        """`rate_mhz` is the nominal rate in the config message [mHz]."""
        self._rate_mhz = rate_mhz
        self._anchor: Anchor | None = None
        self._frames = self._unanchored = 0

    def push(self, message: Anchor | CompactFrame) -> ImuFrame | None:
        """The frame a compact frame stands for.

        Its time is that of the anchor plus nominal sampling periods.
        None for an anchor, and for a compact frame whose run has no anchor yet.
        """
        if isinstance(message, Anchor):
            self._anchor = message
            return None
        anchor = self._anchor
        if anchor is None or message.boot_low != anchor.boot_id % _FULL:
            self._unanchored += 1
            return None
        after = (message.sequence_low - anchor.sequence + _HALF) % _FULL - _HALF
        device_us = anchor.device_us + after * 1_000_000_000 // self._rate_mhz
        if device_us < 0:
            self._unanchored += 1
            return None
        self._frames += 1
        axes = (message.acc_x, message.acc_y, message.acc_z)
        rates = (message.gyr_x, message.gyr_y, message.gyr_z)
        return ImuFrame(
            boot_id=anchor.boot_id,
            sequence=(anchor.sequence + after) % _MODULUS,
            device_us=device_us,
            counts=np.array([[*axes, *rates]], np.int16),
        )

    def statistics(self) -> UnwrapperStatistics:
        return UnwrapperStatistics(self._frames, self._unanchored)


__all__ = ["Unwrapper", "UnwrapperStatistics"]
