"""The ring, back-fill and acknowledgement (sections 11 and 12)."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backwatch.conformance.bench import WRAP, Bench, Filled, forwards
from backwatch.conformance.check import SkippedError, must, named, require
from firmware_protocol import ImuFrame, gatt
from firmware_protocol.codes import LossReason, Status
from firmware_protocol.control import (
    Acknowledge,
    Backfill,
    BackfillDone,
    CancelBackfill,
    Result,
    RingState,
)

LIVE_S = 1.0  # chosen by us
WHOLE_RUN = 2**30  # samples; the most that one back-fill asks for
MAY_ERASE = 64  # samples at a time; section 11.2
DELAY_S = 0.25  # section 12.3
TIME_ERROR_US = 1000  # section 5.3
RATE_ERROR = 0.02  # chosen by us: a sampling clock is wrong by 1 % or so (section 5.3)
SMALL_MTU = 23


@must("ring.state", "11.1", "A stretch of sequence numbers from `oldest` to before `next`")
async def state(bench: Bench) -> str:
    hello = await bench.greet()
    config = await bench.config()
    one = await bench.ring()
    before_s = bench.line.now_s()
    await bench.pause(bench.patience.quiet_s)
    other = await bench.ring()
    gone_s = bench.line.now_s() - before_s
    for ring in (one, other):
        held = forwards(ring.oldest, ring.next)
        require(ring.boot_id == config.boot_id, f"{ring} has another boot id than config")
        require(
            0 <= held <= hello.ring_samples,
            f"{held} samples from oldest to next, in a ring of {hello.ring_samples}",
        )
        ahead = forwards(ring.acknowledged, ring.next)
        require(ahead >= 0, f"acknowledged {ring.acknowledged} is after next {ring.next}")
    grown = forwards(one.next, other.next)
    expected = gone_s * config.rate_mhz / 1000
    allowed = 0.1 * expected + bench.patience.slack_s * config.rate_mhz / 1000
    require(
        abs(grown - expected) <= allowed,
        f"`next` grew by {grown} in {gone_s:.2f} s, where about {expected:.0f} samples are due",
    )
    return f"{forwards(other.oldest, other.next)} of {hello.ring_samples} samples"


@must("ring.keeps", "11.2", "The device MUST NOT erase samples for any other reason")
async def keeps(bench: Bench) -> str:
    """Neither while connected nor by a disconnect, as long as the ring is not full."""
    hello = await bench.greet()
    one = await bench.ring()
    rate_hz = (await bench.config()).rate_mhz / 1000
    soon = 4 * bench.patience.quiet_s * rate_hz + MAY_ERASE
    await bench.pause(bench.patience.quiet_s)
    await bench.greet()
    other = await bench.ring()
    require(other.boot_id == one.boot_id, "the boot id changed with a disconnect")
    require(forwards(one.next, other.next) > 0, f"next went from {one.next} to {other.next}")
    require(
        other.acknowledged == one.acknowledged,
        f"acknowledged went from {one.acknowledged} to {other.acknowledged} by itself",
    )
    if forwards(one.oldest, one.next) + soon > hello.ring_samples:
        raise SkippedError("the ring is full, so old samples have to go")
    require(
        other.oldest == one.oldest,
        f"oldest went from {one.oldest} to {other.oldest} in a ring that is not full",
    )
    return f"{forwards(other.oldest, other.next)} samples kept over a disconnect"


@must(
    "backfill.equals_live",
    "12.5",
    "drops the second by (boot id, sequence); the counts are the same",
)
async def equals_live(bench: Bench) -> str:
    await bench.greet()
    await bench.listen()
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(LIVE_S)
    live = [frame for _, frame in bench.frames()]
    require(len(live) > 1, f"{len(live)} live frames in {LIVE_S:g} s")
    first = live[0].sequence
    count = forwards(first, live[-1].sequence) + len(live[-1].counts)
    filled = await bench.fill(live[0].boot_id, first, count)
    _check_whole(filled, live[0].boot_id, first, count)
    rate_hz = (await bench.config()).rate_mhz / 1000
    again = _by_number(filled.frames, rate_hz)
    longest = max(len(frame.counts) for frame in (*live, *filled.frames))
    # Both are counted from the start of a frame at the nominal rate.
    allowed_us = TIME_ERROR_US + RATE_ERROR * longest * 1e6 / rate_hz
    gone = {
        (told.first + index) % WRAP
        for told in filled.lost
        if told.reason == LossReason.OVERWRITTEN
        for index in range(told.count)
    }
    for number, (counts, us) in _by_number(live, rate_hz).items():
        if number in gone:
            continue  # a small ring
        require(number in again, f"sample {number} came live, but is told lost in back-fill")
        counts_again, us_again = again[number]
        require(
            bool(np.array_equal(counts, counts_again)),
            f"sample {number} was {counts.tolist()} live, {counts_again.tolist()} in back-fill",
        )
        require(
            abs(us_again - us) <= allowed_us,
            f"sample {number} is {us_again - us:.0f} us from its live time in back-fill",
        )
    return f"{count} samples, bit for bit"


@must("backfill.whole", "12.3", "in ascending order of sequence and without holes")
async def whole(bench: Bench) -> str:
    """The newest seconds of the ring, and the end as it is at that moment."""
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(bench.patience.quiet_s)
    ring = await bench.ring()
    first = _recent(ring, 500)
    filled = await bench.fill(ring.boot_id, first, WHOLE_RUN)
    require(filled.done is not None, "backfill_done did not come")
    assert filled.done is not None
    later = await bench.ring()
    count = forwards(first, filled.done.next)
    require(
        forwards(ring.next, filled.done.next) >= 0 and forwards(filled.done.next, later.next) >= 0,
        f"the end is {filled.done.next}, where next went from {ring.next} to {later.next}",
    )
    _check_whole(filled, ring.boot_id, first, count)
    return f"{count} samples in {len(filled.frames)} frames, {len(filled.lost)} told lost"


@must("backfill.part", "12.3", "The end is `first` + `count`")
async def part(bench: Bench) -> None:
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(bench.patience.quiet_s)
    ring = await bench.ring()
    first = _recent(ring, 40)
    for count in (1, 7, 20):
        filled = await bench.fill(ring.boot_id, first, count)
        _check_whole(filled, ring.boot_id, first, count)


@must(
    "backfill.compact",
    "6.4",
    "on the back-fill characteristic always, when no IMU frame fits the MTU",
)
async def backfill_compact(bench: Bench) -> str:
    if not bench.line.chooses_mtu:
        raise SkippedError("this system's Bluetooth chooses the MTU itself")
    await bench.greet(SMALL_MTU)
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(bench.patience.quiet_s)
    ring = await bench.ring()
    first, count = _recent(ring, 30), 20
    filled = await bench.fill(ring.boot_id, first, count)
    _check_whole(filled, ring.boot_id, first, count)
    require(all(len(frame.counts) == 1 for frame in filled.frames), "IMU frames at an MTU of 23")
    return f"{len(filled.frames)} compact frames"


@must("backfill.cancel", "12.3", "`cancel_backfill`")
async def cancel(bench: Bench) -> str:
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    ring = await bench.ring()
    start = len(bench.line.heard)
    asked = await bench.ask(Backfill(0, ring.boot_id, ring.oldest, WHOLE_RUN), Result)
    require(asked.status == Status.OK, f"backfill: {named(Status, asked.status)}")
    await bench.line.until(lambda: bool(bench.since(gatt.BACKFILL, start)), bench.patience.done_s)
    await bench.result(CancelBackfill(0), Status.OK)
    if bench.filled(start, asked.id).done is not None:
        raise SkippedError("the ring holds so little that it was sent before it could be cancelled")
    # What the radio had already taken may still come.
    await bench.pause(bench.patience.slack_s)
    after = len(bench.line.heard)
    await bench.pause(bench.patience.quiet_s)
    came = bench.since(gatt.BACKFILL, after)
    require(not came, f"{len(came)} notifications after the back-fill was cancelled")
    return f"after {len(bench.since(gatt.BACKFILL, start))} notifications"


@must(
    "backfill.replaced",
    "12.2",
    "A new `backfill` replaces the one under way, whose `backfill_done` then does not come.",
)
async def replaced(bench: Bench) -> None:
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    ring = await bench.ring()
    start = len(bench.line.heard)
    old = await bench.ask(Backfill(0, ring.boot_id, ring.oldest, WHOLE_RUN), Result)
    first = _recent(ring, 20)
    new = await bench.ask(Backfill(0, ring.boot_id, first, 10), Result)
    require(new.status == Status.OK, f"the second backfill: {named(Status, new.status)}")
    await bench.line.until(
        lambda: bench.filled(start, new.id).done is not None, bench.patience.done_s
    )
    await bench.pause(bench.patience.quiet_s)
    ends = [m.id for m in bench.messages(gatt.BACKFILL, start) if isinstance(m, BackfillDone)]
    if ends[:1] == [old.id]:
        raise SkippedError("the ring holds so little that it was sent before it could be replaced")
    require(ends == [new.id], f"backfill_done came for {ends}, where only {new.id} was due")


@must("backfill.resumed", "12.5", "after reconnecting asks for the holes that are left")
async def resumed(bench: Bench) -> str:
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    ring = await bench.ring()
    first = _recent(ring, 3000)
    count = forwards(first, ring.next)
    start = len(bench.line.heard)
    await bench.result(Backfill(0, ring.boot_id, first, count), Status.OK)
    await bench.line.until(lambda: bool(bench.since(gatt.BACKFILL, start)), bench.patience.done_s)
    half = bench.filled(start, 0)
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    before = len(bench.line.heard)
    await bench.pause(bench.patience.quiet_s)
    came = bench.since(gatt.BACKFILL, before)
    require(not came, f"{len(came)} notifications of a back-fill that was asked for before")
    last, size = half.order[-1] if half.order else (first, 0)
    rest = (last + size) % WRAP
    left = forwards(rest, (first + count) % WRAP)
    if left > 0:
        filled = await bench.fill(ring.boot_id, rest, left)
        _check_whole(filled, ring.boot_id, rest, left)
    return f"{count - left} samples before, {left} after the disconnect"


@must(
    "backfill.live_first",
    "12.3",
    "Live goes first: a back-fill MUST NOT delay live frames by more than 250 ms.",
)
async def live_first(bench: Bench) -> str:
    await bench.greet()
    await bench.listen()
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(LIVE_S / 2)
    ring = await bench.ring()
    await bench.result(Backfill(0, ring.boot_id, ring.oldest, WHOLE_RUN), Status.OK)
    await bench.pause(LIVE_S)
    await bench.result(CancelBackfill(0), Status.OK)
    times = [at_s for at_s, _ in bench.frames()] + [bench.line.now_s()]
    longest_s = max(b - a for a, b in pairwise(times))
    most_s = DELAY_S + 0.25 + bench.patience.slack_s  # a frame comes each 0.25 s at least
    require(longest_s <= most_s, f"no live frame for {longest_s:.2f} s during a back-fill")
    return f"at most {longest_s:.2f} s between live frames"


@must(
    "backfill.range",
    "12.3",
    "`first` at or after `next`, or before the first number of the run: RANGE.",
)
async def out_of_range(bench: Bench) -> None:
    await bench.greet()
    ring = await bench.ring()
    ahead = (ring.next + 100_000) % WRAP
    await bench.result(Backfill(0, ring.boot_id, ahead, 10), Status.RANGE)


@must(
    "backfill.rebooted",
    "12.3",
    "`backfill` with any other boot id: `result` OK, then one `lost` with "
    "the range as asked and REBOOTED",
)
async def rebooted(bench: Bench) -> None:
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    other = (await bench.ring()).boot_id ^ 0x5A5A5A5A
    for first, count in ((17, 1000), (2**32 - 5, 2**30)):
        filled = await bench.fill(other, first, count)
        told = [(m.reason, m.boot_id, m.first, m.count) for m in filled.lost]
        require(
            told == [(LossReason.REBOOTED, other, first, count)] and not filled.frames,
            f"samples of another boot id: {len(filled.frames)} frames and lost {told}",
        )
        end = (first + count) % WRAP
        require(
            filled.done is not None and (filled.done.boot_id, filled.done.next) == (other, end),
            f"the end of it was {filled.done}, where next {end} was due",
        )


@must("backfill.lost", "12.3", "and `lost` for each range that is not there, with one reason each")
async def lost(bench: Bench) -> str:
    """What left the ring before `oldest`, where anything did."""
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    ring = await bench.ring()
    before = min(200, ring.oldest)
    if before == 0:
        raise SkippedError("nothing has left the ring since the run began")
    first = ring.oldest - before
    filled = await bench.fill(ring.boot_id, first, before)
    _check_whole(filled, ring.boot_id, first, before)
    reasons = {named(LossReason, message.reason) for message in filled.lost}
    require(bool(reasons), f"{before} samples before oldest were sent, not told lost")
    return ", ".join(sorted(reasons))


@must("acknowledge.range", "12.4", "A `next` after the device's own, or of another boot id: RANGE.")
async def acknowledge_range(bench: Bench) -> None:
    await bench.greet()
    ring = await bench.ring()
    ahead = (ring.next + 100_000) % WRAP
    await bench.result(Acknowledge(0, ring.boot_id, ahead), Status.RANGE)
    await bench.result(Acknowledge(0, ring.boot_id ^ 1, ring.oldest), Status.RANGE)
    later = await bench.ring()
    require(
        later.acknowledged == ring.acknowledged,
        f"acknowledged went from {ring.acknowledged} to {later.acknowledged} by refused commands",
    )


@must(
    "acknowledge.backwards",
    "12.4",
    "The device MUST NOT move `acknowledged` backwards: an older `next` is answered OK "
    "and changes nothing.",
)
async def acknowledge_backwards(bench: Bench) -> None:
    await bench.greet()
    ring = await bench.ring()
    older = (ring.acknowledged - 10) % WRAP if ring.acknowledged >= 10 else ring.acknowledged
    await bench.result(Acknowledge(0, ring.boot_id, older), Status.OK)
    later = await bench.ring()
    require(
        later.acknowledged == ring.acknowledged,
        f"acknowledged went from {ring.acknowledged} to {later.acknowledged} by next {older}",
    )


@must(
    "acknowledge.counts",
    "12.4",
    "After it has stored samples safely the host writes `acknowledge` with *settled*",
    destructive=True,
)
async def acknowledge_counts(bench: Bench) -> str:
    """Forwards, then backwards; what is not acknowledged stays as it is."""
    await bench.greet()
    await bench.subscribe(gatt.BACKFILL)
    await bench.pause(bench.patience.quiet_s)
    ring = await bench.ring()
    kept = 20
    settled = _recent(ring, kept)
    before = await bench.condition()
    await bench.result(Acknowledge(0, ring.boot_id, settled), Status.OK)
    later = await bench.ring()
    require(later.acknowledged == settled, f"acknowledged is {later.acknowledged}, not {settled}")
    after = await bench.condition()
    grown = forwards(before.next, after.next)
    least = min(before.unsaved, kept)
    require(
        least <= after.unsaved <= kept + grown + forwards(ring.next, before.next),
        f"unsaved went from {before.unsaved} to {after.unsaved}; {kept} and what came since remain",
    )
    await bench.result(Acknowledge(0, ring.boot_id, (settled - 5) % WRAP), Status.OK)
    await bench.result(Acknowledge(0, ring.boot_id, settled), Status.OK)
    again = await bench.ring()
    require(again.acknowledged == settled, f"acknowledged moved back to {again.acknowledged}")
    filled = await bench.fill(ring.boot_id, settled, kept)
    _check_whole(filled, ring.boot_id, settled, kept)
    require(not filled.lost, f"{len(filled.lost)} ranges lost that were never acknowledged")
    gone = await bench.fill(ring.boot_id, _recent(ring, kept + 10), 10)
    _check_whole(gone, ring.boot_id, _recent(ring, kept + 10), 10)
    reasons = {named(LossReason, message.reason) for message in gone.lost}
    require(
        reasons <= {LossReason.ACKNOWLEDGED.name, LossReason.NEVER_SAMPLED.name},
        f"acknowledged samples are told lost as {sorted(reasons)}",
    )
    return f"acknowledged before {settled}"


def _recent(ring: RingState, samples: int) -> int:
    """A number so many samples before the newest, or the oldest there is."""
    held = forwards(ring.oldest, ring.next)
    return (ring.next - min(held, samples)) % WRAP


def _check_whole(filled: Filled, boot_id: int, first: int, count: int) -> None:
    """That all of it was sent or told lost, once, in order, and nothing else."""
    at = first
    for begin, size in filled.order:
        require(begin == at, f"in a back-fill from {first}, {begin} comes where {at} was due")
        at = (begin + size) % WRAP
    ids = {frame.boot_id for frame in filled.frames} | {m.boot_id for m in filled.lost}
    require(ids <= {boot_id}, f"a back-fill of run {boot_id:08x} speaks of {ids}")
    require(filled.done is not None, f"backfill_done did not come after sample {at}")
    assert filled.done is not None
    end = (first + count) % WRAP
    require(
        at == end and filled.done.next == end and filled.done.boot_id == boot_id,
        f"a back-fill from {first} of {count} samples ended at {at} with {filled.done}",
    )


def _by_number(
    frames: list[ImuFrame], rate_hz: float
) -> dict[int, tuple[NDArray[np.int16], float]]:
    """Counts and time [us] of each sample."""
    return {
        (frame.sequence + index) % WRAP: (row, frame.device_us + index * 1e6 / rate_hz)
        for frame in frames
        for index, row in enumerate(frame.counts)
    }
