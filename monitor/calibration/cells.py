"""Chunks of any length turned into tenths of a second at fixed places, and back."""

from collections.abc import Iterable, Iterator

import numpy as np

from monitor.model import MotionChunk, SampleChunk, SegmentEnd

CELL_S = 0.1  # s; the tenth on which everything after orientation is decided, ADR 2


def cell_samples(rate_hz: float) -> int:
    """Samples in a cell, at least one."""
    return max(1, round(CELL_S * rate_hz))


def cut(samples: Iterable[SampleChunk | SegmentEnd]) -> Iterator[SampleChunk | SegmentEnd]:
    """The same samples in chunks that pass no border between cells."""
    for item in samples:
        if isinstance(item, SegmentEnd):
            yield item
            continue
        cell = cell_samples(item.segment.rate_hz)
        at, stop = item.first, item.first + len(item)
        while at < stop:
            end = min(stop, at - at % cell + cell)
            part = slice(at - item.first, end - item.first)
            yield SampleChunk(
                item.segment, at, item.acc_mps2[part], item.gyr_radps[part], item.origin[part]
            )
            at = end


class Cells:
    """Motion of chunks that pass no border, put together to whole cells.

    What is decided on whole cells alone does not depend on how the samples came.
    """

    def __init__(self) -> None:
        self._parts: list[MotionChunk] = []

    def push(self, item: MotionChunk | SegmentEnd) -> list[MotionChunk | SegmentEnd]:
        """The cell that is whole now, if one is; an end comes through, an unfinished cell not."""
        if isinstance(item, SegmentEnd):
            self._parts = []
            return [item]
        cell = cell_samples(item.segment.rate_hz)
        if not self._parts and item.first % cell:
            return []  # its beginning was not ours to see
        self._parts.append(item)
        if (item.first + len(item)) % cell:
            return []
        parts, self._parts = self._parts, []
        return [parts[0] if len(parts) == 1 else _joined(parts)]


def _joined(parts: list[MotionChunk]) -> MotionChunk:
    first = parts[0]
    sigmas = [part.up_sigma_rad for part in parts if part.up_sigma_rad is not None]
    return MotionChunk(
        segment=first.segment,
        first=first.first,
        up=np.concatenate([part.up for part in parts]),
        acc_mps2=np.concatenate([part.acc_mps2 for part in parts]),
        gyr_radps=np.concatenate([part.gyr_radps for part in parts]),
        settled=np.concatenate([part.settled for part in parts]),
        origin=np.concatenate([part.origin for part in parts]),
        forward_known=first.forward_known,
        up_sigma_rad=np.concatenate(sigmas) if len(sigmas) == len(parts) else None,
    )
