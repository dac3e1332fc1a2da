"""The ring of samples as `bw_ring.c` keeps it, told again in Python."""

from collections import deque
from dataclasses import dataclass, field

from firmware_protocol.codes import LossReason

BLOCK_SAMPLES = 16
WINDOW = 2**30
LATE_MOST_US = 32_000
U32, U64 = 2**32, 2**64


def before(a: int, b: int) -> bool:
    """Is `a` before `b`, counting modulo 2^32?"""
    return 1 <= (b - a) % U32 <= 2**31 - 1


@dataclass(slots=True)
class Block:
    """Samples that follow each other in sequence and nearly so in time."""

    device_us: int
    sequence: int
    joined: bool
    counts: list[bytes] = field(default_factory=list)
    late_us: list[int] = field(default_factory=list)

    @property
    def end(self) -> int:
        return (self.sequence + len(self.counts)) % U32


@dataclass(slots=True)
class Stretch:
    """What is found at a sequence number: samples in a block, or the reason why not."""

    block: Block | None
    at: int
    count: int
    reason: int


class Ring:
    """`bw_ring.c`."""

    def __init__(self, blocks: int) -> None:
        self.capacity = blocks
        self.overwritten = 0
        self.restart(1, 0)

    def restart(self, rate_mhz: int, sequence: int) -> None:
        self.blocks: deque[Block] = deque()
        self.rate_mhz = rate_mhz
        self.start = self.next = self.acknowledged = sequence
        self.unsaved = 0
        self.counted = 0

    def push(self, counts: bytes, device_us: int) -> None:
        joined, late_us = False, 0
        block = None
        if self.blocks and self.blocks[-1].end == self.next:
            block = self.blocks[-1]
            late_us = device_us - (block.device_us + self._nominal_us(len(block.counts))) % U64
            joined = abs(late_us) <= LATE_MOST_US
            if not joined or len(block.counts) == BLOCK_SAMPLES:
                block = None
        if block is None:
            if len(self.blocks) == self.capacity:
                self._drop_oldest()
            block, late_us = Block(device_us, self.next, joined), 0
            self.blocks.append(block)
        block.counts.append(counts)
        block.late_us.append(late_us)
        self.unsaved += 1
        self.next = (self.next + 1) % U32
        self.counted += 1
        self._limit()

    def skip(self, count: int) -> None:
        self.next = (self.next + count) % U32
        self.counted += count
        while self.blocks and (self.next - self.blocks[0].sequence) % U32 > WINDOW:
            self._drop_oldest()
        self._limit()

    def knows(self, sequence: int) -> bool:
        back = (self.next - sequence) % U32
        return 1 <= back <= min(WINDOW, self.counted)

    def acknowledge(self, until: int) -> bool:
        if until != self.next and not self.knows(until):
            return False
        if before(self.acknowledged, until):
            self.acknowledged = until
            self.unsaved = sum(self._unsaved(block) for block in self.blocks)
        return True

    @property
    def oldest(self) -> int:
        return self.blocks[0].sequence if self.blocks else self.next

    def find(self, sequence: int, end: int) -> Stretch:
        if before(sequence, self.start):
            if before(sequence, self.acknowledged):
                first = before(self.acknowledged, self.start)
                until = self.acknowledged if first else self.start
                return self._nothing(sequence, until, end, LossReason.ACKNOWLEDGED)
            return self._nothing(sequence, self.start, end, LossReason.OVERWRITTEN)
        if before(sequence, self.oldest) or not self.blocks:
            return self._nothing(sequence, self.oldest, end, LossReason.NEVER_SAMPLED)
        index = self._search(sequence)
        block = self.blocks[index]
        if not before(sequence, block.end):
            last = index + 1 == len(self.blocks)
            until = self.next if last else self.blocks[index + 1].sequence
            return self._nothing(sequence, until, end, LossReason.NEVER_SAMPLED)
        stop = end if before(end, block.end) else block.end
        at = (sequence - block.sequence) % U32
        return Stretch(block, at, (stop - sequence) % U32, 0)

    def copy(self, stretch: Stretch, most: int, end: int) -> list[bytes]:
        copied: list[bytes] = []
        while stretch.block is not None and len(copied) < most:
            block = stretch.block
            n = min(stretch.count, most - len(copied))
            copied += block.counts[stretch.at : stretch.at + n]
            sequence = (block.sequence + stretch.at + n) % U32
            if sequence == end:
                break
            stretch = self.find(sequence, end)
            if stretch.block is not None and stretch.at == 0 and not stretch.block.joined:
                break
        return copied

    def time_us(self, stretch: Stretch) -> int:
        block = stretch.block
        assert block is not None
        nominal = block.device_us + self._nominal_us(stretch.at)
        return (nominal + block.late_us[stretch.at]) % U64

    def _search(self, sequence: int) -> int:
        low, high = 0, len(self.blocks) - 1
        while low < high:
            middle = low + (high - low + 1) // 2
            if before(sequence, self.blocks[middle].sequence):
                high = middle - 1
            else:
                low = middle
        return low

    @staticmethod
    def _nothing(sequence: int, until: int, end: int, reason: LossReason) -> Stretch:
        stop = until if before(until, end) else end
        return Stretch(None, 0, (stop - sequence) % U32, reason)

    def _nominal_us(self, samples: int) -> int:
        return samples * 1_000_000_000 // self.rate_mhz

    def _unsaved(self, block: Block) -> int:
        if not before(self.acknowledged, block.end):
            return 0
        later = before(block.sequence, self.acknowledged)
        return (block.end - (self.acknowledged if later else block.sequence)) % U32

    def _drop_oldest(self) -> None:
        block = self.blocks.popleft()
        lost = self._unsaved(block)
        self.overwritten = (self.overwritten + lost) % U32
        self.unsaved -= lost
        self.start = block.end

    def _limit(self) -> None:
        if (self.next - self.acknowledged) % U32 > WINDOW:
            self.acknowledged = (self.next - WINDOW) % U32
        if (self.next - self.start) % U32 > WINDOW:
            self.start = (self.next - WINDOW) % U32


__all__ = ["BLOCK_SAMPLES", "U32", "U64", "WINDOW", "Block", "Ring", "Stretch", "before"]
