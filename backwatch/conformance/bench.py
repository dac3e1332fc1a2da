"""The device under test, as the checks handle it: connections, commands, and a log of all bytes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Protocol, TypeVar

from backwatch.conformance.check import BreachError, SkippedError, named, require
from firmware_protocol import (
    ImuFrame,
    ProtocolError,
    SensorConfig,
    decode_config,
    decode_frame,
    gatt,
    samples_per_frame,
)
from firmware_protocol.codes import Capability, Status
from firmware_protocol.compact import Unwrapper
from firmware_protocol.control import (
    Anchor,
    Backfill,
    BackfillDone,
    Command,
    CompactFrame,
    Condition,
    GetCondition,
    GetRing,
    Hello,
    HelloReply,
    Lost,
    Message,
    Result,
    RingState,
    TimeReply,
    TimeRequest,
    decode_message,
    encode_message,
)
from monitor.link.probe import Advertised, AttError, Heard, Offered

WRAP = 2**32
NOT_ENCRYPTED = (0x05, 0x08, 0x0F)  # insufficient authentication, authorization, encryption
CHANNEL_NAMES = {
    gatt.IMU: "IMU",
    gatt.CONFIG: "config",
    gatt.CONTROL: "control",
    gatt.EVENTS: "events",
    gatt.BACKFILL: "back-fill",
}

_M = TypeVar("_M", bound=Message)
_T = TypeVar("_T")


class Line(Protocol):
    """What `Probe` can do, and what stands in for it in tests."""

    heard: list[Heard]
    pairs_itself: bool
    chooses_mtu: bool
    passkey: int | None

    @property
    def mtu(self) -> int: ...
    @property
    def connected(self) -> bool: ...
    def now_s(self) -> float: ...
    async def find(self, within_s: float) -> Advertised: ...
    async def connect(self, mtu: int | None = None) -> None: ...
    async def disconnect(self) -> None: ...
    async def pair(self, *, entering: bool = True) -> None: ...
    async def close(self) -> None: ...
    def offered(self) -> tuple[Offered, ...]: ...
    async def read(self, characteristic: str) -> bytes: ...
    async def write(self, characteristic: str, payload: bytes) -> None: ...
    async def subscribe(self, characteristic: str) -> None: ...
    async def unsubscribe(self, characteristic: str) -> None: ...
    async def until(self, condition: Callable[[], bool], within_s: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the checks wait; all chosen by us, except where a section is named.

    Attributes:
        find_s: for an advertisement.
        reply_s: for a reply; section 9.2.
        listen_s: how much of the stream is judged.
        quiet_s: so long nothing may come that must not come.
        done_s: for a back-fill of a few seconds of samples.
        tell_s: for a condition that nobody asked for, 10 s by section 14.
        slack_s: what connection intervals and the host's own stack may add to any time.
    """

    find_s: float = 10.0
    reply_s: float = 3.0
    listen_s: float = 10.0
    quiet_s: float = 0.6
    done_s: float = 15.0
    tell_s: float = 12.0
    slack_s: float = 0.25


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A time request; `sent_s` and `heard_s` by the host's clock."""

    sent_s: float
    heard_s: float
    reply: TimeReply


@dataclass(frozen=True, slots=True)
class Recording:
    """A stretch of the stream.

    Attributes:
        frames: with the time each was heard [s].
        before: the ring just before notifications were switched on; None of a version 1 device.
        trips: time requests at both ends of the stretch.
    """

    config: SensorConfig
    mtu: int
    frames: list[tuple[float, ImuFrame]]
    before: RingState | None
    trips: list[RoundTrip]


@dataclass(frozen=True, slots=True)
class Filled:
    """A back-fill from its result to its end.

    Attributes:
        frames: in the order in which they came.
        lost: likewise.
        order: first number and count of each of them, in the order in which they came.
        done: None if the end did not come in time.
    """

    frames: list[ImuFrame]
    lost: list[Lost]
    order: list[tuple[int, int]]
    done: BackfillDone | None


class Bench:
    """One device. Each check begins without a connection.

    Attributes:
        log: what was said and heard since `clear`, for people.
        paired: since the run began.
    """

    def __init__(self, line: Line, patience: Patience | None = None) -> None:
        self.line = line
        self.patience = patience or Patience()
        self.log: list[str] = []
        self.paired = False
        self._ids = cycle(range(1, 256))
        self._logged = 0
        self._from = 0
        self._rate_mhz = 100_000  # until config was read
        self._recording: Recording | None = None
        self.advertised: Advertised | None = None

    # Connections

    async def find(self) -> Advertised:
        """What the device advertises; looked for once."""
        if self.advertised is None:
            self.advertised = await self.line.find(self.patience.find_s)
        return self.advertised

    async def connect(self, mtu: int | None = None) -> None:
        """A new connection, in place of the old one."""
        await self.find()
        await self.line.disconnect()
        await self.line.connect(mtu)
        self._from = len(self.line.heard)
        self.note(f"connected, MTU {self.line.mtu}")

    async def greet(self, mtu: int | None = None) -> HelloReply:
        """A new connection with hello accepted."""
        await self.connect(mtu)
        await self.subscribe(gatt.CONTROL)
        reply = await self.ask(Hello(0), HelloReply)
        if reply.status != Status.OK:
            raise BreachError(f"hello was answered by {named(Status, reply.status)}")
        return reply

    async def pair(self, *, entering: bool = True) -> None:
        """Encrypt this connection; not `entering` the passkey, as a host without a keyboard."""
        self.note("-> pairing" if entering else "-> pairing without the passkey")
        await self.line.pair(entering=entering)
        self.paired = True

    async def clear(self) -> None:
        """Disconnect, and begin the log anew."""
        await self.line.disconnect()
        self.log.clear()
        self._from = self._logged = len(self.line.heard)

    async def subscribe(self, characteristic: str) -> None:
        self.note(f"-> {CHANNEL_NAMES.get(characteristic, characteristic)}: notifications on")
        await self._encrypted(lambda: self.line.subscribe(characteristic))

    async def listen(self) -> None:
        """Switch live frames on; skips the check where none fits the MTU."""
        if samples_per_frame(self.line.mtu) == 0:
            raise SkippedError(f"no IMU frame fits the MTU of {self.line.mtu}")
        await self.subscribe(gatt.IMU)

    async def unsubscribe(self, characteristic: str) -> None:
        self.note(f"-> {CHANNEL_NAMES.get(characteristic, characteristic)}: notifications off")
        await self.line.unsubscribe(characteristic)

    async def read(self, characteristic: str) -> bytes:
        payload = await self._encrypted(lambda: self.line.read(characteristic))
        self.note(f"<- {CHANNEL_NAMES.get(characteristic, characteristic)}: {payload.hex(' ')}")
        return payload

    async def config(self) -> SensorConfig:
        """What the config characteristic says, which must make sense."""
        payload = await self.read(gatt.CONFIG)
        try:
            config = decode_config(payload)
        except ProtocolError as error:
            raise BreachError(f"the config message is wrong: {error}") from error
        self._rate_mhz = config.rate_mhz
        return config

    # Commands

    async def tell(self, payload: bytes) -> None:
        """Write bytes to the control characteristic."""
        self.hear()
        self.note(f"-> control: {payload.hex(' ')}")
        try:
            await self._encrypted(lambda: self.line.write(gatt.CONTROL, payload))
        except AttError as error:
            self.note(f"<- {error}")
            raise

    async def ask(
        self, command: Command | bytes, kind: type[_M], within_s: float | None = None
    ) -> _M:
        """Write a command and wait for its reply, which must be of this kind.

        A command gets an id here; bytes are written as they are. The reply to those is the next
        that comes.
        """
        if not isinstance(command, bytes):
            command = replace(command, id=next(self._ids))
            wanted: int | None = command.id
            payload = encode_message(command)
        else:
            wanted, payload = None, command
        start = len(self.line.heard)
        await self.tell(payload)
        found: list[Message] = []

        def answered() -> bool:
            found[:] = [
                message
                for message in self._replies(start)
                if wanted is None or getattr(message, "id", None) == wanted
            ]
            return bool(found)

        patience_s = self.patience.reply_s if within_s is None else within_s
        came = await self.line.until(answered, patience_s)
        self.hear()
        require(came, f"no reply within {patience_s:g} s to {payload.hex(' ')}")
        reply = found[0]
        if not isinstance(reply, kind):
            raise BreachError(f"{reply} where a {kind.__name__} was due")
        return reply

    async def result(
        self, command: Command | bytes, status: Status, detail: int | None = None
    ) -> Result:
        """Write a command whose result must be this one; `detail` None stands for any."""
        reply = await self.ask(command, Result)
        told = named(Status, reply.status)
        require(reply.status == status, f"answered {told}, where {status.name} was due")
        require(
            detail is None or reply.detail == detail,
            f"{told} with detail {reply.detail}, where {detail} was due",
        )
        return reply

    async def ring(self) -> RingState:
        return await self.ask(GetRing(0), RingState)

    async def condition(self) -> Condition:
        return await self.ask(GetCondition(0), Condition)

    async def round_trip(self, token: int = 0) -> RoundTrip:
        sent_s = self.line.now_s()
        start = len(self.line.heard)
        reply = await self.ask(TimeRequest(0, token), TimeReply)
        heard_s = next(
            heard.at_s for heard in self.line.heard[start:] if heard.characteristic == gatt.CONTROL
        )
        return RoundTrip(sent_s, heard_s, reply)

    # What is heard

    def since(self, characteristic: str, start: int | None = None) -> list[Heard]:
        """Notifications of this connection, or from `start` of `line.heard` on."""
        begin = self._from if start is None else start
        return [
            heard for heard in self.line.heard[begin:] if heard.characteristic == characteristic
        ]

    def messages(self, characteristic: str, start: int | None = None) -> list[Message]:
        """The same, decoded; IMU frames left out."""
        found = []
        for heard in self.since(characteristic, start):
            if heard.payload[:1] == b"\x01":
                continue
            found.append(self._decoded(heard))
        return found

    def frames(
        self, characteristic: str = gatt.IMU, start: int | None = None
    ) -> list[tuple[float, ImuFrame]]:
        """IMU frames of this connection and when each was heard; each must make sense."""
        found = []
        for heard in self.since(characteristic, start):
            try:
                found.append((heard.at_s, decode_frame(heard.payload)))
            except ProtocolError as error:
                raise BreachError(
                    f"a notification is no IMU frame: {error}: {heard.payload.hex(' ')}"
                ) from error
        return found

    async def pause(self, seconds: float) -> None:
        """Listen for so long."""
        await self.line.until(lambda: False, seconds)
        self.hear()

    def hear(self) -> None:
        """Put what came into the log."""
        for heard in self.line.heard[self._logged :]:
            name = CHANNEL_NAMES.get(heard.characteristic, heard.characteristic)
            self.log.append(f"<- {name}: {heard.payload.hex(' ')}")
        self._logged = len(self.line.heard)

    def note(self, line: str) -> None:
        self.hear()
        self.log.append(line)

    async def recording(self) -> Recording:
        """A stretch of the stream, recorded once for all checks that judge it."""
        if self._recording is not None:
            return self._recording
        await self.connect()
        control = any(found.uuid == gatt.CONTROL for found in self.line.offered())
        before, trips = None, []
        if control:
            await self.greet()
            trips = [await self.round_trip(token) for token in range(4)]
            before = await self.ring()
        config = await self.config()
        await self.listen()
        await self.pause(self.patience.listen_s)
        if control:
            trips += [await self.round_trip(token) for token in range(4)]
        frames = self.frames()
        require(bool(frames), f"no IMU frame came in {self.patience.listen_s:g} s")
        self._recording = Recording(config, self.line.mtu, frames, before, trips)
        return self._recording

    async def fill(self, boot_id: int, first: int, count: int) -> Filled:
        """Have samples sent again, and listen until the end; notifications must be on."""
        start = len(self.line.heard)
        reply = await self.ask(Backfill(0, boot_id, first % WRAP, count), Result)
        told = named(Status, reply.status)
        require(reply.status == Status.OK, f"a back-fill of what is in the ring: {told}")
        await self.line.until(lambda: self._done(start, reply.id) is not None, self.patience.done_s)
        self.hear()
        return self.filled(start, reply.id)

    def filled(self, start: int, identity: int) -> Filled:
        """What came on the back-fill characteristic from `start` of `line.heard` on."""
        frames: list[ImuFrame] = []
        lost: list[Lost] = []
        order: list[tuple[int, int]] = []
        unwrapper = Unwrapper(self._rate_mhz)
        for heard in self.since(gatt.BACKFILL, start):
            if heard.payload[:1] == b"\x01":
                frame = _frame(heard)
                frames.append(frame)
                order.append((frame.sequence, len(frame.counts)))
                continue
            message = self._decoded(heard)
            if isinstance(message, Anchor | CompactFrame):
                compact = unwrapper.push(message)
                if compact is not None:
                    frames.append(compact)
                    order.append((compact.sequence, 1))
            if isinstance(message, Lost):
                lost.append(message)
                order.append((message.first, message.count))
        return Filled(frames, lost, order, self._done(start, identity))

    def _done(self, start: int, identity: int) -> BackfillDone | None:
        for message in self.messages(gatt.BACKFILL, start):
            if isinstance(message, BackfillDone) and message.id == identity:
                return message
        return None

    def _replies(self, start: int) -> list[Message]:
        return [self._decoded(heard) for heard in self.since(gatt.CONTROL, start)]

    def _decoded(self, heard: Heard) -> Message:
        try:
            return decode_message(heard.payload)
        except ProtocolError as error:
            name = CHANNEL_NAMES.get(heard.characteristic, heard.characteristic)
            raise BreachError(f"a notification on {name} is wrong: {error}") from error

    async def _encrypted(self, request: Callable[[], Awaitable[_T]]) -> _T:
        """Do it, and pair first if the device insists."""
        try:
            return await request()
        except AttError as error:
            if error.code not in NOT_ENCRYPTED:
                raise
            self.note(f"<- {error}")
        await self.pair()
        return await request()


def _frame(heard: Heard) -> ImuFrame:
    try:
        return decode_frame(heard.payload)
    except ProtocolError as error:
        raise BreachError(
            f"a back-fill frame is wrong: {error}: {heard.payload.hex(' ')}"
        ) from error


def forwards(start: int, stop: int) -> int:
    """Steps from one number to another, modulo 2^32, as -2^31 to 2^31 - 1."""
    return (stop - start + 2**31) % WRAP - 2**31


def has_motor(reply: HelloReply) -> bool:
    return bool(reply.capabilities & Capability.HAPTIC)


__all__ = [
    "NOT_ENCRYPTED",
    "WRAP",
    "Bench",
    "BreachError",
    "Filled",
    "Line",
    "Patience",
    "Recording",
    "RoundTrip",
    "SkippedError",
    "forwards",
    "has_motor",
]
