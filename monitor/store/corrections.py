"""What the person says of stretches, laid over what was measured there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import ColumnElement, Connection, and_, bindparam, not_, select

from monitor.exposure.courses import Part, Said
from monitor.model import NS_PER_S, Activity, Posture, StateSpan
from monitor.store.tables import CorrectionRow, Table

SAYABLE = (Activity.SIT, Activity.STAND, Activity.NOT_WORN)
LONGEST_NS = 24 * 3600 * NS_PER_S  # a day at a time; chosen by us

_corrections = Table.metadata.tables[str(CorrectionRow.__tablename__)]
_SAID = (
    select(
        *(_corrections.c[name] for name in ("id", "at_ns", "start_ns", "stop_ns", "activity")),
    )
    .where(
        _corrections.c.start_ns > bindparam("start_ns") - LONGEST_NS,
        _corrections.c.start_ns < bindparam("stop_ns"),
        _corrections.c.stop_ns > bindparam("start_ns"),
        _corrections.c.simulated == bindparam("simulated"),
    )
    .order_by(_corrections.c.id)
)


@dataclass(frozen=True, slots=True)
class SaidStretch:
    """What the person says they did in `[start_ns, stop_ns)`.

    Attributes:
        id: its key; of two that overlap the higher counts.
        at_ns: when they said it [ns since the epoch, UTC].
        activity: one of SAYABLE.
    """

    id: int
    at_ns: int
    start_ns: int
    stop_ns: int
    activity: Activity

    def __post_init__(self) -> None:
        if self.activity not in SAYABLE:
            raise ValueError(f"{self.activity}: say sit, stand or not_worn")
        if not 0 < self.stop_ns - self.start_ns <= LONGEST_NS:
            raise ValueError("a correction ends after it begins, and lasts 24 h at most")
        if self.stop_ns > self.at_ns:
            raise ValueError("a correction is about time that has been; it ends in the future")


def said_between(
    connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool
) -> list[SaidStretch]:
    """Those that touch a stretch, in the order in which they were said."""
    asked = {"start_ns": start_ns, "stop_ns": stop_ns, "simulated": simulated}
    return [
        SaidStretch(id_, at_ns, first_ns, last_ns, Activity(activity))
        for id_, at_ns, first_ns, last_ns, activity in connection.execute(_SAID, asked)
    ]


def corrected(spans: Iterable[StateSpan], said: Sequence[SaidStretch]) -> list[StateSpan]:
    """The spans with what was said in place of what was measured; where nothing was measured
    there is nothing still."""
    parts_of = parts_said(said)
    found = []
    for span in spans:
        for part in parts_of(span.start_ns, span.stop_ns, span.activity, span.posture):
            found.append(
                replace(
                    span,
                    start_ns=part.start_ns,
                    stop_ns=part.stop_ns,
                    activity=part.activity,
                    posture=part.posture,
                    confidence=1.0 if part.said else span.confidence,
                )
            )
    return found


def parts_said(said: Iterable[SaidStretch]) -> Said:
    """What cuts any stretch in one state into what was said of it and what was not."""
    each = sorted(said, key=lambda one: one.id)

    def parts_of(
        start_ns: int, stop_ns: int, activity: Activity, posture: Posture
    ) -> Sequence[Part]:
        edges = {start_ns, stop_ns}
        touching = [one for one in each if one.start_ns < stop_ns and one.stop_ns > start_ns]
        if not touching:
            return (Part(start_ns, stop_ns, activity, posture, False),)
        for one in touching:
            edges |= {max(start_ns, one.start_ns), min(stop_ns, one.stop_ns)}
        found = []
        for begin_ns, end_ns in pairwise(sorted(edges)):
            last = [one for one in touching if one.start_ns <= begin_ns < one.stop_ns][-1:]
            if last:
                now = last[0].activity
                found.append(Part(begin_ns, end_ns, now, _posture(posture, now), True))
            else:
                found.append(Part(begin_ns, end_ns, activity, posture, False))
        return found

    return parts_of


def is_said(start_ns: int, stop_ns: int, said: Iterable[SaidStretch]) -> bool:
    """Whether a span that `corrected` gave is what the person said."""
    return any(one.start_ns <= start_ns and stop_ns <= one.stop_ns for one in said)


def worn_then(column: ColumnElement[int], said: Iterable[SaidStretch]) -> ColumnElement[bool]:
    """Condition: an instant lies in no stretch of which was said that nobody wore the sensor."""
    return and_(
        *(
            not_(and_(column >= start_ns, column < stop_ns))
            for start_ns, stop_ns in _off(sorted(said, key=lambda one: one.id))
        ),
        column.is_not(None),
    )


def _off(said: Iterable[SaidStretch]) -> list[tuple[int, int]]:
    """Stretches not worn, after what was said of parts of them later."""
    found: list[tuple[int, int]] = []
    for one in said:
        found = [
            part
            for start_ns, stop_ns in found
            for part in (
                (start_ns, min(stop_ns, one.start_ns)),
                (max(start_ns, one.stop_ns), stop_ns),
            )
            if part[0] < part[1]
        ]
        if one.activity is Activity.NOT_WORN:
            found.append((one.start_ns, one.stop_ns))
    return found


def _posture(measured: Posture, activity: Activity) -> Posture:
    """The trunk was seen; only a slouch is a matter of sitting."""
    if activity is Activity.NOT_WORN:
        return Posture.NONE
    if activity is Activity.SIT and measured is Posture.SLOUCHED:
        return measured
    return measured if measured is Posture.BENT else Posture.NEUTRAL
