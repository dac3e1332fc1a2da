"""What a sensor has said to what it is still to be asked for. No I/O, no clock."""

from dataclasses import dataclass, field

from firmware_protocol import ImuFrame, ProtocolError, decode_frame, gatt
from firmware_protocol.codes import LossReason
from firmware_protocol.compact import Unwrapper
from firmware_protocol.control import (
    Anchor,
    BackfillDone,
    CompactFrame,
    Event,
    Lost,
    Result,
    RingState,
    decode_message,
)
from firmware_protocol.layout import ANCHOR, BACKFILL, COMPACT_FRAME, EVENT, IMU_FRAME, RESULT
from monitor.ingest.coverage import SEQUENCE_WRAP, Coverage, unwrap

REQUEST_SAMPLES = 3000  # ours: a few hundred notifications, so that a slow reader is not flooded
NOMINAL_MHZ = 100_000  # any rate: here only the numbers of compact frames count
EVENT_WRAP = 2**16  # events; spec.md section 14
REST_OF_RUN = 2**30  # samples; spec.md section 12.2: how a run that is over is asked for

_SAMPLES = tuple(bytes([found.code]) for found in (IMU_FRAME, ANCHOR, COMPACT_FRAME))
_SAID = {gatt.CONTROL: (bytes([RESULT.code]),), gatt.EVENTS: (bytes([EVENT.code]),)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch to ask for; `first` is unwrapped."""

    boot_id: int
    first: int
    count: int


@dataclass(slots=True)
class _Run:
    """What is known of one run of the device.

    Attributes:
        base: what came before needs no asking for; None until the device has told.
        newest: one after the last sample heard live.
        had: numbers heard, or told lost.
    """

    base: int | None = None
    newest: int | None = None
    had: Coverage = field(default_factory=Coverage)


class Backlog:
    """Keeps, for each run of one sensor, which samples came and which are missing.

    Feed it what the reader of the link has taken: what never got there is asked for again.
    It outlives connections, so that a back-fill goes on where it was cut off.
    """

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}
        self._boot_id: int | None = None
        self._live = self._past = Unwrapper(NOMINAL_MHZ)
        self.done = 0  # id of the last back-fill that came to its end; 0 before
        self.next_event: int | None = None  # number after the last event of this connection

    def begin(self) -> None:
        """A connection begins."""
        self._live, self._past = Unwrapper(NOMINAL_MHZ), Unwrapper(NOMINAL_MHZ)
        self.next_event = None

    def take(self, characteristic: str, payload: bytes) -> None:
        """Note a notification; what cannot be understood is not there."""
        try:
            if characteristic in (gatt.IMU, gatt.BACKFILL) and payload[:1] in _SAMPLES:
                self._samples(payload, live=characteristic == gatt.IMU)
            elif characteristic == gatt.BACKFILL or payload[:1] in _SAID.get(characteristic, ()):
                self._notice(payload)
        except ProtocolError:
            return  # ingest counts it; here it leaves a hole, to be asked for again

    def ring(self, state: RingState) -> None:
        """Note which samples the device has; where a run is new, all that no host has is missing.

        The device remembers what was acknowledged, so a host that has forgotten all asks for
        the rest and no more.
        """
        self._boot_id = state.boot_id
        run = self._runs.setdefault(state.boot_id, _Run())
        if run.base is None:
            near = state.next if run.newest is None else run.newest
            run.base = near - (near - state.acknowledged) % SEQUENCE_WRAP

    def wanted(self) -> Wanted | None:
        """The oldest stretch that is missing; of the present run only what lies before live."""
        for boot_id, run in self._runs.items():
            if boot_id != self._boot_id and self._boot_id is not None:
                # Known only from what came: its end is what the device will call REBOOTED.
                return Wanted(boot_id, self._settled(run), REST_OF_RUN)
            if run.base is None or run.newest is None:
                continue
            for start, stop in run.had.holes(run.base, run.newest)[:1]:
                return Wanted(boot_id, start, min(stop - start, REQUEST_SAMPLES))
        return None

    def missing(self) -> int | None:
        """Samples of the present run before the newest live one that have not come.

        None where the device has not told what it keeps.
        """
        run = None if self._boot_id is None else self._runs.get(self._boot_id)
        if run is None or run.base is None or run.newest is None:
            return None
        return sum(stop - start for start, stop in run.had.holes(run.base, run.newest))

    def end_of_run(self, number: int) -> None:
        """The present run goes to before this number, modulo 2^32: no more comes live."""
        run = None if self._boot_id is None else self._runs.get(self._boot_id)
        if run is not None and run.newest is not None:
            run.newest = max(run.newest, unwrap(number, run.newest))

    def settled(self) -> tuple[int, int] | None:
        """The present run, and the number before which nothing of it is missing."""
        run = None if self._boot_id is None else self._runs.get(self._boot_id)
        if run is None or run.base is None:
            return None
        assert self._boot_id is not None
        return self._boot_id, self._settled(run)

    def _settled(self, run: _Run) -> int:
        if run.base is None:
            return run.newest or 0
        return run.had.settled(run.base)

    def _samples(self, payload: bytes, *, live: bool) -> None:
        if payload[0] == IMU_FRAME.code:
            self._frame(decode_frame(payload), live=live)
            return
        message = decode_message(payload)
        assert isinstance(message, Anchor | CompactFrame)
        frame = (self._live if live else self._past).push(message)
        if frame is not None:
            self._frame(frame, live=live)

    def _frame(self, frame: ImuFrame, *, live: bool) -> None:
        run = self._runs.setdefault(frame.boot_id, _Run())
        near = run.newest if run.newest is not None else run.base
        first = unwrap(frame.sequence, frame.sequence if near is None else near)
        stop = first + len(frame.counts)
        if live and run.newest is not None:
            first = max(first, run.newest)  # what comes late is left out by ingest, too
        if first < stop:
            run.had.add(first, stop)
            run.newest = stop if live else run.newest

    def _notice(self, payload: bytes) -> None:
        message = decode_message(payload)
        if isinstance(message, BackfillDone):
            self.done = message.id
        elif isinstance(message, Event):
            self.next_event = (message.number + 1) % EVENT_WRAP
        elif isinstance(message, Result) and message.command == BACKFILL.code:
            self._past = Unwrapper(NOMINAL_MHZ)  # a back-fill has anchors of its own
        elif isinstance(message, Lost):
            run = self._runs.get(message.boot_id)
            if run is None:
                return
            if message.reason == LossReason.REBOOTED:
                del self._runs[message.boot_id]
                return
            near = run.newest if run.newest is not None else message.first
            first = unwrap(message.first, near)
            run.had.add(first, first + message.count)


__all__ = ["Backlog", "Wanted"]
