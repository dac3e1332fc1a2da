"""Link events turned into raw chunks."""

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import (
    ChecksumError,
    FieldError,
    ImuFrame,
    ProtocolError,
    SensorConfig,
    TrailingBytesError,
    TruncatedError,
    UnknownMessageError,
    VersionError,
    decode_config,
    decode_frame,
    gatt,
)
from firmware_protocol.control import decode_message
from firmware_protocol.layout import COMPACT_FRAME
from monitor.ingest.compact import TYPES, Compact, Gathered
from monitor.ingest.coverage import SEQUENCE_WRAP, Coverage, unwrap
from monitor.ingest.numbering import Numbering, NumberingParams
from monitor.ingest.vendors import DECODERS, Decoder, movella
from monitor.model import (
    Connected,
    Disconnected,
    Idle,
    LinkEvent,
    Notified,
    Numbered,
    RawChunk,
    RawEnd,
)

G_MPS2 = 9.80665  # m/s^2; standard gravity, ISO 80000-3
FULL_SCALE_LSB = 32_768  # counts at full scale; spec.md section 6.1
MHZ_PER_HZ = 1000

SAMPLES = frozenset({gatt.IMU, *DECODERS} - {movella.DEVICE_CONTROL})  # notified with samples
# The link looks at these, and `Backfilled` at one.
_ELSEWHERE = frozenset(
    {gatt.BATTERY_LEVEL, movella.BATTERY, gatt.CONTROL, gatt.EVENTS, gatt.BACKFILL}
)


@dataclass(frozen=True, slots=True)
class Params:
    """What counts as saturated, late or restarted."""

    saturated_lsb: int = 32_767  # LSB, either sign; spec.md section 6.1
    restart_s: float = 10.0  # s; older than any late frame: a restart without a new boot id. Ours
    gaps_remembered: int = 64  # gaps; to tell late from doubled frames in the statistics. Ours
    numbering: NumberingParams = field(default_factory=NumberingParams)  # of other makes


@dataclass(slots=True)
class State:
    """All that `Ingest` remembers.

    Attributes:
        config: as last read.
        config_is_current: it was read on the present connection.
        boot_id: of the last frame; None before the first.
        expected: unwrapped sequence that continues the last frame.
        had: numbers of this boot that came live or were sent again, or are told lost, or were
            stored before.
        compact: of the IMU characteristic.
        stored: what an earlier run of this program has stored, by boot id.
        gaps: recent stretches [start, stop) of unwrapped sequence that never came.
        decoders: of other makes of sensor, by name, once one has spoken.
        numbering: of their samples.
        tally: what happened how often, by field of `Statistics`.
        last_rejection: message of the last error.
    """

    config: SensorConfig | None = None
    config_is_current: bool = False
    boot_id: int | None = None
    expected: int = 0
    had: Coverage = field(default_factory=Coverage)
    stored: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    compact: Compact = field(default_factory=Compact)
    gaps: deque[tuple[int, int]] = field(default_factory=deque)
    decoders: dict[str, Decoder] = field(default_factory=dict)
    numbering: Numbering = field(default_factory=Numbering)
    tally: Counter[str] = field(default_factory=Counter)
    last_rejection: str = ""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What came in since the start, and what was wrong with it.

    Attributes:
        frames, samples: passed on live.
        backfilled: samples passed on that were sent again.
        configs: config messages understood.
        missing_samples: known from the sequence never to have come in time.
        truncated, trailing_bytes, checksum, unknown_message, version, field: messages refused,
            by the class of ProtocolError.
        before_config: frames that came before their ranges and rate were known.
        doubled: frames all of whose samples had been seen.
        late: frames that belong in a gap passed over already; dropped.
        trimmed: frames of which a part had been seen.
        boots: power-ups seen.
        restarts: times the sequence fell back under the same boot id, a fault of the device;
            of other makes, times its clock did.
        overwritten, never_sampled, acknowledged: samples the device has told lost, by its reason.
        rebooted: runs of the device whose last samples were lost in a restart, how many is unknown.
        backfill_doubled: frames sent again all of whose samples were there.
        unplaced: back-fill of a run of which nothing came live; dropped.
        unanchored: compact frames whose anchor was lost; dropped.
        events: button presses and rules played, each once.
        events_doubled: events that had come before; a sensor repeats them until acknowledged.
        events_lost: known from their numbers never to have come.
        unknown_characteristic: notifications of something else.
        last_rejection: message of the last refusal, for people; empty if there was none.
    """

    frames: int
    samples: int
    configs: int
    missing_samples: int
    truncated: int
    trailing_bytes: int
    checksum: int
    unknown_message: int
    version: int
    field: int
    before_config: int
    doubled: int
    late: int
    trimmed: int
    boots: int
    restarts: int
    unknown_characteristic: int
    last_rejection: str
    backfilled: int = 0
    overwritten: int = 0
    never_sampled: int = 0
    acknowledged: int = 0
    rebooted: int = 0
    backfill_doubled: int = 0
    unplaced: int = 0
    unanchored: int = 0
    events: int = 0
    events_doubled: int = 0
    events_lost: int = 0


class Ingest:
    """Decode notifications, unwrap their sequence, scale them, and drop what was seen before.

    One `Ingest` serves one sensor for as long as it is known, over many connections:
    samples are told apart by (boot id, sequence), so a frame repeated after a
    reconnection is dropped (bleak issue 2002).
    A late frame is dropped too; its place has been passed on as a gap.

    Which decoder reads a notification is told by its characteristic. Our own frames carry
    number, boot and time; to the samples of other makes `Numbering` gives what they lack.
    """

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()
        self.state = State()

    def push(self, item: LinkEvent, /) -> Sequence[RawChunk | RawEnd]:
        """One end, or the chunks of one notification, mostly one."""
        match item:
            case Notified(characteristic=gatt.IMU):
                return self._imu(item)
            case Notified(characteristic=gatt.CONFIG):
                self._config(item.payload)
            case Notified() if item.characteristic in DECODERS:
                return self._other(item)
            case Notified() if item.characteristic in _ELSEWHERE:
                pass
            case Notified():
                self.state.tally["unknown_characteristic"] += 1
            case Connected() | Idle():
                return self._live(self.state.compact.flush())
            case Disconnected(at_ns, reason):
                chunks = self._live(self.state.compact.begin())
                self.state.config_is_current = False
                self.state.numbering.connected_anew = True
                for decoder in self.state.decoders.values():
                    decoder.disconnected()
                return [*chunks, RawEnd(at_ns, reason)]
        return []

    def leave_out(self, stored: Iterable[Numbered]) -> None:
        """Let go of what is sent again where it is among these; live samples never are."""
        for numbered in stored:
            stretch = numbered.start, numbered.stop
            self.state.stored.setdefault(numbered.boot_id, []).append(stretch)

    def statistics(self) -> Statistics:
        """Counts since the start."""
        tally = self.state.tally
        return Statistics(
            frames=tally["frames"],
            samples=tally["samples"],
            configs=tally["configs"],
            missing_samples=tally["missing_samples"],
            truncated=tally["truncated"],
            trailing_bytes=tally["trailing_bytes"],
            checksum=tally["checksum"],
            unknown_message=tally["unknown_message"],
            version=tally["version"],
            field=tally["field"],
            before_config=tally["before_config"],
            doubled=tally["doubled"],
            late=tally["late"],
            trimmed=tally["trimmed"],
            boots=tally["boots"],
            restarts=tally["restarts"],
            unknown_characteristic=tally["unknown_characteristic"],
            last_rejection=self.state.last_rejection,
            backfilled=tally["backfilled"],
            overwritten=tally["overwritten"],
            never_sampled=tally["never_sampled"],
            acknowledged=tally["acknowledged"],
            rebooted=tally["rebooted"],
            backfill_doubled=tally["backfill_doubled"],
            unplaced=tally["unplaced"],
            unanchored=tally["unanchored"],
            events=tally["events"],
            events_doubled=tally["events_doubled"],
            events_lost=tally["events_lost"],
        )

    def _config(self, payload: bytes) -> None:
        state = self.state
        try:
            state.config = decode_config(payload)
        except ProtocolError as error:
            self.reject(error)
            return
        state.config_is_current = True
        state.tally["configs"] += 1

    def _other(self, item: Notified) -> list[RawChunk]:
        """What another make of sensor says."""
        state = self.state
        make = DECODERS[item.characteristic]
        decoder = state.decoders.setdefault(make.__name__, make())
        chunks = []
        for said in decoder.push(item.characteristic, item.payload):
            if isinstance(said, ProtocolError):
                self.reject(said)
                continue
            chunk = state.numbering.push(said, item.at_ns, self.params.numbering, state.tally)
            if chunk is not None:
                chunks.append(chunk)
        return chunks

    def _imu(self, item: Notified) -> list[RawChunk]:
        state = self.state
        try:
            if item.payload[:1] not in TYPES:
                frames = [Gathered(item.at_ns, decode_frame(item.payload), stamped=True)]
                return self._live([*state.compact.flush(), *frames])
            if state.config is None:
                decode_message(item.payload)  # what makes no sense is counted as such
                state.tally["before_config"] += item.payload[:1] == bytes([COMPACT_FRAME.code])
                return []
            before = state.compact.unanchored
            whole = state.compact.push(item.payload, item.at_ns, state.config.rate_mhz)
            state.tally["unanchored"] += state.compact.unanchored - before
            return self._live(whole)
        except ProtocolError as error:
            self.reject(error)
            return []

    def _live(self, frames: Sequence[Gathered]) -> list[RawChunk]:
        return [chunk for told in frames for chunk in self._take(told)]

    def _take(self, told: Gathered) -> list[RawChunk]:
        state, frame = self.state, told.frame
        config = self._config_for(frame)
        if config is None:
            state.tally["before_config"] += 1
            return []
        rate_hz = config.rate_mhz / MHZ_PER_HZ
        first = self._unwrap(frame, rate_hz)
        stop = first + len(frame.counts)
        late = self._in_a_gap(first, stop)
        parts = state.had.add(max(first, state.expected), stop) if stop > state.expected else []
        if not parts:
            state.tally["late" if late else "doubled"] += 1
            return []
        if parts != [(first, stop)]:
            state.tally["trimmed"] += 1
        if first > state.expected:
            self._note_gap(first)
        state.expected = stop
        state.tally["frames"] += 1
        state.tally["samples"] += sum(end - start for start, end in parts)
        limit_lsb = self.params.saturated_lsb
        return [
            raw_chunk(told.at_ns, frame, first, (start - first, end - first), config, rate_hz,
                      limit_lsb, stamped=told.stamped)
            for start, end in parts
        ]  # fmt: skip

    def _config_for(self, frame: ImuFrame) -> SensorConfig | None:
        """The config that holds for a frame: read on this connection, or of the same boot.

        Ranges and rate never change within a boot (spec.md section 7).
        """
        config = self.state.config
        if config and (self.state.config_is_current or config.boot_id == frame.boot_id):
            return config
        return None

    def _unwrap(self, frame: ImuFrame, rate_hz: float) -> int:
        """Unwrapped sequence of the frame's sample 0; starts anew with a new boot."""
        state = self.state
        if frame.boot_id != state.boot_id:
            state.boot_id = frame.boot_id
            state.tally["boots"] += 1
            return self._start(frame.sequence)
        step = unwrap(frame.sequence, state.expected) - state.expected
        if step < -self.params.restart_s * rate_hz - len(frame.counts):
            state.tally["restarts"] += 1
            return self._start(frame.sequence)
        return state.expected + step

    def _start(self, sequence: int) -> int:
        state = self.state
        state.expected = sequence
        state.gaps.clear()
        state.had = Coverage()
        for start, stop in state.stored.get(state.boot_id or 0, ()):
            first = unwrap(start % SEQUENCE_WRAP, sequence)
            if first < sequence:
                state.had.add(first, min(first + stop - start, sequence))
        return sequence

    def _note_gap(self, first: int) -> None:
        state = self.state
        state.tally["missing_samples"] += first - state.expected
        state.gaps.append((state.expected, first))
        if len(state.gaps) > self.params.gaps_remembered:
            state.gaps.popleft()

    def _in_a_gap(self, start: int, stop: int) -> bool:
        return any(start < gap_stop and gap_start < stop for gap_start, gap_stop in self.state.gaps)

    def reject(self, error: ProtocolError) -> None:
        """Count a message that makes no sense."""
        self.state.tally[_TALLY[type(error)]] += 1
        self.state.last_rejection = str(error)


_TALLY = {
    TruncatedError: "truncated",
    TrailingBytesError: "trailing_bytes",
    ChecksumError: "checksum",
    UnknownMessageError: "unknown_message",
    VersionError: "version",
    FieldError: "field",
}


@lru_cache(64)
def _scales(acc_range_g: int, gyr_range_dps: int) -> NDArray[np.float64]:
    """SI units a count, of acceleration and rotation, shape (2, 1, 1)."""
    acc_mps2 = acc_range_g * G_MPS2 / FULL_SCALE_LSB
    gyr_radps = math.radians(gyr_range_dps) / FULL_SCALE_LSB
    return np.array([acc_mps2, gyr_radps]).reshape(2, 1, 1)


def raw_chunk(
    at_ns: int,
    frame: ImuFrame,
    first: int,
    part: tuple[int, int],
    config: SensorConfig,
    rate_hz: float,
    saturated_lsb: int,
    *,
    stamped: bool = True,
) -> RawChunk:
    """The samples `part`, [start, stop), of a frame that begins at number `first`, in SI units."""
    seen, stop = part
    counts = frame.counts[seen:stop]
    saturated = np.zeros(len(counts), np.bool_)
    if counts.size and (counts.max() >= saturated_lsb or counts.min() <= -saturated_lsb):
        # int32 has room for the absolute value of -32768
        saturated = np.abs(counts.astype(np.int32)).max(axis=1) >= saturated_lsb
    # Acceleration, then rotation: (n, 6) to (2, n, 3) in one go.
    triples = counts.reshape(-1, 2, 3).transpose(1, 0, 2)
    acc, gyr = np.multiply(triples, _scales(config.acc_range_g, config.gyr_range_dps), order="C")
    return RawChunk(
        at_ns=at_ns,
        boot_id=frame.boot_id,
        sequence=first + seen,
        device_us=frame.device_us + round(seen * 1_000_000 / rate_hz),
        rate_hz=rate_hz,
        acc_mps2=acc,
        gyr_radps=gyr,
        saturated=saturated,
        stamped=stamped,
    )
