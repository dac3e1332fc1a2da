"""A recorded session through the path again, told to whoever started this process.

Run as `python -m backwatch.replaying`. On standard input come the length and the pickle of a
`Wanted`, then commands, a line each: `speed X`, `speed max`, `pause`, `go`. On standard output go
lines of JSON: what `dashboard.replay.ReplaySchema` says of the playing. It ends with the session,
or when its standard input does. Nothing is stored: it has no store, and opens files to read.
"""

import json
import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic_ns
from typing import IO, Any

import numpy as np

from backwatch.errors import UserError
from backwatch.recorded import LENGTH, Wanted
from backwatch.session import make_pipeline
from backwatch.telling import word_lines
from dashboard.pipeline import sensor_flow_schema
from dashboard.schemas import state_schema
from firmware_protocol import gatt
from monitor.ingest import SAMPLES
from monitor.link import TapeError, read_tape
from monitor.link.tapes import HEAD_EVENTS
from monitor.model import (
    NS_PER_S,
    Connected,
    Fitted,
    LinkEvent,
    Notified,
    Placement,
    SampleChunk,
    SegmentEnd,
)
from monitor.pipeline import Interpret, Pipeline, Step
from monitor.rescoring import continues, end_of, reader, refit
from monitor.service import SensorFlow, Stage
from monitor.service.flow import Gauges
from monitor.service.now import Now
from monitor.service.worn import legible
from monitor.store import RawKept, StoreError, read_raw

SAY_NS = NS_PER_S // 4  # from one word on how far it is to the next. Ours
PIECE_S = 0.2  # s; of stored samples pushed at once. Ours
MOST_GAP_NS = 10 * NS_PER_S  # in which nothing was heard; a longer one is played as so long. Ours
LINES = 12  # of what was told last. Ours
ACQUIRED = (Stage.LINK, Stage.INGEST)  # which samples that are stored have behind them


@dataclass(frozen=True, slots=True)
class Piece:
    """What is pushed at once.

    Attributes:
        at_ns: when it came [ns since the epoch, UTC].
        event: None where it is not of a link.
    """

    at_ns: int
    event: LinkEvent | None
    samples: tuple[SampleChunk | SegmentEnd, ...] = ()


class OfTape:
    """The events of a tape through the whole path."""

    def __init__(self, wanted: Wanted, path: Path) -> None:
        self._path = path
        worn = wanted.worn or wanted.config.worn[0]
        self.placement = worn.placement
        if _is_fitted(path):  # a zero was taken before the tape began
            worn = replace(worn, neutral_s=None)
        self.pipeline: Pipeline = make_pipeline(wanted.config, worn, lambda: wanted.profile)

    def __iter__(self) -> Iterator[Piece]:
        for event in read_tape(self._path):
            yield Piece(event.at_ns, legible(event))

    def push(self, piece: Piece) -> Step:
        assert piece.event is not None
        return self.pipeline.push(piece.event)


class OfSamples:
    """Stored samples of one recording, from where the time base has given them out."""

    pipeline = None

    def __init__(self, wanted: Wanted, kept: RawKept) -> None:
        self._kept = kept
        self._database = wanted.config.db
        self._profile = wanted.profile
        placement = kept.origin.placement
        self.placement = Placement(placement) if placement else wanted.config.placement
        self._interpret: Interpret | None = None

    def __iter__(self) -> Iterator[Piece]:
        origin = self._kept.origin
        last: SampleChunk | None = None
        for stored in read_raw(
            self._database,
            self._kept.start_ns,
            self._kept.stop_ns,
            simulated=origin.simulated,
            counts=origin.counts,
        ):
            if stored.origin != origin:
                continue
            chunk = stored.samples.chunk
            if last is not None and not continues(last, chunk):
                yield Piece(_stop_ns(last), None, (end_of(last),))
            if self._interpret is None:
                self._interpret = reader(
                    self._profile, self.placement, stored.samples.mounting, self._kept.mountings
                )
            refit(self._interpret, stored.samples)
            for part in _parts(chunk):
                yield Piece(_stop_ns(part), None, (part,))
            last = chunk
        if last is not None:
            yield Piece(_stop_ns(last), None, (end_of(last),))

    def push(self, piece: Piece) -> Step:
        assert self._interpret is not None
        return self._interpret.push(list(piece.samples))


def _is_fitted(path: Path) -> bool:
    tape = read_tape(path)
    try:
        return any(isinstance(event, Fitted) for event in islice(tape, HEAD_EVENTS))
    finally:
        tape.close()


def _stop_ns(chunk: SampleChunk) -> int:
    return chunk.segment.time_ns(chunk.first + len(chunk))


def _parts(chunk: SampleChunk) -> Iterator[SampleChunk]:
    size = max(1, round(PIECE_S * chunk.segment.rate_hz))
    for start in range(0, len(chunk), size):
        part = slice(start, start + size)
        yield SampleChunk(
            chunk.segment,
            chunk.first + start,
            chunk.acc_mps2[part],
            chunk.gyr_radps[part],
            chunk.origin[part],
        )


class Pace:
    """When what was recorded is due, by a steady clock [ns]; pauses do not count."""

    def __init__(self, speed: float | None, at_ns: int) -> None:
        self.speed = speed
        self.played_ns = 0  # without pauses
        self._last_ns: int | None = None  # of the recording
        self._due_ns = at_ns  # of the steady clock
        self._since_ns: int | None = at_ns  # None while paused

    @property
    def paused(self) -> bool:
        return self._since_ns is None

    def due_ns(self, recorded_ns: int) -> int:
        """When a moment of the recording is due, after the last that has passed."""
        if self.speed is None or self._last_ns is None:
            return self._due_ns
        gap_ns = min(max(0, recorded_ns - self._last_ns), MOST_GAP_NS)
        return self._due_ns + round(gap_ns / self.speed)

    def passed(self, recorded_ns: int, at_ns: int) -> None:
        """It was played. Who cannot keep up plays on from here, and runs after nothing."""
        self._due_ns = max(self.due_ns(recorded_ns), at_ns - SAY_NS)
        self._last_ns = recorded_ns

    def set(self, speed: float | None, at_ns: int) -> None:
        """From now on."""
        self.speed = speed
        self._due_ns = at_ns

    def pause(self, at_ns: int) -> None:
        """Until it goes on; may be called again."""
        if self._since_ns is not None:
            self.played_ns += at_ns - self._since_ns
            self._since_ns = None

    def go(self, at_ns: int) -> None:
        """On, from where it stands; may be called again."""
        if self._since_ns is None:
            self._since_ns = self._due_ns = at_ns

    def took_ns(self, at_ns: int) -> int:
        """How long it has played."""
        return self.played_ns + (0 if self._since_ns is None else at_ns - self._since_ns)


class Player:
    """Plays one session."""

    def __init__(self, wanted: Wanted, commands: "SimpleQueue[str]", out: IO[str]) -> None:
        """`commands` are lines as they come; what is said goes to `out`."""
        self._wanted = wanted
        self._commands = commands
        self._out = out
        what = wanted.what
        self._source: OfTape | OfSamples = (
            OfTape(wanted, what) if isinstance(what, Path) else OfSamples(wanted, what)
        )
        self._pace = Pace(wanted.speed, monotonic_ns())
        self._gauges = Gauges()
        self._now = Now(wanted.start_ns, wanted.profile.alerts)
        if isinstance(what, RawKept):
            address = what.origin.address
            self._now.take(Connected(wanted.start_ns, address, wanted.name), Step())
        self._at_ns = wanted.start_ns
        self._states = self._events = self._alerts = 0
        self._lines: deque[str] = deque(maxlen=LINES)
        self._said_ns = 0

    def play(self) -> None:
        """To its end.

        Raises:
            TapeError, StoreError: it cannot be read on.
        """
        self._say("playing")
        for piece in self._source:
            self._wait(piece.at_ns)
            begun_ns = monotonic_ns()
            step = self._source.push(piece)
            now_ns = monotonic_ns()
            self._take(piece, step, begun_ns, now_ns)
            self._pace.passed(piece.at_ns, now_ns)
            if now_ns - self._said_ns >= SAY_NS:
                self._say("playing")
        self._say("done")

    def fail(self, problem: str) -> None:
        """It cannot go on."""
        self._say("failed", problem)

    def _wait(self, recorded_ns: int) -> None:
        """Until a moment is due."""
        while True:
            now_ns = monotonic_ns()
            left_ns = self._pace.due_ns(recorded_ns) - now_ns
            if not self._pace.paused and left_ns <= 0 and self._commands.empty():
                return
            wait_ns = SAY_NS if self._pace.paused else max(0, min(left_ns, SAY_NS))
            try:
                self._obey(self._commands.get(timeout=wait_ns / NS_PER_S))
            except Empty:
                if not self._pace.paused and monotonic_ns() - self._said_ns >= SAY_NS:
                    self._say("playing")

    def _obey(self, line: str) -> None:
        now_ns = monotonic_ns()
        match line.split():
            case ["pause"]:
                self._pace.pause(now_ns)
            case ["go"]:
                self._pace.go(now_ns)
            case ["speed", "max"]:
                self._pace.set(None, now_ns)
            case ["speed", text]:
                self._pace.set(float(text), now_ns)
        self._say("paused" if self._pace.paused else "playing")

    def _take(self, piece: Piece, step: Step, begun_ns: int, now_ns: int) -> None:
        self._at_ns = max(self._at_ns, piece.at_ns)
        event = piece.event
        self._gauges.take(event, step, now_ns)
        if event is None or (isinstance(event, Notified) and event.characteristic in SAMPLES):
            self._gauges.worked.add(now_ns - begun_ns, now_ns)
        # To what is shown, samples from the disk are as if they had just been heard.
        self._now.take(event or Notified(piece.at_ns, gatt.IMU, b""), step)
        self._states += len(step.changes)
        self._events += len(step.events)
        self._alerts += len(step.alerts)
        self._lines.extend(word_lines(step))

    def _say(self, state: str, problem: str = "") -> None:
        now_ns = monotonic_ns()
        self._said_ns = now_ns
        begin_ns, whole_ns = self._wanted.start_ns, self._wanted.stop_ns - self._wanted.start_ns
        read_ns = self._at_ns - begin_ns
        told, angle = self._now.state, self._now.angle
        lean = None if angle is None else angle.sagittal_deg
        said: dict[str, Any] = {
            "state": state,
            "speed": self._pace.speed,
            "problem": problem,
            "at_ms": self._at_ns // 1_000_000,
            "share": 1.0 if state == "done" else float(np.clip(read_ns / max(1, whole_ns), 0, 1)),
            "read_s": read_ns / NS_PER_S,
            "took_s": self._pace.took_ns(now_ns) / NS_PER_S,
            "person": None if told is None else state_schema(told).model_dump(),
            "lean_deg": None if lean is None else round(lean, 1),
            "states": self._states,
            "events": self._events,
            "alerts": self._alerts,
            "lines": list(self._lines),
            "flow": sensor_flow_schema(self._flow(now_ns)).model_dump(),
        }
        self._out.write(json.dumps(said) + "\n")
        self._out.flush()

    def _flow(self, at_ns: int) -> SensorFlow:
        stages = self._gauges.stages(at_ns)
        pipeline = self._source.pipeline
        if pipeline is None:
            stages = tuple(one for one in stages if one.stage not in ACQUIRED)
        return SensorFlow(
            placement=self._source.placement,
            counts=True,
            link=self._now.link,
            link_counts=None,
            path=None if pipeline is None else pipeline.statistics(),
            stages=stages,
            worked=self._gauges.worked.now(at_ns),
            told=self._gauges.told.now(at_ns),
            stored=self._gauges.stored.now(at_ns),
        )


def _exactly(stdin: FileIO, count: int) -> bytes:
    found = b""
    while len(found) < count:
        if not (read := stdin.read(count - len(found))):
            os._exit(0)
        found += read
    return found


def _follow(stdin: FileIO, commands: "SimpleQueue[str]") -> None:
    with suppress(OSError):
        for line in stdin:
            commands.put(line.decode("ascii", "replace"))
    os._exit(0)  # in the middle of a session, of which nobody wants to know any more


def main() -> int:
    if hasattr(os, "nice"):
        os.nice(10)  # the sensor and the page come first
    # Not sys.stdin: its lock would be held while the interpreter shuts down.
    stdin = FileIO(0, closefd=False)
    (length,) = LENGTH.unpack(_exactly(stdin, LENGTH.size))
    wanted: Wanted = pickle.loads(_exactly(stdin, length))
    commands: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_follow, args=(stdin, commands), name="stdin", daemon=True).start()
    try:
        player = Player(wanted, commands, sys.stdout)
    except (TapeError, StoreError, UserError) as error:
        print(json.dumps({"state": "failed", "problem": str(error), "speed": None}), flush=True)
        return 0
    try:
        player.play()
    except (TapeError, StoreError) as error:
        player.fail(str(error))
    return 0


if __name__ == "__main__":
    # Under its own name, so that what is pickled is found again.
    from backwatch import replaying

    with suppress(BrokenPipeError):
        sys.exit(replaying.main())
