"""Spans of a day as columns: a shift of manual work has two thousand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, Integer, cast, func, select

from monitor.model import NS_PER_S, Activity, Posture, StateSpan
from monitor.store.days import SPANS_WITHIN, DayBounds, asked
from monitor.store.pieces import NUMBERS, STATE, STATES, Ints, ints_from_text
from monitor.store.tables import RecordingRow, SpanRow, Table

MILLION = 1_000_000  # parts of 1 in which a confidence is read; hundredths are shown. Ours

_spans = Table.metadata.tables[str(SpanRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]
_profile = _spans.c.profile
_COLUMNS = (
    select(
        func.group_concat(_spans.c.start_ns),
        func.group_concat(_spans.c.stop_ns),
        func.group_concat(STATE * 2 + cast(_spans.c.trusted, Integer)),
        func.group_concat(cast(_spans.c.confidence * MILLION + 0.5, Integer)),
        func.min(_profile),
        func.max(_profile),
    )
    .join(_recordings)
    .where(SPANS_WITHIN)
)
_WITH_PROFILES = _COLUMNS.add_columns(func.json_group_array(_profile))


@dataclass(frozen=True, slots=True, eq=False)
class Timeline(Sequence[StateSpan]):
    """Spans in order; one is made when it is looked at.

    Attributes:
        start_ns, stop_ns: of each, shape (n,).
        state: which of `monitor.store.STATES`.
        trusted: whether postures are told of it.
        confidence: to a millionth where it was stored.
        profile: which of `profiles`.
    """

    start_ns: Ints
    stop_ns: Ints
    state: Ints
    trusted: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    profile: Ints
    profiles: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.start_ns)

    def __iter__(self) -> Iterator[StateSpan]:
        columns = (self.start_ns, self.stop_ns, self.state, self.confidence)
        for start_ns, stop_ns, state, confidence, profile, trusted in zip(
            *(column.tolist() for column in (*columns, self.profile, self.trusted)), strict=True
        ):
            activity, posture = STATES[state]
            name = self.profiles[profile]
            yield StateSpan(start_ns, stop_ns, activity, posture, confidence, name, trusted)

    @overload
    def __getitem__(self, index: int) -> StateSpan: ...

    @overload
    def __getitem__(self, index: slice) -> "Timeline": ...

    def __getitem__(self, index: int | slice) -> "StateSpan | Timeline":
        if isinstance(index, slice):
            return self.chosen(np.arange(len(self))[index])
        return next(iter(self.chosen(np.arange(len(self))[index].reshape(1))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def within(self, start_ns: int, stop_ns: int) -> NDArray[np.bool_]:
        """Which of them lie in a stretch, shape (n,)."""
        return (self.start_ns >= start_ns) & (self.stop_ns <= stop_ns)

    def spent(self) -> tuple[dict[Activity, float], float]:
        """Seconds in each activity, in the order of Activity, and slouched."""
        spent_s = np.bincount(self.state, self.stop_ns - self.start_ns, len(STATES)) / NS_PER_S
        activity_s, slouched_s = dict.fromkeys(Activity, 0.0), 0.0
        for (activity, posture), seconds in zip(STATES, spent_s.tolist(), strict=True):
            activity_s[activity] += seconds
            slouched_s += seconds if posture is Posture.SLOUCHED else 0.0
        return activity_s, slouched_s

    def merged(self) -> "Timeline":
        """As `monitor.store.spans.merged`."""
        if not len(self):
            return self
        begins = np.ones(len(self), np.bool_)
        begins[1:] = self.start_ns[1:] != self.stop_ns[:-1]
        for column in (self.state, self.trusted, self.profile):
            begins[1:] |= column[1:] != column[:-1]
        (first,) = np.nonzero(begins)
        last = np.append(first[1:], len(self)) - 1
        length_ns = self.stop_ns - self.start_ns
        mean = np.add.reduceat(self.confidence * length_ns, first)
        mean /= np.add.reduceat(length_ns, first)
        return Timeline(
            self.start_ns[first],
            self.stop_ns[last],
            self.state[first],
            self.trusted[first],
            np.where(first == last, self.confidence[first], mean),
            self.profile[first],
            self.profiles,
        )

    def chosen(self, which: Ints) -> "Timeline":
        """Those of some numbers, in their order."""
        return Timeline(
            self.start_ns[which],
            self.stop_ns[which],
            self.state[which],
            self.trusted[which],
            self.confidence[which],
            self.profile[which],
            self.profiles,
        )


def read_timeline(
    connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool
) -> Timeline:
    """The spans of a stretch as they were measured, cut to it and merged."""
    filled = asked(DayBounds(start_ns, stop_ns), simulated)
    *columns, least, most = connection.execute(_COLUMNS, filled).one()
    names: list[str] = []
    if least != most:  # seldom: thresholds were changed in the midst of it
        *columns, least, _, told = connection.execute(_WITH_PROFILES, filled).one()
        names = orjson.loads(told)
    begins, ends, states, confidence = map(ints_from_text, columns)
    profiles = tuple(sorted({*names, least or ""}))
    found = Timeline(
        np.maximum(begins, start_ns),
        np.minimum(ends, stop_ns),
        states // 2,
        states % 2 == 1,
        confidence / MILLION,
        _numbers(names, profiles) if names else np.zeros(len(begins), np.int64),
        profiles,
    )
    if np.any(begins[1:] < begins[:-1]):  # SQLite promises no order, and mostly keeps it
        found = found.chosen(np.argsort(begins, kind="stable"))
    return found.merged()


def timeline_from_spans(spans: Iterable[StateSpan]) -> Timeline:
    """The same of spans that have been read; not merged."""
    rows = [
        (s.start_ns, s.stop_ns, NUMBERS[s.activity, s.posture], s.trusted, s.confidence, s.profile)
        for s in spans
    ]
    begins, ends, states, trusted, confidence, names = zip(*rows, strict=True) if rows else [()] * 6
    profiles = tuple(sorted(set(names)))
    return Timeline(
        np.array(begins, np.int64),
        np.array(ends, np.int64),
        np.array(states, np.int64),
        np.array(trusted, np.bool_),
        np.array(confidence, np.float64),
        _numbers(names, profiles),
        profiles,
    )


def _numbers(names: Sequence[str], profiles: Sequence[str]) -> Ints:
    numbers = {name: number for number, name in enumerate(profiles)}
    return np.array([numbers[name] for name in names], np.int64)
