"""A folder of tapes: begun and ended while a sensor is heard, listed, deleted."""

import asyncio
import shutil
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from firmware_protocol import gatt
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

ENDING = ".tape"
HEAD_EVENTS = 64  # of the start of a tape, in which a sensor is looked for. Ours
MOST_BYTES = 250_000_000  # about a day of 100 Hz; then a tape ends by itself. Ours
LEAST_FREE = 100_000_000  # bytes of the disk; they are for the days, not for tapes. Ours
FULL = f"the disk has less than {LEAST_FREE // 10**6} MB left; make room, or delete tapes"
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
    Recorder(tapes_folder(database), lambda: None, lambda: False).forget(bounds)


class Recorder:
    """Records what one link says, from when it is asked to until it is told to stop.

    A tape that begins while the sensor is connected begins as a connection does, so that it can
    be read by itself: what was said once at its start is said again, at the tape's own beginning.
    Its methods may be called in any thread. A tape never ends the link: what cannot be written
    ends the tape, and is told.

    Args:
        folder: made with the first tape.
        mounting: how the sensor sits now, if more is known than its axes; else None.
        kept: whether anything may be kept now; while not, a tape ends.
    """

    def __init__(
        self, folder: Path, mounting: Callable[[], Mounting | None], kept: Callable[[], bool]
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
        self._told: dict[Path, tuple[tuple[int, int], Tape]] = {}  # by time and size

    def heard(self, link: Link) -> Link:
        """The link, with what it says written down before it is passed on."""
        return _Heard(link, self)

    def now(self) -> RecorderNow:
        return self._now

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
            if not self._kept():
                raise TapeError("recording is paused, so no tape is recorded; end the pause first")
            path = self._free(at_ns)
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.folder.chmod(0o700)
            except OSError as error:
                raise TapeError(f"tapes cannot be kept in {self.folder}: {error}") from error
            if _is_full(self.folder):
                raise TapeError(f"{self.folder}: {FULL}")
            self._tape = TapeWriter(path)
            self._begun = False
            self._now = RecorderNow(path, at_ns, path.stat().st_size, "")

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
            touched = (
                bounds is None
                or bool(tape.problem)  # nobody knows what is on it
                or ((recording or tape.stop_ns >= bounds[0]) and tape.start_ns < bounds[1])
            )
            if touched:
                if recording:
                    self.end()
                tape.path.unlink(missing_ok=True)

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
        if not self._kept():
            self._end("the tape ended when recording was paused")
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
        size = path.stat().st_size
        self._now = replace(self._now, size=size)
        if size >= MOST_BYTES:
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
