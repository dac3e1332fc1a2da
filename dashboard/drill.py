"""Slow bends as they go over HTTP; times are ms since the epoch, UTC (`_ms`)."""

from pydantic import Field

from dashboard.schemas import Schema, ms_from_ns
from monitor.drill import STOP, STRAIGHT_DEG, Drill, how, sum_up
from monitor.model.journal import DrillBend, DrillRecord


class DrillBendSchema(Schema):
    """One bend, in numbers and words."""

    at_ms: int = Field(description="Its beginning [ms since the epoch, UTC].")
    peak_deg: float = Field(description="How far forward [deg].")
    down_degps: float = Field(description="Largest speed on the way down [deg/s].")
    up_degps: float = Field(description="Largest speed on the way up [deg/s].")
    turn_deg: float = Field(description="Turned while bent [deg].")
    knees_share: float | None = Field(
        description="Of the way down, from the knees, 0 to 1; the rest is hinging. Null: unknown."
    )
    slow: bool = Field(description="Both ways within the speed of the drill.")
    straight: bool = Field(description="Turned by less than 15 deg.")
    words: str = Field(description="The same in a sentence.")


class DrillNowSchema(Schema):
    """A drill that is on."""

    how: str = Field(description="What to do.")
    stop: str = Field(description="When to stop.")
    wanted: int = Field(description="Bends in a drill.")
    slow_degps: float = Field(description="Up to this speed a bend is slow [deg/s].")
    bends: list[DrillBendSchema] = Field(description="Seen so far, in order.")
    done: bool = Field(description="All were seen: end it to keep it.")


class DrillRecordSchema(Schema):
    """A drill that was kept."""

    at_ms: int = Field(description="When it began [ms since the epoch, UTC].")
    slow_degps: float = Field(description="Its speed [deg/s].")
    stopped: bool = Field(description="Ended before all were seen.")
    slow: int = Field(description="Bends that were slow.")
    straight: int = Field(description="Bends without a turn.")
    words: str = Field(description="The same in a sentence.")
    bends: list[DrillBendSchema] = Field(description="In order.")


class DrillsSchema(Schema):
    """Drills that were kept."""

    drills: list[DrillRecordSchema] = Field(description="Newest first.")


def bend_words(bend: DrillBend, slow_degps: float) -> str:
    """ "54° forward, 41°/s down and 38°/s up: slow. 30 % of the way down from the knees." """
    fastest = max(bend.down_degps, bend.up_degps)
    pace = (
        "slow" if bend.slow else f"faster than {slow_degps:.0f}°/s, by {fastest - slow_degps:.0f}"
    )
    turned = "" if bend.straight else f" Turned {bend.turn_deg:.0f}°."
    share = bend.knees_share
    knees = "" if share is None else f" {share * 100:.0f} % of the way down from the knees."
    return (
        f"{bend.peak_deg:.0f}° forward, {bend.down_degps:.0f}°/s down and "
        f"{bend.up_degps:.0f}°/s up: {pace}.{turned}{knees}"
    )


def record_words(record: DrillRecord) -> str:
    """ "8 of 10 slow, 10 without a turn; the way down differed by 12°/s." """
    found = sum_up(record)
    even = found.evenness_degps
    return (
        f"{found.slow} of {found.bends} slow, {found.straight} turned by less than "
        f"{STRAIGHT_DEG:.0f}°"
        + ("." if even is None else f"; the way down differed by {even:.0f}°/s.")
    )


def drill_now_schema(drill: Drill) -> DrillNowSchema:
    """A drill as far as it has come."""
    return DrillNowSchema(
        how=how(drill.wanted),
        stop=STOP,
        wanted=drill.wanted,
        slow_degps=drill.slow_degps,
        bends=[_bend_schema(bend, drill.slow_degps) for bend in drill.bends],
        done=drill.done,
    )


def drills_schema(records: list[DrillRecord]) -> DrillsSchema:
    """Kept drills."""
    return DrillsSchema(drills=[_record_schema(record) for record in records[::-1]])


def _record_schema(record: DrillRecord) -> DrillRecordSchema:
    found = sum_up(record)
    return DrillRecordSchema(
        at_ms=ms_from_ns(record.at_ns),
        slow_degps=record.slow_degps,
        stopped=record.stopped,
        slow=found.slow,
        straight=found.straight,
        words=record_words(record),
        bends=[_bend_schema(bend, record.slow_degps) for bend in record.bends],
    )


def _bend_schema(bend: DrillBend, slow_degps: float) -> DrillBendSchema:
    share = bend.knees_share
    return DrillBendSchema(
        at_ms=ms_from_ns(bend.at_ns),
        peak_deg=round(bend.peak_deg, 1),
        down_degps=round(bend.down_degps, 1),
        up_degps=round(bend.up_degps, 1),
        turn_deg=round(bend.turn_deg, 1),
        knees_share=None if share is None else round(share, 2),
        slow=bend.slow,
        straight=bend.straight,
        words=bend_words(bend, slow_degps),
    )
