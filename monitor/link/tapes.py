"""A folder of tapes: begun and ended while a sensor is heard, listed, deleted."""

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from firmware_protocol import ImuFrame, ProtocolError, decode_frame, gatt
from firmware_protocol.control import Anchor, CompactFrame, Event, decode_message
from firmware_protocol.layout import IMU_FRAME
from monitor.ingest import SAMPLES
from monitor.link.errors import TapeError
from monitor.link.port import Link
from monitor.link.tape import TapeWriter, last_event, read_tape
from monitor.model import (
    NS_PER_S,
    Asked,
    Connected,
    Disconnected,
    Fitted,
    LinkEvent,
    Mounting,
    Notified,
    Ruled,
    Wish,
)

log = logging.getLogger(__name__)

ENDING = ".tape"
HEAD_EVENTS = 64  # of the start of a tape, in which a sensor is looked for. Ours
MOST_BYTES = 250_000_000  # about a day of 100 Hz; then a tape ends by itself. Ours
MOST_OF_ALL = 1_000_000_000  # bytes of all tapes; then none is recorded. Ours
LOOK_BYTES = 10_000_000  # of a tape, after which all of them are counted again. Ours
# s; a sensor goes on with the newest where more than 2 s of samples wait (spec.md, section 11.3).
# Ours: what comes live so soon after an erasure may still be of before.
SETTLED_S = 10
LEAST_FREE = 100_000_000  # bytes of the disk; they are for the days, not for tapes. Ours
FULL = f"the disk has less than {LEAST_FREE // 10**6} MB left; make room, or delete tapes"
MANY = f"all tapes together have {MOST_OF_ALL // 10**9} GB; delete some first"
PREFACE = (gatt.CONFIG, gatt.BATTERY_LEVEL)  # of a connection, said once when it begins


def tapes_folder(database: Path) -> Path:
    """Where the tapes of a database are kept: beside it."""
    return database.with_name(database.name + ".tapes")


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape in the folder.

    Attributes:
        start_ns, stop_ns: of its first and last event [ns since the epoch, UTC].
        name, address: of the first sensor on it; the name is text from a stranger.
        problem: why it cannot be played; empty: it can.
    """

    path: Path
    size: int
    start_ns: int
    stop_ns: int
    name: str
    address: str
    problem: str = ""

    def touches(self, bounds: tuple[int, int]) -> bool:
        """Whether something of a stretch [start_ns, stop_ns) may be on it."""
        if self.problem:
            return True  # nobody knows what is on it
        return self.stop_ns >= bounds[0] and self.start_ns < bounds[1]


def describe_tape(path: Path) -> Tape:
    """What a tape holds, by its first and its last events."""
    size = 0
    try:
        size = path.stat().st_size
        tape = read_tape(path)
        try:
            head = list(islice(tape, HEAD_EVENTS))
        finally:
            tape.close()
        last = last_event(path)
    except (TapeError, OSError) as error:
        return Tape(path, size, 0, 0, "", "", str(error))
    if not head or last is None:
        return Tape(path, size, 0, 0, "", "", "nothing is on it yet")
    sensors = [event for event in head if isinstance(event, Connected)]
    name, address = (sensors[0].name, sensors[0].address) if sensors else ("", "")
    return Tape(path, size, head[0].at_ns, max(head[0].at_ns, last.at_ns), name, address)


@dataclass(frozen=True, slots=True)
class RecorderNow:
    """What is being recorded.

    Attributes:
        path: of the tape that is written; None: none is.
        since_ns: since when [ns since the epoch, UTC].
        problem: why the last tape ended by itself; empty: it did not.
    """

    path: Path | None
    since_ns: int
    size: int
    problem: str


def forget_tapes(database: Path, bounds: tuple[int, int] | None = None) -> None:
    """As `Recorder.forget`, where none is being recorded; raises OSError."""
    _reader(database).forget(bounds)


def tapes_of(database: Path, bounds: tuple[int, int]) -> list[Tape]:
    """Those that touch a stretch [start_ns, stop_ns), the latest first; also any that cannot be
    read. Reads files."""
    return [tape for tape in _reader(database).tapes() if tape.touches(bounds)]


def _reader(database: Path) -> "Recorder":
    return Recorder(tapes_folder(database), lambda: None, lambda: None)


class Recorder:
    """Records what one link says, from when it is asked to until it is told to stop.

    A tape that begins while the sensor is connected begins as a connection does, so that it can
    be read by itself: what was said once at its start is said again, at the tape's own beginning.
    Its methods may be called in any thread. A tape never ends the link: what cannot be written
    ends the tape, and is told.

    Args:
        folder: made with the first tape.
        mounting: how the sensor sits now, if more is known than its axes; else None.
        kept: since when what is measured may be kept [ns since the epoch, UTC], 0 for ever; what a
            sensor sends of before is left off. None: nothing may be kept, and a tape ends.
    """

    def __init__(
        self, folder: Path, mounting: Callable[[], Mounting | None], kept: Callable[[], int | None]
    ) -> None:
        self.folder = folder
        self._mounting = mounting
        self._kept = kept
        self._lock = threading.Lock()
        self._tape: TapeWriter | None = None
        self._now = RecorderNow(None, 0, 0, "")
        self._connected: Connected | None = None
        self._ruled: Ruled | None = None
        self._said: dict[str, Notified] = {}
        self._begun = False  # the tape has its connection
        self._written = 0  # bytes of all tapes, since the present one began
        self._guard: Guard | None = None
        self._told: dict[Path, tuple[tuple[int, int], Tape]] = {}  # by time and size

    def heard(self, link: Link) -> Link:
        """The link, with what it says written down before it is passed on."""
        return _Heard(link, self)

    def now(self) -> RecorderNow:
        return self._now

    @property
    def connected(self) -> bool:
        """Whether its link has a sensor now."""
        return self._connected is not None

    def tapes(self) -> list[Tape]:
        """All in the folder, the latest first. Reads files."""
        found = []
        paths = sorted(self.folder.glob(f"*{ENDING}")) if self.folder.is_dir() else []
        for path in paths:
            try:
                if path.is_symlink() or not path.is_file():
                    continue
                at = path.stat()
            except OSError:  # deleted meanwhile
                continue
            mark = (at.st_mtime_ns, at.st_size)
            known = self._told.get(path)
            if known is None or known[0] != mark:
                self._told[path] = known = (mark, describe_tape(path))
            found.append(known[1])
        return sorted(found, key=lambda tape: (tape.start_ns, tape.path.name), reverse=True)

    def begin(self, at_ns: int) -> None:
        """Record from now on; nothing new where a tape is being recorded.

        Raises:
            TapeError: it cannot be written, or nothing may be kept now.
        """
        with self._lock:
            if self._tape is not None:
                return
            since_ns = self._kept()
            if since_ns is None:
                raise TapeError("recording is paused, so no tape is recorded; end the pause first")
            path = self._free(at_ns)
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.folder.chmod(0o700)
            except OSError as error:
                raise TapeError(f"tapes cannot be kept in {self.folder}: {error}") from error
            if _is_full(self.folder):
                raise TapeError(f"{self.folder}: {FULL}")
            self._written = self._size()
            if self._written >= MOST_OF_ALL:
                raise TapeError(f"{self.folder}: {MANY}")
            self._tape = TapeWriter(path)
            self._guard = Guard(since_ns) if since_ns else None
            self._begun = False
            size = path.stat().st_size
            self._written += size
            self._now = RecorderNow(path, at_ns, size, "")

    def end(self) -> None:
        """Record no more; may be called again."""
        with self._lock:
            self._end("")

    def forget(self, bounds: tuple[int, int] | None = None) -> None:
        """Delete all tapes, or those that touch a stretch [start_ns, stop_ns); ends the present
        one where it is among them.

        Raises:
            OSError: one cannot be deleted.
        """
        now = self._now
        for tape in self.tapes():
            recording = tape.path == now.path
            touched = bounds is None or tape.touches(bounds)
            if touched or (recording and bounds is not None and tape.start_ns < bounds[1]):
                if recording:
                    self.end()
                tape.path.unlink(missing_ok=True)

    def forget_before(self, at_ns: int) -> None:
        """Delete tapes that ended before an instant, and those of before that cannot be read."""
        for tape in self.tapes():
            try:
                ended_ns = tape.path.stat().st_mtime_ns if tape.problem else tape.stop_ns
                if ended_ns < at_ns and tape.path != self._now.path:
                    tape.path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("a tape that is too old stays: %s", error)

    def _size(self) -> int:
        return sum(tape.size for tape in self.tapes())

    def delete(self, path: Path) -> None:
        """Delete one tape, which is not being recorded.

        Raises:
            TapeError: it is, or cannot be deleted.
        """
        if path == self._now.path:
            raise TapeError(f"{path.name} is being recorded; stop that first")
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise TapeError(f"{path} cannot be deleted: {error}") from error

    def take(self, event: LinkEvent) -> None:
        """What the link says next; blocks for the time of a small write."""
        with self._lock:
            tape = self._tape
            if tape is not None:
                try:
                    self._write(tape, event)
                except OSError as error:
                    self._end(f"the tape ended, it could not be written: {error}")
            self.remember(event)

    def remember(self, event: LinkEvent) -> None:
        """What the link says while nothing is recorded: what a tape of later needs of it."""
        match event:
            case Connected():
                self._connected = event
                self._said = {}
            case Disconnected():
                self._connected = None
            case Ruled():
                self._ruled = event
            case Asked() if event.wish is Wish.FORGET:
                self._ruled = None
            case Notified() if event.characteristic in PREFACE:
                self._said = {**self._said, event.characteristic: event}

    def _write(self, tape: TapeWriter, event: LinkEvent) -> None:
        since_ns = self._kept()
        if since_ns is None:
            self._end("the tape ended when recording was paused")
            return
        if self._guard is not None and not self._guard.passes(event):
            return
        path = self._now.path
        assert path is not None
        if not self._begun and isinstance(event, Disconnected):
            return  # of a connection of which nothing is on the tape
        if not self._begun and not isinstance(event, Connected) and self._connected is not None:
            tape.write(replace(self._connected, at_ns=event.at_ns))
            self._fit(tape, event.at_ns)
            for said in self._said.values():
                tape.write(replace(said, at_ns=event.at_ns))
            self._begun = True
        tape.write(event)
        if not self._begun and isinstance(event, Connected):
            self._fit(tape, event.at_ns)
            self._begun = True
        before, size = self._now.size, path.stat().st_size
        self._now = replace(self._now, size=size)
        self._written += size - before
        if size // LOOK_BYTES != before // LOOK_BYTES:
            self._written = self._size()  # other sensors have tapes, too
        if self._written >= MOST_OF_ALL:
            self._end(f"the tape ended by itself: {MANY}")
        elif size >= MOST_BYTES:
            self._end(f"the tape ended by itself: it has {size / 1e6:.0f} MB")
        elif _is_full(self.folder):
            self._end(f"the tape ended by itself: {FULL}")

    def _fit(self, tape: TapeWriter, at_ns: int) -> None:
        """A tape read by itself knows of no thresholds and no calibration of before."""
        if self._ruled is not None:
            tape.write(replace(self._ruled, at_ns=at_ns))
        if (mounting := self._mounting()) is not None:
            tape.write(Fitted(at_ns, mounting))

    def _end(self, problem: str) -> None:
        tape, self._tape = self._tape, None
        if tape is None:
            return
        self._now = RecorderNow(None, 0, 0, problem)
        try:
            tape.close()
        except OSError as error:
            self._now = replace(self._now, problem=problem or f"the tape may lack its end: {error}")

    def _free(self, at_ns: int) -> Path:
        stamp = datetime.fromtimestamp(at_ns // NS_PER_S, UTC).strftime("%Y%m%dT%H%M%SZ")
        path = self.folder / f"{stamp}{ENDING}"
        number = 1
        while path.exists():
            number += 1
            path = self.folder / f"{stamp}-{number}{ENDING}"
        return path


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < LEAST_FREE


class Guard:
    """Lets pass what a sensor says of what it measured from an instant on.

    Live samples are as old as their arrival. What it sends later, of its memory, is told by the
    device's own clock, against live samples of the same run; where none has been heard it is held
    back. The rest, such as its battery, says nothing of who wore it.
    """

    def __init__(self, since_ns: int) -> None:
        """Nothing measured before passes [ns since the epoch, UTC]."""
        self._from_ns = since_ns + SETTLED_S * NS_PER_S
        self._started_ns: dict[int, int] = {}  # of a run, by its boot id
        self._anchored = False  # what follows on the back-fill passes

    def passes(self, event: LinkEvent) -> bool:
        """Whether it says nothing of before; to be asked of each event in turn."""
        match event:
            case Connected() | Disconnected():
                self._anchored = False
            case Notified() if event.characteristic in SAMPLES:
                self._live(event)
                return event.at_ns >= self._from_ns
            case Notified(characteristic=gatt.BACKFILL | gatt.EVENTS):
                return self._late(event)
        return True

    def _live(self, event: Notified) -> None:
        if event.characteristic != gatt.IMU:
            return
        try:
            said = _decoded(event.payload)
        except ProtocolError:
            return
        if isinstance(said, ImuFrame | Anchor):
            self._started_ns[said.boot_id] = event.at_ns - said.device_us * 1000

    def _late(self, event: Notified) -> bool:
        try:
            said = _decoded(event.payload)
        except ProtocolError:
            return False
        if isinstance(said, CompactFrame):
            return self._anchored
        if not isinstance(said, ImuFrame | Anchor | Event):
            return True
        started_ns = self._started_ns.get(said.boot_id)
        passes = started_ns is not None and started_ns + said.device_us * 1000 >= self._from_ns
        if isinstance(said, Anchor):
            self._anchored = passes
        return passes


def _decoded(payload: bytes) -> object:
    frame = payload[:1] == bytes([IMU_FRAME.code])
    return decode_frame(payload) if frame else decode_message(payload)


class _Heard:
    """A `Link` whose events a recorder takes."""

    def __init__(self, link: Link, recorder: Recorder) -> None:
        self._link = link
        self._recorder = recorder

    def close(self) -> None:
        self._link.close()

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        events = aiter(self._link)
        try:
            async for event in events:
                if self._recorder.now().path is None:
                    self._recorder.remember(event)
                else:
                    await asyncio.to_thread(self._recorder.take, event)
                yield event
        finally:
            self._link.close()
            if isinstance(events, AsyncGenerator):  # lets the link tidy up behind it
                await events.aclose()
            await asyncio.to_thread(self._recorder.end)
