"""Which numbered samples of a run are there, and which are not."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

SEQUENCE_WRAP = 2**32  # samples; spec.md section 5.2


def unwrap(sequence: int, near: int) -> int:
    """The number with this value modulo 2^32 that is nearest to `near`; may be negative."""
    half = SEQUENCE_WRAP // 2
    return near + (sequence - near + half) % SEQUENCE_WRAP - half


@dataclass(slots=True)
class Coverage:
    """A set of whole numbers, kept as stretches [start, stop) that do not touch."""

    _starts: list[int] = field(default_factory=list)
    _stops: list[int] = field(default_factory=list)

    def add(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Take a stretch in; returns the parts of it that were not there, in order."""
        fresh = self.holes(start, stop)
        left = bisect_left(self._stops, start)
        right = bisect_right(self._starts, stop)
        if left < right:
            start = min(start, self._starts[left])
            stop = max(stop, self._stops[right - 1])
        if start < stop:
            self._starts[left:right] = [start]
            self._stops[left:right] = [stop]
        return fresh

    def holes(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The parts of [start, stop) that are not there, in order."""
        found = []
        index = bisect_right(self._stops, start)
        while start < stop:
            until = self._starts[index] if index < len(self._starts) else stop
            if start < until:
                found.append((start, min(until, stop)))
            if index == len(self._starts):
                break
            start = self._stops[index]
            index += 1
        return found

    def settled(self, start: int) -> int:
        """The first number from `start` on that is not there."""
        index = bisect_right(self._stops, start)
        inside = index < len(self._starts) and self._starts[index] <= start
        return self._stops[index] if inside else start

    @property
    def stop(self) -> int | None:
        """One after the largest number; None if there is none."""
        return self._stops[-1] if self._stops else None


__all__ = ["Coverage", "unwrap"]
