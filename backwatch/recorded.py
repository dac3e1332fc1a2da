"""Recorded sessions for the page: tapes and kept samples, recorded, listed and played again."""

import asyncio
import contextlib
import json
import math
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from io import BytesIO
from pathlib import Path
from time import monotonic, time_ns

from pydantic import ValidationError

from dashboard.replay import (
    Listed,
    NoSuchSessionError,
    RecordedSession,
    Recording,
    ReplayRefusedError,
    ReplaySchema,
    session_schema,
)
from monitor.config import Config, SensorConfig
from monitor.link import Recorder, TapeError
from monitor.profiles import Profile
from monitor.service.worn import legible_text
from monitor.store import Queries, RawKept, StoreError, raw_kept

OF_TAPE, OF_SAMPLES = "tape:", "samples:"
LINE_BYTES = 1 << 20  # of a word of the process; a hundredth of it is usual
LENGTH = struct.Struct("<Q")  # before what is wanted of the process: its bytes
READY_S = 30.0  # s; after the page was last looked at, for which a process is kept ready. Ours
SOON_S = 1.0  # s; in which one that was ready says its first word, where nothing else runs. Ours
NOTHING = ReplaySchema(state="none", session=None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to play, and how it is read.

    Attributes:
        what: a tape, or samples that are kept beside `config.db`.
        start_ns, stop_ns: of it [ns since the epoch, UTC].
        profile: what it begins with, of a sensor worn anywhere.
        speed: times as fast as it was; None: as fast as can be.
        worn: how the sensor of a tape is worn; None: as the one that counts.
    """

    what: Path | RawKept
    name: str
    start_ns: int
    stop_ns: int
    config: Config
    profile: Profile
    speed: float | None
    worn: SensorConfig | None = None


class _Pickler(pickle.Pickler):
    """Remakes dataclasses by their constructors: those of compiled modules are restored by none."""

    def reducer_override(self, obj: object) -> tuple[Callable[..., object], tuple[object, ...]]:
        if is_dataclass(obj) and not isinstance(obj, type):
            values = {one.name: getattr(obj, one.name) for one in fields(obj) if one.init}
            return _made, (type(obj), values)
        return NotImplemented  # type: ignore[no-any-return]  # as pickle asks for


def _made(kind: Callable[..., object], values: dict[str, object]) -> object:
    return kind(**values)


def pickled(wanted: Wanted) -> bytes:
    """For the process, which reads it with `pickle`."""
    out = BytesIO()
    _Pickler(out).dump(wanted)
    return out.getvalue()


class Recorded:
    """What `dashboard.replay.Sessions` asks for; a replay is a process of its own.

    So the live sensor never waits for it, and nothing it reads can end what is live. Such a
    process takes seconds to load the path; while somebody looks, one that has is kept ready.

    Args:
        profile: in force, with the wearer's own thresholds, for samples that are kept.
        configured: without these, for tapes: what was set while one was recorded is on it.
        recorders: of each sensor that is worn, the one that counts first; of one folder.
        queries: of all days; for the names of sensors.
    """

    def __init__(
        self,
        config: Config,
        profile: Callable[[], Profile],
        configured: Profile,
        recorders: Sequence[Recorder],
        queries: Queries,
        *,
        simulated: bool,
        clock_ns: Callable[[], int] = time_ns,
    ) -> None:
        # What a replay has no need of is not handed to its process.
        self._config = replace(config, webhook=None, webhook_secret=None)
        self._profile, self._configured = profile, configured
        self._recorders = recorders
        self._queries = queries
        self._simulated = simulated
        self._clock_ns = clock_ns
        self._process: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._ready: asyncio.subprocess.Process | None = None  # knows not yet what to play
        self._ready_ends: asyncio.Task[None] | None = None
        self._looked_s = -math.inf  # of a steady clock
        self._said = asyncio.Event()  # what is played has said something
        self._replay = NOTHING
        self._played = ""
        self._one = asyncio.Lock()

    # Recording

    def recording(self) -> Recording:
        now = [recorder.now() for recorder in self._recorders]
        on = [(one, one.path.name) for one in now if one.path is not None]
        return Recording(
            self._recorders[0].folder,
            ", ".join(name for _, name in on) or None,
            min((one.since_ns for one, _ in on), default=0),
            sum(one.size for one, _ in on),
            "; ".join(dict.fromkeys(one.problem for one in now if one.problem)),
        )

    def record(self, *, on: bool) -> None:
        if not on:
            for recorder in self._recorders:
                recorder.end()
            return
        first, *beside = self._recorders
        try:
            for recorder in (first, *(one for one in beside if one.connected)):
                recorder.begin(self._clock_ns())
        except TapeError as error:
            raise ReplayRefusedError(str(error)) from error

    def listed(self) -> Listed:
        found = [session for session, _ in self._tapes()]
        problem = ""
        try:
            found += [session for session, _ in self._samples()]
        except StoreError as error:
            problem = str(error)
        return Listed(sorted(found, key=lambda one: one.start_ns, reverse=True), problem)

    def delete(self, session_id: str) -> None:
        session, what = self._found(session_id)
        if not isinstance(what, Path):
            raise ReplayRefusedError(
                "samples are kept with their days; erase a day on the page Privacy"
            )
        if self._process is not None and self._played == session.id:
            raise ReplayRefusedError(f"{what.name} is being played; stop that first")
        recorder = next((r for r in self._recorders if r.now().path == what), self._recorders[0])
        try:
            recorder.delete(what)
        except TapeError as error:
            raise ReplayRefusedError(str(error)) from error

    async def forget(self, bounds: tuple[int, int] | None) -> None:
        async with self._one:
            await self._end()
            self._replay = NOTHING
        for recorder in self._recorders:
            if bounds is None or recorder.now().since_ns < bounds[1]:
                await asyncio.to_thread(recorder.end)
        await asyncio.to_thread(self._recorders[0].forget, bounds)

    def _tapes(self) -> list[tuple[RecordedSession, Path]]:
        going_on = [recorder.now().path for recorder in self._recorders]
        return [
            (
                RecordedSession(
                    # A name on the disk may be no text at all.
                    OF_TAPE + tape.path.name.encode("utf-8", "backslashreplace").decode(),
                    "tape",
                    legible_text(tape.name),
                    legible_text(tape.address),
                    tape.start_ns,
                    tape.stop_ns,
                    tape.size,
                    self._simulated if tape.path in going_on else None,
                    tape.path in going_on,
                    legible_text(tape.problem),
                ),
                tape.path,
            )
            for tape in self._recorders[0].tapes()
        ]

    def _samples(self) -> list[tuple[RecordedSession, RawKept]]:
        known = {info.id: info for info in self._queries.recordings()}
        found = []
        for kept in raw_kept(self._config.db):
            info = known.get(kept.origin.recording_id)
            if info is None:  # erased, or of before recordings had numbers
                continue
            session = RecordedSession(
                f"{OF_SAMPLES}{info.id}",
                "samples",
                legible_text(info.name),
                info.address,
                kept.start_ns,
                kept.stop_ns,
                kept.size,
                kept.origin.simulated,
                info.cause is None,
                "",
            )
            found.append((session, kept))
        return found

    def _found(self, session_id: str) -> tuple[RecordedSession, Path | RawKept]:
        """A session and what it is; only what is listed can be named."""
        try:
            kind: Sequence[tuple[RecordedSession, Path | RawKept]] = (
                self._tapes() if session_id.startswith(OF_TAPE) else self._samples()
            )
        except StoreError as error:
            raise ReplayRefusedError(str(error)) from error
        for session, what in kind:
            if session.id == session_id:
                return session, what
        raise NoSuchSessionError(f"there is no recorded session {session_id!r}; list them again")

    def _worn_as(self, session: RecordedSession) -> SensorConfig:
        """As the days say that this sensor was worn then; else as the one that counts."""
        first, *_ = worn = self._config.worn
        for info in self._queries.recordings():
            if info.address == session.address and info.start_ns <= session.stop_ns:
                there = [one for one in worn if one.placement.value == info.placement]
                if info.stop_ns >= session.start_ns and there:
                    return there[0]
        return first

    # Playing

    async def ready(self) -> None:
        self._looked_s = monotonic()
        async with self._one:
            await self._make_ready()

    def replay(self) -> ReplaySchema:
        if self._looks():
            self._looked_s = monotonic()
        return self._replay

    async def play(self, session_id: str, speed: float | None) -> None:
        session, what = await asyncio.to_thread(self._found, session_id)
        if session.problem:
            raise ReplayRefusedError(session.problem)
        async with self._one:
            await self._end()
            wanted = Wanted(
                what,
                session.name,
                session.start_ns,
                session.stop_ns,
                self._config,
                self._configured if isinstance(what, Path) else self._profile(),
                speed,
                await asyncio.to_thread(self._worn_as, session),
            )
            self._played = session.id
            self._replay = ReplaySchema(
                state="starting", session=session_schema(session), speed=speed
            )
            try:
                soon = await self._begin(wanted)
            except OSError as error:
                problem = f"the replay could not be started: {error}"
                self._replay = self._replay.model_copy(
                    update={"state": "failed", "problem": problem}
                )
                return
        if soon:  # then the answer can say that it plays
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SOON_S):
                    await self._said.wait()

    async def steer(self, *, speed: float | None, paused: bool) -> None:
        async with self._one:
            process = self._process
            if process is None or process.stdin is None:
                raise ReplayRefusedError("nothing is being played; start a recorded session")
            lines = f"speed {'max' if speed is None else speed}\n{'pause' if paused else 'go'}\n"
            with contextlib.suppress(OSError):  # it has just ended
                process.stdin.write(lines.encode())
                await process.stdin.drain()
            state = "paused" if paused else "playing"
            if self._replay.state in ("playing", "paused"):
                self._replay = self._replay.model_copy(update={"state": state, "speed": speed})

    async def stop(self) -> None:
        async with self._one:
            playing = self._process is not None
            await self._end()
            if playing:
                self._replay = self._replay.model_copy(update={"state": "stopped"})
            await self._make_ready()

    async def close(self) -> None:
        """End what is played, and what is ready; may be called again."""
        async with self._one:
            await self._end()
            await self._end_ready()

    async def _begin(self, wanted: Wanted) -> bool:
        """Whether a process was ready for it."""
        ready, self._ready = self._ready, None
        was_ready = ready is not None and ready.returncode is None
        self._process = process = ready if ready is not None and was_ready else await _process()
        assert process.stdin is not None
        data = pickled(wanted)
        self._said = asyncio.Event()
        self._following = asyncio.create_task(self._follow(process), name="backwatch replay")
        process.stdin.write(LENGTH.pack(len(data)) + data)
        return was_ready

    async def _make_ready(self) -> None:
        """Have a process load what it takes, until nobody has looked for a while."""
        there = self._ready is not None and self._ready.returncode is None
        if there or self._process is not None or not self._looks():
            return
        with contextlib.suppress(OSError):  # then the next replay says why
            self._ready = await _process()
            if self._ready_ends is None or self._ready_ends.done():
                self._ready_ends = asyncio.create_task(
                    self._let_go_of_ready(), name="backwatch replay, ready"
                )

    def _looks(self) -> bool:
        """Whether somebody has looked a moment ago."""
        return monotonic() - self._looked_s < READY_S

    async def _let_go_of_ready(self) -> None:
        # A look is an instant, of which nobody is told when it is long past.
        while (left_s := self._looked_s + READY_S - monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left_s)
        async with self._one:
            self._ready_ends = None
            await self._end_ready()

    async def _end_ready(self) -> None:
        process, self._ready = self._ready, None
        ends, self._ready_ends = self._ready_ends, None
        if ends is not None:
            ends.cancel()
            await asyncio.wait([ends])
        if process is not None:
            await _kill(process)

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Take what the process says, to its end."""
        assert process.stdout is not None
        session = self._replay.session
        try:
            while line := await process.stdout.readline():
                said = json.loads(line)
                self._said.set()
                self._replay = ReplaySchema.model_validate({**said, "session": session})
        except (ValueError, ValidationError) as error:
            self._replay = self._replay.model_copy(
                update={"state": "failed", "problem": f"the replay cannot be followed: {error}"}
            )
            with contextlib.suppress(ProcessLookupError):
                process.kill()  # nobody reads what it says
        code = await process.wait()
        if self._process is process:
            self._process = None
        if self._replay.state not in ("done", "failed"):
            self._replay = self._replay.model_copy(
                update={"state": "failed", "problem": f"the replay ended by itself ({code})"}
            )
        async with self._one:
            await self._make_ready()

    async def _end(self) -> None:
        """End what is played, if anything is, and let nothing of it be left."""
        process, self._process = self._process, None
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
        if process is not None:
            await _kill(process)


async def _process() -> asyncio.subprocess.Process:
    """One that plays what it is told to on its standard input."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "backwatch.replaying",  # no module of where we are
        stdin=asyncio.subprocess.PIPE,  # it ends when we let go of it, however we end
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
        process_group=0,  # Ctrl-C is ours
        creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
    )  # fmt: skip


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()
