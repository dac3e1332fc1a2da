"""Spans of days in a row as columns: a week of manual work has thirteen thousand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, case, func, select

from monitor.model import Activity, Posture, StateSpan
from monitor.store.days import SPANS_WITHIN, DayBounds, asked
from monitor.store.tables import RecordingRow, SpanRow, Table

Ints = NDArray[np.int64]

# What `Pieces.state` counts through.
STATES = tuple((activity, posture) for activity in Activity for posture in Posture)
NUMBERS = {state: number for number, state in enumerate(STATES)}

_spans = Table.metadata.tables[str(SpanRow.__tablename__)]
_recordings = Table.metadata.tables[str(RecordingRow.__tablename__)]
_activity, _posture = (
    case({member.value: number for number, member in enumerate(kind)}, value=column)
    for kind, column in ((Activity, _spans.c.activity), (Posture, _spans.c.posture))
)
STATE: ColumnElement[int] = _activity * len(Posture) + _posture  # of a row of `spans`
# A text for each column: a row of its own for each span takes four times as long.
_COLUMNS = (
    select(*(func.group_concat(column) for column in (_spans.c.start_ns, _spans.c.stop_ns, STATE)))
    .join(_recordings)
    .where(SPANS_WITHIN)
)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Stretches `[start_ns, stop_ns)` in one state, in order, shape (n,); between: no data.

    Attributes:
        state: which of STATES.
    """

    start_ns: Ints
    stop_ns: Ints
    state: Ints

    def __len__(self) -> int:
        return len(self.start_ns)

    def within(self, start_ns: int, stop_ns: int) -> NDArray[np.bool_]:
        """Which of them lie in a stretch, shape (n,)."""
        return (self.start_ns >= start_ns) & (self.stop_ns <= stop_ns)

    def merged(self) -> "Pieces":
        """Those that follow each other in one state made one."""
        if not len(self):
            return self
        begins = np.ones(len(self), np.bool_)
        begins[1:] = (self.state[1:] != self.state[:-1]) | (self.start_ns[1:] != self.stop_ns[:-1])
        (first,) = np.nonzero(begins)
        last = np.append(first[1:], len(self)) - 1
        return Pieces(self.start_ns[first], self.stop_ns[last], self.state[first])

    def cut_at(self, edges_ns: Sequence[int]) -> "Pieces":
        """None of them across an edge [ns since the epoch, UTC, ascending]."""
        edges = np.asarray(edges_ns, np.int64)
        first = np.searchsorted(edges, self.start_ns, side="right")
        within = np.maximum(np.searchsorted(edges, self.stop_ns, side="left") - first, 0)
        whole = np.repeat(np.arange(len(self)), within + 1)
        # Of each piece the parts are counted from 0, and part n begins at its nth edge.
        part = np.arange(len(whole)) - np.repeat(np.cumsum(within + 1) - within - 1, within + 1)
        start_ns, stop_ns = self.start_ns[whole], self.stop_ns[whole]
        at = first[whole] + part
        later, sooner = part > 0, part < within[whole]
        start_ns[later] = edges[at[later] - 1]
        stop_ns[sooner] = edges[at[sooner]]
        return Pieces(start_ns, stop_ns, self.state[whole])


def read_pieces(connection: Connection, start_ns: int, stop_ns: int, *, simulated: bool) -> Pieces:
    """The spans of a stretch as they were measured, cut to it and merged."""
    texts = connection.execute(_COLUMNS, asked(DayBounds(start_ns, stop_ns), simulated)).one()
    begins, ends, state = map(ints_from_text, texts)
    if np.any(begins[1:] < begins[:-1]):  # SQLite promises no order, and mostly keeps it
        order = np.argsort(begins, kind="stable")
        begins, ends, state = begins[order], ends[order], state[order]
    return Pieces(np.maximum(begins, start_ns), np.minimum(ends, stop_ns), state).merged()


def pieces_from_spans(spans: Sequence[StateSpan]) -> Pieces:
    """The same of spans that have been read."""
    rows = [(s.start_ns, s.stop_ns, NUMBERS[s.activity, s.posture]) for s in spans]
    return Pieces(*np.array(rows, np.int64).reshape(-1, 3).T).merged()


def ints_from_text(text: str | None) -> Ints:
    """Integers that SQLite has put in one text; None is none."""
    return np.fromstring(text, np.int64, sep=",") if text else np.zeros(0, np.int64)
