"""Live samples: frames, numbers, clock, rate, stream settings (sections 5, 6, 11.3, 15)."""

from itertools import pairwise

import numpy as np

from backwatch.conformance.bench import WRAP, Bench, forwards
from backwatch.conformance.check import SkippedError, must, require, should
from firmware_protocol import ImuFrame, encode_frame, gatt, samples_per_frame
from firmware_protocol.codes import Status, StreamMode
from firmware_protocol.control import Anchor, CompactFrame, SetStream

US_PER_S = 1e6
PPM_MUST = 500  # section 5.3
JITTER_US = 1000  # section 5.3
RATE_ERROR = 0.05  # chosen by us: motion sensors are wrong by 1 %, a wrong setting by far more
SPAN_S = 0.25  # section 6.2
FLUSH_S = 0.25  # section 11.3
G_ERROR = 0.1  # g; chosen by us: offsets of cheap accelerometers are 0.06 g at most
STILL_DPS = 3.0  # chosen by us: offset and noise of cheap gyroscopes
STILL_FRAMES = 5  # chosen by us
SMALL_MTU = 23
HEAD_BYTES = 18  # of an IMU frame


@must(
    "stream.frames",
    "6",
    "A head of 18 bytes, `n` samples of 12 bytes, a CRC of 2 bytes",
    control=False,
)
async def frames(bench: Bench) -> str:
    recording = await bench.recording()
    fit = samples_per_frame(recording.mtu)
    most = max(len(frame.counts) for _, frame in recording.frames)
    require(most <= fit, f"a frame of {most} samples, where {fit} fit the MTU")
    return f"{len(recording.frames)} frames of up to {most} samples"


@must(
    "stream.version_1",
    "1",
    "A device MUST behave as a version 1 device on every connection until it has accepted a hello.",
    control=False,
)
async def version_1(bench: Bench) -> str:
    await bench.connect()
    await bench.listen()
    came = await bench.line.until(lambda: bool(bench.frames()), 1.0 + bench.patience.slack_s)
    require(came, "no IMU frame within 1 s without hello")
    return f"{len(bench.frames())} frames without hello"


@must("stream.boot_id", "7", "as in the frames that follow", control=False)
async def boot_id(bench: Bench) -> None:
    recording = await bench.recording()
    ids = {frame.boot_id for _, frame in recording.frames}
    require(
        ids == {recording.config.boot_id},
        f"config says {recording.config.boot_id:08x}, frames {', '.join(f'{i:08x}' for i in ids)}",
    )


@must(
    "stream.sequence",
    "5.2",
    "It counts **samples taken**, not frames and not samples sent.",
    control=False,
)
async def sequence(bench: Bench) -> str:
    """That numbers do not overlap, and grow as device time does."""
    recording = await bench.recording()
    holes = 0
    period_us = 1e9 / recording.config.rate_mhz
    for (_, one), (_, other) in pairwise(recording.frames):
        step = forwards(one.sequence, other.sequence)
        expected_us = step * period_us
        gone_us = other.device_us - one.device_us
        grows = abs(gone_us - expected_us) <= RATE_ERROR * expected_us + 2 * JITTER_US
        if step < len(one.counts) or not grows:
            _show(bench, one, other)
        require(
            step >= len(one.counts),
            f"after sequence {one.sequence} and {len(one.counts)} samples comes {other.sequence}",
        )
        holes += step > len(one.counts)
        require(
            grows,
            f"from sequence {one.sequence} to {other.sequence} the clock went {gone_us} us on, "
            f"where {expected_us:.0f} us are {step} samples",
        )
    return f"{holes} gaps"


@must(
    "stream.no_repeats", "6.3", "It MUST NOT send the same samples again by itself.", control=False
)
async def no_repeats(bench: Bench) -> None:
    recording = await bench.recording()
    seen: set[int] = set()
    for _, frame in recording.frames:
        numbers = {(frame.sequence + index) % WRAP for index in range(len(frame.counts))}
        again = seen & numbers
        if again:
            _show(bench, frame)
        require(not again, f"sample {min(again, default=0)} came twice")
        seen |= numbers


@must(
    "stream.clock_runs",
    "5.3",
    "It MUST NOT run backwards, jump, or be set from outside.",
    control=False,
)
async def clock_runs(bench: Bench) -> str:
    """That device time follows the numbers of samples on a straight line."""
    recording = await bench.recording()
    first = recording.frames[0][1]
    numbers = np.array([forwards(first.sequence, f.sequence) for _, f in recording.frames], float)
    times_us = np.array([f.device_us - first.device_us for _, f in recording.frames], float)
    require(bool(np.all(np.diff(times_us) > 0)), "device_us does not grow from frame to frame")
    if len(numbers) < 3:
        raise SkippedError("fewer than three frames came")
    slope, start = np.polyfit(numbers, times_us, 1)
    beside_us = np.abs(times_us - (slope * numbers + start))
    worst_us = float(beside_us.max())
    if worst_us > 2 * JITTER_US:
        worst = int(beside_us.argmax())
        _show(bench, *(frame for _, frame in recording.frames[max(0, worst - 1) : worst + 2]))
    require(
        worst_us <= 2 * JITTER_US,
        f"device_us is up to {worst_us:.0f} us beside the time of its sample; less than "
        f"{JITTER_US} us is allowed",
    )
    return f"within {worst_us:.0f} us of a straight line"


@must("stream.clock_rate", "5.3", "and MUST be within 500 ppm, of true time", control=False)
async def clock_rate(bench: Bench) -> str:
    """Against the host's clock, as closely as round trips allow."""
    recording = await bench.recording()
    trips = recording.trips
    if not trips:
        (begin_s, first), (end_s, last) = recording.frames[0], recording.frames[-1]
        least = most = (last.device_us - first.device_us) / US_PER_S
        shortest_s = end_s - begin_s - bench.patience.slack_s
        longest_s = end_s - begin_s + bench.patience.slack_s
    else:
        bounds = [(b, a) for a in trips[: len(trips) // 2] for b in trips[len(trips) // 2 :]]
        late, early = min(
            bounds,
            key=lambda pair: sum(t.heard_s - t.sent_s - t.reply.held_us / US_PER_S for t in pair),
        )
        least = most = (late.reply.received_us - early.reply.received_us) / US_PER_S
        shortest_s = late.sent_s - (early.heard_s - early.reply.held_us / US_PER_S)
        longest_s = late.heard_s - late.reply.held_us / US_PER_S - early.sent_s
    if shortest_s <= 0:
        raise SkippedError("too short a stretch to tell")
    low = (least / longest_s - 1) * 1e6
    high = (most / shortest_s - 1) * 1e6
    require(
        low <= PPM_MUST and high >= -PPM_MUST,
        f"its clock runs {low:.0f} to {high:.0f} ppm fast",
    )
    return f"{low:.0f} to {high:.0f} ppm, as far as {longest_s:.1f} s can tell"


@should(
    "stream.rate",
    "5.3",
    "The sampling clock MAY be a different oscillator (most motion sensors have their own, of 1 % "
    "or so)",
    control=False,
)
async def rate(bench: Bench) -> str:
    recording = await bench.recording()
    first, last = recording.frames[0][1], recording.frames[-1][1]
    if last.device_us <= first.device_us:
        raise SkippedError("fewer than two frames with growing times came")
    found_hz = forwards(first.sequence, last.sequence) / (last.device_us - first.device_us) * 1e6
    nominal_hz = recording.config.rate_mhz / 1000
    require(
        abs(found_hz / nominal_hz - 1) <= RATE_ERROR,
        f"{found_hz:.2f} Hz by sequence and clock, where config says {nominal_hz:g} Hz",
    )
    return f"{found_hz:.2f} Hz; nominal {nominal_hz:g} Hz"


@should("stream.span", "6.2", "A frame SHOULD NOT span more than 0.25 s", control=False)
async def span(bench: Bench) -> str:
    recording = await bench.recording()
    most = max(len(frame.counts) for _, frame in recording.frames)
    longest_s = (most - 1) * 1000 / recording.config.rate_mhz
    require(longest_s <= SPAN_S, f"a frame spans {longest_s:.2f} s")
    return f"{longest_s:.2f} s"


@must("stream.fresh", "2", "and starts with samples taken after they were switched on")
async def fresh(bench: Bench) -> str:
    recording = await bench.recording()
    assert recording.before is not None
    ahead = forwards(recording.before.next, recording.frames[0][1].sequence)
    require(
        ahead >= 0, f"the first frame begins {-ahead} samples before notifications were switched on"
    )
    return f"{ahead} samples later"


@must("stream.prompt", "11.3", "and no later than 250 ms after the first of them was taken")
async def prompt(bench: Bench) -> str:
    """By the device clock at the arrival of each frame, as the round trips bound it."""
    recording = await bench.recording()
    trip = min(recording.trips, key=lambda t: t.heard_s - t.sent_s)
    late_s = [
        (at_s - trip.heard_s) - (frame.device_us - trip.reply.received_us) / US_PER_S
        for at_s, frame in recording.frames
    ]
    typical_s = float(np.median(late_s))
    most_s = FLUSH_S + bench.patience.slack_s
    require(typical_s <= most_s, f"frames come {typical_s:.2f} s after their first sample")
    return f"{typical_s:.2f} s after their first sample"


@must(
    "stream.one_g",
    "6.1",
    "At rest the accelerometer shows +1 g along the axis that points up.",
    control=False,
)
async def one_g(bench: Bench) -> str:
    recording = await bench.recording()
    config = recording.config
    dps = np.stack([f.counts[:, 3:].mean(axis=0) for _, f in recording.frames])
    dps *= config.gyr_range_dps / 32768
    g = np.stack([f.counts[:, :3].mean(axis=0) for _, f in recording.frames])
    g *= config.acc_range_g / 32768
    for start in range(len(dps) - STILL_FRAMES + 1):
        stretch = slice(start, start + STILL_FRAMES)
        if np.linalg.norm(dps[stretch], axis=1).max() < STILL_DPS:
            found_g = float(np.linalg.norm(g[stretch].mean(axis=0)))
            require(abs(found_g - 1) <= G_ERROR, f"at rest it shows {found_g:.3f} g")
            return f"{found_g:.3f} g at rest"
    raise SkippedError("the sensor was not at rest; lay it down and run this check again")


@must("stream.resubscribe", "2", "The device sends them while notifications are on", control=False)
async def resubscribe(bench: Bench) -> str:
    await bench.connect()
    await bench.listen()
    await bench.line.until(lambda: bool(bench.frames()), 1.0 + bench.patience.slack_s)
    await bench.unsubscribe(gatt.IMU)
    await bench.pause(bench.patience.slack_s)
    off = len(bench.line.heard)
    await bench.pause(bench.patience.quiet_s)
    came = bench.since(gatt.IMU, off)
    require(not came, f"{len(came)} frames after notifications were switched off")
    before = len(bench.line.heard)
    await bench.listen()
    again = await bench.line.until(
        lambda: bool(bench.frames(start=before)), 1.0 + bench.patience.slack_s
    )
    require(again, "no frame within 1 s after notifications were switched on again")
    earlier = bench.frames()[0][1]
    later = bench.frames(start=before)[0][1]
    gone = forwards(earlier.sequence, later.sequence)
    least = bench.patience.quiet_s * (await bench.config()).rate_mhz / 1000
    require(gone >= least, f"it went on {gone} samples after the first, so it sent old samples")
    return f"{gone} samples later"


@must("stream.off", "15", "nothing; the ring fills")
async def off(bench: Bench) -> str:
    await bench.greet()
    await bench.listen()
    await bench.result(SetStream(0, StreamMode.OFF), Status.OK)
    start = len(bench.line.heard)
    before = (await bench.ring()).next
    await bench.pause(bench.patience.quiet_s)
    came = bench.since(gatt.IMU, start)
    require(not came, f"{len(came)} frames in the stream mode OFF")
    grown = forwards(before, (await bench.ring()).next)
    require(grown > 0, "no samples are taken in the stream mode OFF")
    await bench.result(SetStream(0, StreamMode.FRAMES), Status.OK)
    begun = await bench.line.until(
        lambda: bool(bench.since(gatt.IMU, start)), 1.0 + bench.patience.slack_s
    )
    require(begun, "no frame within 1 s after FRAMES was set again")
    return f"{grown} samples taken meanwhile"


@must("stream.samples", "15", "in an IMU frame, if they fit; 0: as the device likes")
async def samples(bench: Bench) -> None:
    await bench.greet()
    await bench.result(SetStream(0, StreamMode.FRAMES, 3), Status.OK)
    await bench.listen()
    await bench.pause(bench.patience.quiet_s)
    wanted = min(3, samples_per_frame(bench.line.mtu))
    sizes = {len(frame.counts) for _, frame in bench.frames()}
    require(sizes == {wanted}, f"frames of {sorted(sizes)} samples, where {wanted} were due")


@must("stream.settings_end", "15", "holds until the connection ends. It begins as FRAMES with 0.")
async def settings_end(bench: Bench) -> None:
    await bench.greet()
    await bench.result(SetStream(0, StreamMode.OFF, 3), Status.OK)
    await bench.greet()
    await bench.listen()
    came = await bench.line.until(lambda: bool(bench.frames()), 1.0 + bench.patience.slack_s)
    require(came, "no frames on a new connection after the last had switched them off")


@must(
    "stream.compact",
    "6.4",
    "MUST send an anchor, on the same characteristic, before the first compact frame of a "
    "connection",
)
async def compact(bench: Bench) -> str:
    if not bench.line.chooses_mtu:
        raise SkippedError("this system's Bluetooth chooses the MTU itself")
    await bench.greet(SMALL_MTU)
    config = await bench.config()
    await bench.result(SetStream(0, StreamMode.COMPACT), Status.OK)
    await bench.subscribe(gatt.IMU)
    await bench.pause(1.0 + bench.patience.slack_s)
    messages = bench.messages(gatt.IMU)
    require(bool(messages), "nothing came in 1 s at an MTU of 23 in the stream mode COMPACT")
    require(isinstance(messages[0], Anchor), f"the first was {messages[0]}")
    since = 0
    anchor = None
    for index, message in enumerate(messages):
        if isinstance(message, Anchor):
            following = messages[index + 1] if index + 1 < len(messages) else None
            if isinstance(following, CompactFrame):
                require(
                    following.sequence_low == message.sequence % 2**16,
                    f"an anchor names {message.sequence}, the frame after it {following}",
                )
            require(message.boot_id == config.boot_id, f"{message} is of another run")
            anchor, since = message, 0
        elif isinstance(message, CompactFrame):
            since += 1
            require(since <= 64, "more than 64 compact frames without an anchor")
            assert anchor is not None
            require(message.boot_low == anchor.boot_id % 2**16, f"{message} is of another run")
    return f"{sum(isinstance(message, CompactFrame) for message in messages)} compact frames"


def _show(bench: Bench, *frames: ImuFrame) -> None:
    """Put frames of the recording into the log, their samples left out."""
    for frame in frames:
        bench.note(f"<- IMU: {encode_frame(frame)[:HEAD_BYTES].hex(' ')} ...")
