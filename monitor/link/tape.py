"""Link events to a file, and back: what is kept before anything is decoded."""

import asyncio
import base64
import binascii
import contextlib
import json
import math
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from monitor.link.errors import TapeError
from monitor.link.port import Link
from monitor.model import (
    NS_PER_S,
    Asked,
    Asker,
    Connected,
    Disconnected,
    Fitted,
    Idle,
    LinkEvent,
    Mounting,
    Notified,
    Ruled,
    Wish,
)
from monitor.profiles import PROFILES, THRESHOLDS

FORMAT = "backwatch-tape"
VERSION = 1
LONGEST_LINE = 1 << 16  # bytes; what the longest value of Bluetooth takes is 1 kB. Ours
LAST_NS = 2**63 - 1  # what can be stored
BATCH_EVENTS = 256  # chosen by us: how many are read per visit to a thread

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TapeStatistics:
    """What was read so far.

    Attributes:
        events: events given out.
        truncated: 1 where the last line was cut off by a crash and left out, else 0.
    """

    events: int
    truncated: int


class TapeWriter:
    """A file that grows by a line for each event.

    Each line goes to the operating system at once, so that a crash of this process loses nothing;
    a loss of power costs what the system had not yet put on the disk. A file that exists is
    carried on; the rest of a line cut off by a crash is removed first.
    """

    def __init__(self, path: Path) -> None:
        """Open or begin `path`.

        Raises:
            TapeError: it cannot be written, or is not a tape.
        """
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise TapeError(f"tape {path} cannot be written: {error}") from error
        try:
            self._carry_on(path)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, event: LinkEvent) -> None:
        """Append one event; blocks for the time of a small write."""
        self._write_line(_encode(event))

    def close(self) -> None:
        """Have it on the disk. May be called twice."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def _carry_on(self, path: Path) -> None:
        self._file.seek(0)
        first = self._file.readline()
        if not first.endswith(b"\n"):
            if first and not _encode_header().startswith(first):
                raise TapeError(f"{path} is not a tape; choose another file", line=1)
            self._file.truncate(0)
            self._write_line(_encode_header())
            os.fsync(self._file.fileno())
            return
        _check_header(path, first)
        end = self._file.seek(0, os.SEEK_END)
        self._file.truncate(_end_of_last_line(self._file.fileno(), end))

    def _write_line(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._file.flush()


class TapeReader(Iterator[LinkEvent]):
    """The events of a tape, one at a time."""

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            TapeError: it cannot be read, or is not a tape.
        """
        self._path = path
        self._line = 1
        self._events = 0
        self._truncated = 0
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise TapeError(f"tape {path} cannot be read: {error}") from error
        try:
            _check_header(path, self._file.readline(LONGEST_LINE))
        except BaseException:
            self._file.close()
            raise

    def __next__(self) -> LinkEvent:
        """The next event.

        Raises:
            TapeError: a line is not an event; the message names it.
        """
        text = b"" if self._file.closed else self._file.readline(LONGEST_LINE)
        if not text.endswith(b"\n") and len(text) < LONGEST_LINE:
            self._truncated += bool(text)
            self.close()
            raise StopIteration
        self._line += 1
        try:
            event = _decode(text)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.close()
            raise TapeError(
                f"tape {self._path}, line {self._line} is not an event: {text[:60]!r} "
                f"({type(error).__name__}: {error}); cut the file off before it to use the rest",
                line=self._line,
            ) from error
        self._events += 1
        return event

    def statistics(self) -> TapeStatistics:
        return TapeStatistics(self._events, self._truncated)

    def close(self) -> None:
        """Let go of the file; happens by itself at the end. May be called twice."""
        self._file.close()


def read_tape(path: Path) -> TapeReader:
    """Iterate over the events of a tape.

    Raises:
        TapeError: it cannot be read, is not a tape, or, while iterating, a line is garbage.
    """
    return TapeReader(path)


def last_event(path: Path) -> LinkEvent | None:
    """The last event that is whole, read from the end of a tape; None: there is none.

    Raises:
        TapeError: the tape cannot be read, or ends in what is no event.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            stop = _end_of_last_line(file.fileno(), end)
            start = _end_of_last_line(file.fileno(), max(0, stop - 1))
            line = os.pread(file.fileno(), min(stop - start, LONGEST_LINE), start)
    except OSError as error:
        raise TapeError(f"tape {path} cannot be read: {error}") from error
    if start == 0:  # the header alone
        return None
    try:
        return _decode(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TapeError(
            f"tape {path} ends in what is no event: {line[:60]!r}; cut that off to use the rest"
        ) from error


class TapeLink:
    """A `Link` that plays a tape back."""

    def __init__(self, path: Path, speed: float | None = None) -> None:
        """`speed` 1 takes as long as the recording did, 60 plays an hour a minute; None rushes."""
        self._path = path
        self._speed = speed
        self._closed = False
        self._closing = asyncio.Event()

    def close(self) -> None:
        self._closed = True
        self._closing.set()

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        """The events, with the times they were recorded at.

        Raises:
            TapeError: as `read_tape`.
        """
        loop = asyncio.get_running_loop()
        tape = await asyncio.to_thread(read_tape, self._path)
        started_s = loop.time()
        first_ns: int | None = None
        last: LinkEvent | None = None
        try:
            while not self._closed:
                events, error = await asyncio.to_thread(_batch, tape)
                for event in events:
                    if self._speed is not None:
                        first_ns = event.at_ns if first_ns is None else first_ns
                        passed_s = (event.at_ns - first_ns) / NS_PER_S / self._speed
                        await self._wait(started_s + passed_s - loop.time())
                    if self._closed:
                        break
                    last = event
                    yield event
                if error is not None:
                    raise error
                if not events:
                    break
        finally:
            tape.close()
        if self._closed or not isinstance(last, Disconnected):
            at_ns = 0 if last is None else last.at_ns
            yield Disconnected(at_ns, "closed" if self._closed else "end of tape")

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._closing.wait()


class RecordedLink:
    """A `Link` that writes down what another one says, before passing it on."""

    def __init__(self, link: Link, tape: TapeWriter) -> None:
        """The tape stays its owner's to close."""
        self._link = link
        self._tape = tape

    def close(self) -> None:
        self._link.close()

    async def __aiter__(self) -> AsyncIterator[LinkEvent]:
        try:
            async for event in self._link:
                await asyncio.to_thread(self._tape.write, event)
                yield event
        finally:
            self._link.close()


def _batch(tape: TapeReader) -> tuple[list[LinkEvent], TapeError | None]:
    """The next events, and what stood in the way of more."""
    events: list[LinkEvent] = []
    try:
        events.extend(islice(tape, BATCH_EVENTS))
    except TapeError as error:
        return events, error
    return events, None


def _encode_header() -> bytes:
    return _json({"format": FORMAT, "version": VERSION})


def _check_header(path: Path, line: bytes) -> None:
    try:
        header = json.loads(line)
        known, version = header["format"] == FORMAT, header["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        known, version = False, None
    if not known:
        raise TapeError(f"{path} is not a tape: its first line does not say so", line=1)
    if version != VERSION:
        raise TapeError(
            f"tape {path} has version {version}, this program reads {VERSION}: "
            "use the program that wrote it",
            line=1,
        )


def _end_of_last_line(descriptor: int, end: int) -> int:
    """Where the last whole line of a file of `end` bytes ends."""
    while end:
        start = max(0, end - 4096)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _encode(event: LinkEvent) -> bytes:
    match event:
        case Connected(at_ns, address, name):
            return _json({"event": "connected", "at_ns": at_ns, "address": address, "name": name})
        case Notified(at_ns, characteristic, payload):
            return _json(
                {
                    "event": "notified",
                    "at_ns": at_ns,
                    "characteristic": characteristic,
                    "payload": base64.b64encode(payload).decode(),
                }
            )
        case Disconnected(at_ns, reason):
            return _json({"event": "disconnected", "at_ns": at_ns, "reason": reason})
        case Idle(at_ns):
            return _json({"event": "idle", "at_ns": at_ns})
        case Fitted(at_ns, mounting):
            return _json({"event": "fitted", "at_ns": at_ns, "mounting": asdict(mounting)})
        case Asked(at_ns, wish, by, stretch):
            asked = {"event": "asked", "at_ns": at_ns, "wish": wish.value, "by": by.value}
            return _json(asked if stretch is None else asked | {"stretch": stretch})
        case Ruled(at_ns, profile, own):
            return _json({"event": "ruled", "at_ns": at_ns, "profile": profile, "own": dict(own)})


def _decode(line: bytes) -> LinkEvent:
    """The event a line holds; ValueError, KeyError or TypeError where it holds none."""
    fields = json.loads(line)
    at_ns = _typed(fields, "at_ns", int)
    if not 0 <= at_ns <= LAST_NS:
        raise ValueError("at_ns is no time")
    match fields["event"]:
        case "connected":
            return Connected(at_ns, _typed(fields, "address", str), _typed(fields, "name", str))
        case "notified":
            payload = binascii.a2b_base64(_typed(fields, "payload", str), strict_mode=True)
            return Notified(at_ns, _typed(fields, "characteristic", str), payload)
        case "disconnected":
            return Disconnected(at_ns, _typed(fields, "reason", str))
        case "idle":
            return Idle(at_ns)
        case "fitted":
            return Fitted(at_ns, _mounting(_typed(fields, "mounting", dict)))
        case "asked":
            stretch = _stretch(fields["stretch"]) if "stretch" in fields else None
            return Asked(at_ns, Wish(fields["wish"]), Asker(fields["by"]), stretch)
        case "ruled":
            return _ruled(at_ns, fields["profile"], _typed(fields, "own", dict))
        case other:
            raise ValueError(f"no event is called {other!r}")


def _stretch(plain: object) -> tuple[int, int]:
    match plain:
        case [int(start_ns), int(stop_ns)] if start_ns < stop_ns:
            return start_ns, stop_ns
    raise ValueError(f"{plain!r} is no stretch of time")


def _ruled(at_ns: int, profile: object, plain: dict[str, Any]) -> Ruled:
    """Thresholds that there are, within their ranges; ValueError else."""
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"{profile!r} is no profile")
    for name, value in plain.items():
        if name not in THRESHOLDS:
            raise ValueError(f"{name!r} is no threshold")
        THRESHOLDS[name].check(value)
    own = tuple((name, float(value)) for name, value in sorted(plain.items()))
    return Ruled(at_ns, None if profile is None else str(profile), own)


def _mounting(plain: dict[str, Any]) -> Mounting:
    rows = tuple(float(value) for value in _typed(plain, "body_from_sensor", list))
    on_rad = plain["slouch_on_rad"]
    mounting = Mounting(
        rows,
        _typed(plain, "forward_known", bool),
        _typed(plain, "source", str),
        float(plain["sit_tall_rad"]),
        None if on_rad is None else float(on_rad),
    )
    if len(rows) != 9 or not all(map(math.isfinite, [*rows, mounting.sit_tall_rad, on_rad or 0.0])):
        raise ValueError(f"mounting {plain!r}")
    return mounting


def _typed(fields: dict[str, Any], name: str, kind: type[_T]) -> _T:
    value = fields[name]
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise TypeError(f"{name} is {value!r}")
    return value


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
