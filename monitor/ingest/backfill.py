"""Samples that were sent again turned into raw chunks, each sample once."""

from collections.abc import Sequence

from firmware_protocol import ImuFrame, ProtocolError, decode_frame, gatt
from firmware_protocol.codes import LossReason
from firmware_protocol.control import Lost, Message, Result, decode_message
from firmware_protocol.layout import BACKFILL, IMU_FRAME, RESULT
from monitor.ingest.compact import TYPES, Compact, Gathered
from monitor.ingest.coverage import unwrap
from monitor.ingest.ingest import MHZ_PER_HZ, Ingest, raw_chunk
from monitor.model import Disconnected, LinkEvent, Notified, RawChunk, RawEnd

MET = "met what had come"
_NAMES = {reason.value: reason.name.lower() for reason in LossReason}


class Backfilled:
    """Decode the back-fill characteristic, and drop what came live or was sent again before.

    Beside the `Ingest` of the same sensor, which has seen each event first: its numbers, its
    config and its counts are used. What it passes on is in the past and in no order with live
    samples. A stretch ends where it meets samples that are there, or that are told lost.
    """

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._compact = Compact()

    def push(self, item: LinkEvent, /) -> Sequence[RawChunk | RawEnd]:
        """The new parts of one notification, and an end where a hole is filled."""
        match item:
            case Notified(characteristic=gatt.BACKFILL):
                return self._notified(item)
            case Notified(characteristic=gatt.CONTROL) if _begins(item.payload):
                return self._frames(item, self._compact.begin())
            case Disconnected(at_ns, reason):
                return [*self._frames(item, self._compact.begin()), RawEnd(at_ns, reason)]
        return []

    def _notified(self, item: Notified) -> list[RawChunk | RawEnd]:
        state, compact = self._ingest.state, self._compact
        try:
            if item.payload[:1] in TYPES:
                if state.config is None:
                    state.tally["unplaced"] += 1
                    return []
                before = compact.unanchored
                whole = compact.push(item.payload, item.at_ns, state.config.rate_mhz)
                state.tally["unanchored"] += compact.unanchored - before
                return self._frames(item, whole)
            if item.payload[:1] == bytes([IMU_FRAME.code]):
                said: ImuFrame | Message = decode_frame(item.payload)
            else:
                said = decode_message(item.payload)
        except ProtocolError as error:
            self._ingest.reject(error)
            return []
        out = self._frames(item, compact.flush())
        if isinstance(said, ImuFrame):
            return [*out, *self._frame(item, said)]
        return [*out, *self._lost(item, said)] if isinstance(said, Lost) else out

    def _frames(self, item: LinkEvent, whole: Sequence[Gathered]) -> list[RawChunk | RawEnd]:
        return [chunk for told in whole for chunk in self._frame(item, told.frame)]

    def _frame(self, item: LinkEvent, frame: ImuFrame) -> list[RawChunk | RawEnd]:
        state, params = self._ingest.state, self._ingest.params
        config = state.config
        if config is None or frame.boot_id != state.boot_id:
            state.tally["unplaced"] += 1  # nothing came live that could tell its number and time
            return []
        first = unwrap(frame.sequence, state.expected)
        stop = first + len(frame.counts)
        fresh = state.had.add(first, stop)
        rate_hz = config.rate_mhz / MHZ_PER_HZ
        state.tally["backfill_doubled"] += not fresh
        out: list[RawChunk | RawEnd] = []
        for start, end in fresh:
            chunk = raw_chunk(
                item.at_ns, frame, first, (start - first, end - first), config, rate_hz,
                params.saturated_lsb,
            )  # fmt: skip
            state.tally["backfilled"] += len(chunk)
            out += [chunk, *self._end_if_met(item, end)]
        return out

    def _lost(self, item: Notified, lost: Lost) -> list[RawChunk | RawEnd]:
        state = self._ingest.state
        if lost.reason == LossReason.REBOOTED:
            state.tally["rebooted"] += 1
            return []
        if lost.boot_id != state.boot_id:
            state.tally["unplaced"] += 1
            return []
        first = unwrap(lost.first, state.expected)
        fresh = state.had.add(first, first + lost.count)
        reason = _NAMES[lost.reason]
        state.tally[reason] += sum(stop - start for start, stop in fresh)
        return [RawEnd(item.at_ns, f"samples lost: {reason.replace('_', ' ')}")]

    def _end_if_met(self, item: LinkEvent, stop: int) -> list[RawEnd]:
        met = self._ingest.state.had.settled(stop) > stop
        return [RawEnd(item.at_ns, MET)] if met else []


def _begins(payload: bytes) -> bool:
    """Whether a back-fill begins, which has anchors of its own (spec.md section 6.4)."""
    if payload[:1] != bytes([RESULT.code]):
        return False
    try:
        message = decode_message(payload)
    except ProtocolError:
        return False  # counted by `Notices`
    return isinstance(message, Result) and message.command == BACKFILL.code


__all__ = ["MET", "Backfilled"]
