"""Recorded sessions: listed, recorded, and played again through the path."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import ConfigDict, Field

from dashboard.pipeline import SensorFlowSchema
from dashboard.schemas import Schema, StateSchema, ms_from_ns

LEAST_SPEED, MOST_SPEED = 0.1, 1000.0  # times as fast as it was. Ours
MOST_LISTED = 100  # sessions, the latest. Ours

Kind = Literal["tape", "samples"]
PlayState = Literal["none", "starting", "playing", "paused", "done", "stopped", "failed"]


class ReplayRefusedError(Exception):
    """A recorded session that cannot be played, recorded or deleted; the message says why."""


class NoSuchSessionError(ReplayRefusedError):
    """There is none of that name."""


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """Something that can be played again.

    Attributes:
        id: "tape:" with the name of the file, or "samples:" with the number of the recording.
        name, address: of its sensor; the name is text from a stranger. Empty: not known.
        start_ns, stop_ns: [ns since the epoch, UTC].
        size: on the disk [bytes].
        going_on: it is being recorded.
        problem: why it cannot be played; empty: it can.
    """

    id: str
    kind: Kind
    name: str
    address: str
    start_ns: int
    stop_ns: int
    size: int
    simulated: bool | None
    going_on: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether a tape is recorded.

    Attributes:
        folder: where tapes are.
        on: the name of its file; None: none is recorded.
        size: so far [bytes].
        problem: why the last one ended by itself; empty: it did not.
    """

    folder: Path
    on: str | None
    since_ns: int
    size: int
    problem: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Recorded sessions, the latest first; `problem` says why some are missing, or is empty."""

    sessions: Sequence[RecordedSession]
    problem: str


class Sessions(Protocol):
    """Who keeps recorded sessions and plays them. Methods that are not asynchronous may wait."""

    def recording(self) -> Recording: ...
    def listed(self) -> Listed:
        """What can be played; reads files."""

    def record(self, *, on: bool) -> None:
        """Begin or end a tape; raises ReplayRefusedError."""

    def delete(self, session_id: str) -> None:
        """A tape; raises ReplayRefusedError."""

    async def forget(self, bounds: tuple[int, int] | None) -> None:
        """Delete tapes that touch a stretch [start_ns, stop_ns), or all, and show none of it.

        What is played ends, and nothing is told of it any more. Raises OSError.
        """

    async def ready(self) -> None:
        """Somebody looks, so that what is played next begins soon; may be called again."""

    def replay(self) -> "ReplaySchema": ...
    async def play(self, session_id: str, speed: float | None) -> None:
        """Instead of what is played now; raises ReplayRefusedError."""

    async def steer(self, *, speed: float | None, paused: bool) -> None:
        """Raises ReplayRefusedError."""

    async def stop(self) -> None:
        """May be called again."""


class SessionSchema(Schema):
    """A recorded session."""

    id: str = Field(description="To play it by.")
    kind: Kind = Field(
        description="A tape of what the radio said, or samples that are kept with the days."
    )
    name: str = Field(description="Of its sensor; text from a stranger. Empty: not known.")
    address: str = Field(description="Of its sensor; empty: not known.")
    start_ms: int | None = Field(description="[ms since the epoch, UTC]; null: not known.")
    length_s: float = Field(description="From its first to its last event [s].")
    bytes: int = Field(description="On the disk.")
    simulated: bool | None = Field(description="Nobody wore the sensor; null: not known.")
    going_on: bool = Field(description="It is being recorded.")
    problem: str = Field(description="Why it cannot be played; empty: it can.")


class RecordingSchema(Schema):
    """Whether a tape is recorded."""

    folder: str = Field(description="Where tapes are; others that are put there are listed, too.")
    on: str | None = Field(description="Name of its file; null: none is recorded.")
    since_ms: int | None = Field(description="Since when [ms since the epoch, UTC].")
    bytes: int = Field(description="So far.")
    problem: str = Field(description="Why the last one ended by itself; empty: it did not.")


class SessionsSchema(Schema):
    """Recorded sessions."""

    refused: str = Field(description="Why there are none here; empty: there can be.")
    problem: str = Field(description="Why some are missing; empty: all are there.")
    recording: RecordingSchema | None = Field(description="Null: nothing can be recorded.")
    sessions: list[SessionSchema] = Field(description="The latest first, a hundred at most.")


class TapeWishSchema(Schema):
    """Whether to record a tape."""

    on: bool = Field(description="False ends it.")


class PlaySchema(Schema):
    """What to play again."""

    session: str = Field(description="Its id.", max_length=200)
    speed: float | None = Field(
        default=None,
        ge=LEAST_SPEED,
        le=MOST_SPEED,
        description="Times as fast as it was; null: as fast as this computer can.",
    )


class SteerSchema(Schema):
    """How to go on."""

    speed: float | None = Field(
        default=None,
        ge=LEAST_SPEED,
        le=MOST_SPEED,
        description="Times as fast as it was; null: as fast as this computer can.",
    )
    paused: bool = Field(description="Stand still where it is.")


class ReplaySchema(Schema):
    """What is played again. It is shown here and kept nowhere."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    state: PlayState = Field(description="None: nothing was played since the start.")
    session: SessionSchema | None = Field(description="What is played; null: nothing.")
    speed: float | None = Field(
        default=None,
        ge=LEAST_SPEED,
        le=MOST_SPEED,
        description="Times as fast as it was; null: as fast as this computer can.",
    )
    problem: str = Field(default="", description="Why it failed; empty: it did not.")
    at_ms: int | None = Field(
        default=None, description="The recorded moment it is at [ms since the epoch, UTC]."
    )
    share: float = Field(
        default=0.0, description="Of the recording, the part that was played, 0 to 1."
    )
    read_s: float = Field(default=0.0, description="Of the recording, how much was played [s].")
    took_s: float = Field(default=0.0, description="How long that took, pauses left out [s].")
    person: StateSchema | None = Field(
        default=None, description="What the person did then; null: not known."
    )
    lean_deg: float | None = Field(default=None, description="How far they leaned forward [deg].")
    states: int = Field(default=0, description="Changes of state up to here.")
    events: int = Field(default=0, description="Events up to here.")
    alerts: int = Field(default=0, description="Alerts up to here, told or not.")
    lines: list[str] = Field(
        default_factory=list, description="The latest of these in words, the last one newest."
    )
    flow: SensorFlowSchema | None = Field(default=None, description="What passes each stage.")


def session_schema(session: RecordedSession) -> SessionSchema:
    """One."""
    return SessionSchema(
        id=session.id,
        kind=session.kind,
        name=session.name,
        address=session.address,
        start_ms=ms_from_ns(session.start_ns) if session.start_ns else None,
        length_s=round((session.stop_ns - session.start_ns) / 1e9, 1),
        bytes=session.size,
        simulated=session.simulated,
        going_on=session.going_on,
        problem=session.problem,
    )


def sessions_schema(sessions: Sessions) -> SessionsSchema:
    """All of them, and what is recorded; reads files."""
    recording, listed = sessions.recording(), sessions.listed()
    return SessionsSchema(
        refused="",
        problem=listed.problem,
        recording=RecordingSchema(
            folder=str(recording.folder),
            on=recording.on,
            since_ms=ms_from_ns(recording.since_ns) if recording.on else None,
            bytes=recording.size,
            problem=recording.problem,
        ),
        sessions=[session_schema(one) for one in listed.sessions[:MOST_LISTED]],
    )
