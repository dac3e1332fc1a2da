"""The device's clock, asked for directly (section 13)."""

from backwatch.conformance.bench import Bench
from backwatch.conformance.check import SkippedError, must, require
from firmware_protocol.control import TimeReply, TimeRequest

TOKENS = (0, 1, 2**32 - 1, 0xDEADBEEF)
US_PER_S = 1e6
AGREE_S = (
    0.5  # chosen by us: a frame is 0.25 s old at most, and its radio some connection intervals
)


@must("time.token", "13", "as asked")
async def token(bench: Bench) -> None:
    await bench.greet()
    for asked in TOKENS:
        reply = await bench.ask(TimeRequest(0, asked), TimeReply)
        require(reply.token == asked, f"token {asked} was answered with {reply.token}")


@must("time.plausible", "13", "and the device's `received_us` lies between t0 and t3")
async def plausible(bench: Bench) -> str:
    """The device's clock goes on by what passed here, as closely as two round trips can tell."""
    await bench.greet()
    one = await bench.round_trip(1)
    await bench.pause(bench.patience.quiet_s)
    other = await bench.round_trip(2)
    gone_s = (other.reply.received_us - one.reply.received_us) / US_PER_S
    most_s = other.heard_s - one.sent_s
    least_s = other.sent_s - one.heard_s
    allowed_s = 0.001 * most_s + 0.002
    require(
        least_s - allowed_s <= gone_s <= most_s + allowed_s,
        f"its clock went {gone_s:.4f} s on, where {least_s:.4f} to {most_s:.4f} s passed",
    )
    for trip in (one, other):
        held_s = trip.reply.held_us / US_PER_S
        whole_s = trip.heard_s - trip.sent_s
        require(
            held_s <= whole_s + allowed_s,
            f"held_us says {held_s:.4f} s, the whole round trip took {whole_s:.4f} s",
        )
    return f"round trip {(one.heard_s - one.sent_s) * 1000:.1f} ms"


@must("time.same_clock", "13", "Both belong to the clock of section 5.3.")
async def same_clock(bench: Bench) -> str:
    await bench.greet()
    await bench.listen()
    came = await bench.line.until(lambda: bool(bench.frames()), 1.0 + bench.patience.slack_s)
    if not came:
        raise SkippedError("no frame came")
    trip = await bench.round_trip()
    at_s, frame = bench.frames()[-1]
    age_s = (trip.reply.received_us - frame.device_us) / US_PER_S
    since_s = max(0.0, trip.heard_s - at_s)
    require(
        -AGREE_S <= age_s <= AGREE_S + since_s + bench.patience.slack_s,
        f"a frame just heard is {age_s:.3f} s old by the clock of time_reply",
    )
    return f"the last frame was {age_s:.3f} s old"
