"""Lifts of a stored shift, read again from its samples."""

import math
import shutil
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from monitor.lifts import (
    LiftTrace,
    demanding_part,
    demanding_stretch,
    from_alert,
    hours_of,
    parts_of,
    traces,
)
from monitor.model import NS_PER_S, EventKind, MotionEvent
from monitor.model.journal import Trace
from monitor.states.bends import INDEX_PARTS
from monitor.store import LiftMark, Store, raw_folder
from tests.rescoring.test_rescoring import T0_NS, stored

DAY = date(2026, 9, 21)
HOUR_NS = 3600 * NS_PER_S


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("lifts") / "backwatch.db"
    return stored(path, ("warehouse_shift", 240.0), ("demo", 180.0))


@pytest.fixture(scope="module")
def lifts(shift: Store) -> list[MotionEvent]:
    queries = shift.queries()
    marks = queries.lifts(DAY)
    found = [one.event for one in queries.events_named([mark.id for mark in marks])]
    queries.close()
    return found


def test_the_motion_of_a_lift_is_that_which_was_judged(
    shift: Store, lifts: list[MotionEvent]
) -> None:
    found = traces(shift.path, lifts, simulated=False)

    assert len(lifts) >= 5
    assert set(found) == {lift.start_ns for lift in lifts}
    for lift in lifts:
        trace, values = found[lift.start_ns], lift.values
        inside = (trace.t_ns >= lift.start_ns) & (trace.t_ns < lift.stop_ns)
        assert trace.exact
        # The peak of a hop is a little over its mean.
        assert trace.lean_deg[inside].max() == pytest.approx(values["peak_sagittal_deg"], abs=3.0)
        assert trace.speed_degps[inside].max() == pytest.approx(
            values["peak_bend_velocity_degps"], rel=0.02
        )
        assert np.ptp(trace.turned_deg[inside]) == pytest.approx(values["turn_deg"], abs=4.0)
        assert trace.t_ns[0] == pytest.approx(lift.start_ns - NS_PER_S, abs=0.2 * NS_PER_S)
        assert trace.t_ns[-1] < lift.stop_ns + NS_PER_S


def test_the_four_parts_make_the_index(lifts: list[MotionEvent]) -> None:
    for lift in lifts:
        parts = parts_of(lift)
        assert [part.of.name for part in parts] == [part.name for part in INDEX_PARTS]
        assert sum(part.points for part in parts) == pytest.approx(lift.values["index"])


def test_the_demanding_stretch_holds_the_peak_and_lies_in_the_lift(
    shift: Store, lifts: list[MotionEvent]
) -> None:
    found = traces(shift.path, lifts, simulated=False)
    for lift in lifts:
        part = demanding_part(lift)
        assert part is not None
        trace = found[lift.start_ns]
        stretch = demanding_stretch(lift, part, trace)
        assert stretch is not None
        assert lift.start_ns <= stretch.start_ns < stretch.stop_ns <= lift.stop_ns + NS_PER_S // 5
        assert stretch.stop_ns - stretch.start_ns < lift.stop_ns - lift.start_ns
        if part.of.name == "index_depth":
            within = (trace.t_ns >= lift.start_ns) & (trace.t_ns < lift.stop_ns)
            peak_ns = trace.t_ns[within][trace.lean_deg[within].argmax()]
            assert stretch.start_ns <= peak_ns < stretch.stop_ns


def test_a_lift_whose_samples_are_gone_is_left_out(
    shift: Store, lifts: list[MotionEvent], tmp_path: Path
) -> None:
    database = tmp_path / "backwatch.db"
    shutil.copy(shift.path, database)
    raw_folder(database).mkdir()

    assert traces(database, lifts, simulated=False) == {}
    assert traces(shift.path, lifts, simulated=True) == {}


def lift(*flags: str, **values: float) -> MotionEvent:
    return MotionEvent(
        EventKind.LIFT, T0_NS, T0_NS + 3 * NS_PER_S, T0_NS + 6 * NS_PER_S, 0.9, "manual/6",
        MappingProxyType(values), flags,
    )  # fmt: skip


MEASURED = {
    "peak_sagittal_deg": 60.0, "index_depth": 20.0,
    "peak_bend_velocity_degps": 60.0, "index_velocity": 8.3,
    "turn_deg": 35.0, "index_turn": 13.3,
    "peak_lateral_deg": -25.0, "index_side": 11.2,
    "index": 52.9,
}  # fmt: skip


def test_the_part_a_lift_was_flagged_for_goes_before_the_one_with_most_points() -> None:
    by_points = demanding_part(lift("demanding", **MEASURED))
    by_turn = demanding_part(lift("demanding", "turned_while_bent", **MEASURED))
    none = demanding_part(lift("demanding"))

    assert by_points is not None
    assert by_points.of.name == "index_depth"
    assert by_turn is not None
    assert by_turn.of.name == "index_turn"
    assert none is None


def test_an_alerts_angles_stand_in_where_samples_are_gone() -> None:
    t_ns = tuple(T0_NS + i * NS_PER_S // 10 for i in range(-20, 50))
    lean = tuple(60.0 * math.sin(max(0.0, min(math.pi, i / 30 * math.pi))) for i in range(-20, 50))
    kept = Trace("lift", T0_NS, t_ns, lean, (0.0,) * 70, lean)
    found = from_alert(lift(**MEASURED), kept)

    assert found is not None
    assert not found.exact
    assert found.t_ns[0] == T0_NS - NS_PER_S
    assert found.lean_deg.max() == pytest.approx(60.0)
    # 60 deg over half a sine of 3 s: 60 * pi / 3 at most
    assert found.speed_degps.max() == pytest.approx(62.8, rel=0.05)
    assert np.isnan(found.turned_deg).all()
    part = demanding_part(lift("turned_while_bent", **MEASURED))
    assert part is not None
    assert demanding_stretch(lift(**MEASURED), part, found) is None


def test_angles_with_gaps_all_over_show_no_lift() -> None:
    kept = Trace("lift", T0_NS, (T0_NS, T0_NS + 1), (None, None), (None, None), (None, None))

    assert from_alert(lift(**MEASURED), kept) is None


def test_hours_run_from_first_to_last_and_say_nothing_of_little_worn_time() -> None:
    first = T0_NS // HOUR_NS
    marks = [
        LiftMark(number, hour * HOUR_NS + number, flagged=number != 1)
        for number, hour in enumerate((first, first, first + 2))
    ]
    found = hours_of(marks, [])

    assert [(hour.lifts, hour.flagged) for hour in found] == [(2, 1), (0, 0), (1, 1)]
    assert [hour.per_worn_hour for hour in found] == [None, None, None]
    assert hours_of([], []) == []


def test_nothing_of_a_trace_is_shown_where_there_is_nothing_between() -> None:
    empty = LiftTrace(*(np.empty(0),) * 5, exact=True)  # type: ignore[arg-type]  # no time either
    part = demanding_part(lift(**MEASURED))
    assert part is not None

    assert demanding_stretch(lift(**MEASURED), part, empty) is None
