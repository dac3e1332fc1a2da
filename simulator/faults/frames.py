"""Notifications with samples that do not arrive as they were sent."""

import numpy as np

from simulator.faults.act import Act
from simulator.faults.wording import Argument, Fault, share


class LostFrames(Act):
    NAME = "lost-frames"
    DOES = "some notifications with samples do not arrive"
    ARGUMENTS = (share(0.02),)

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        del uuid
        return [] if self.rng.random() < self.fault.number("share") else [payload]


class DoubledFrames(Act):
    NAME = "doubled-frames"
    DOES = "some notifications with samples arrive twice"
    ARGUMENTS = (share(0.1),)

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        del uuid
        return [payload] * (2 if self.rng.random() < self.fault.number("share") else 1)


class ReorderedFrames(Act):
    NAME = "reordered-frames"
    DOES = "some notifications with samples arrive after the one that follows them"
    ARGUMENTS = (share(0.05),)

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._held: dict[str, bytes] = {}

    def connected(self) -> None:
        self._held.clear()

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        if (held := self._held.pop(uuid, None)) is not None:
            return [payload, held]
        if self.rng.random() < self.fault.number("share"):
            self._held[uuid] = payload
            return []
        return [payload]


class TruncatedFrames(Act):
    NAME = "truncated-frames"
    DOES = "some notifications with samples lose their end"
    ARGUMENTS = (share(0.02),)

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        del uuid
        if payload and self.rng.random() < self.fault.number("share"):
            return [payload[: int(self.rng.integers(len(payload)))]]
        return [payload]


class CorruptedFrames(Act):
    NAME = "corrupted-frames"
    DOES = "a bit is turned in some notifications with samples"
    ARGUMENTS = (share(0.02),)

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        del uuid
        if payload and self.rng.random() < self.fault.number("share"):
            bit = int(self.rng.integers(8 * len(payload)))
            turned = bytearray(payload)
            turned[bit // 8] ^= 1 << bit % 8
            return [bytes(turned)]
        return [payload]


class Flood(Act):
    NAME = "flood"
    DOES = "each notification with samples is sent very often"
    ARGUMENTS = (Argument("times", 100, "times", 1, 1000, whole=True),)

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        del uuid
        return [payload] * int(self.fault.number("times"))


class DoubledAfterReconnect(Act):
    NAME = "doubled-after-reconnect"
    DOES = "from the second connection on every notification with samples arrives twice"

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._times = 0

    def connected(self) -> None:
        self._times = min(2, self._times + 1)

    def send(self, uuid: str, payload: bytes) -> list[bytes]:
        del uuid
        return [payload] * self._times


class SilentAfterReconnect(Act):
    NAME = "silent-after-reconnect"
    DOES = "after the first connection the next ones stay up, and nothing is sent on them"
    ARGUMENTS = (Argument("connections", 1, "connections", 1, 1000, whole=True),)

    def __init__(self, fault: Fault, rng: np.random.Generator) -> None:
        super().__init__(fault, rng)
        self._before = 0

    def connected(self) -> None:
        self.silent = 1 <= self._before <= self.fault.number("connections")
        self._before += 1


FRAMES: tuple[type[Act], ...] = (
    DoubledAfterReconnect,
    SilentAfterReconnect,
    LostFrames,
    DoubledFrames,
    ReorderedFrames,
    TruncatedFrames,
    CorruptedFrames,
    Flood,
)
