"""Doses told from other states are what they would have been had these been seen."""

import random
from collections.abc import Sequence
from dataclasses import fields

import pytest

from monitor.exposure import Doses, add_up
from monitor.exposure.courses import Part, Said, added_anew
from monitor.exposure.histograms import seconds_from
from monitor.model import NS_PER_S, Activity, EventKind, Posture, StateChange
from monitor.model.exposure import Dose, Histogram
from monitor.stage import feed
from monitor.store import SaidStretch
from monitor.store.corrections import parts_said
from tests.exposure.lives import START_NS, Act, bend, second_ns, told

SIT, STAND, WALK, LIE, AWAY = (
    Activity.SIT, Activity.STAND, Activity.WALK, Activity.LIE, Activity.NOT_WORN,
)  # fmt: skip
NEUTRAL, SLOUCHED, NONE = Posture.NEUTRAL, Posture.SLOUCHED, Posture.NONE
EXACT = {"bends_30", "bends_60", "lifts", "flagged_lifts", "hold_exceedances", "start_ns"}


def told_of(acts: list[Act], **marks: dict[int, object]) -> list[Dose]:
    return feed(Doses(), told(acts, **marks))


def said(*stretches: tuple[float, float, Activity]) -> Said:
    """Of seconds since the beginning."""
    return parts_said(
        SaidStretch(i, 2**62, second_ns(start), second_ns(stop), activity)
        for i, (start, stop, activity) in enumerate(stretches)
    )


def assert_alike(found: Sequence[Dose], wanted: Sequence[Dose]) -> None:
    """To the hop at the edges, which are not seconds."""
    one, other = add_up(found), add_up(wanted)
    for field in fields(Dose):
        got, want = getattr(one, field.name), getattr(other, field.name)
        if isinstance(want, Histogram):
            low = min(got.first, want.first)
            rows = [
                [0] * (h.first - low) + list(h.ms) + [0] * (400 - h.first + low - len(h.ms))
                for h in (got, want)
            ]
            assert rows[0] == pytest.approx(rows[1], abs=300), field.name
        elif field.name == "bouts":
            key = [(bout.activity, bout.zone) for bout in got]
            assert key == [(bout.activity, bout.zone) for bout in want]
            assert [b.length_s for b in got] == pytest.approx([b.length_s for b in want], abs=0.01)
        elif isinstance(want, float):
            assert got == pytest.approx(want, abs=0.35), field.name
        else:
            assert got == want, field.name


ACTS: list[Act] = [
    (95, 12.0, SIT, SLOUCHED),
    (130, 3.0, STAND, NEUTRAL),
    (75, 25.0, WALK, NEUTRAL),
    (2100, 8.0, SIT, NEUTRAL),
    (45, 64.0, STAND, Posture.BENT),
    (300, 80.0, LIE, NONE),
    (200, 15.0, SIT, SLOUCHED),
]


def test_what_nothing_is_said_of_is_what_was_told() -> None:
    found = told_of(ACTS)

    assert_alike(added_anew(found, said()), found)


@pytest.mark.parametrize(
    ("number", "activity"),
    [(1, SIT), (0, STAND), (3, STAND), (3, AWAY), (5, SIT), (4, AWAY), (6, STAND)],
)
def test_saying_what_it_was_gives_what_seeing_it_would_have(
    number: int, activity: Activity
) -> None:
    start = sum(act[0] for act in ACTS[:number])
    stop = start + ACTS[number][0]
    posture = ACTS[number][3]
    now = SLOUCHED if activity is SIT and posture is SLOUCHED else NEUTRAL
    seen = [*ACTS]
    seen[number] = (*ACTS[number][:2], activity, NONE if activity is AWAY else now)

    found = added_anew(told_of(ACTS), said((start, stop, activity)))

    # Where a dose is divided within a minute, it is by time: whole minutes are alike.
    whole = {n for n in range(len(found)) if n * 60 >= stop or (n + 1) * 60 <= start}
    inner = {n for n in range(len(found)) if n * 60 >= start and (n + 1) * 60 <= stop}
    wanted = told_of(seen)
    for n in whole | inner:
        assert found[n].worn_s == pytest.approx(wanted[n].worn_s, abs=0.35)
        assert found[n].up_s == pytest.approx(wanted[n].up_s, abs=0.35)
        assert seconds_from(found[n].up_lean, 20) == pytest.approx(
            seconds_from(wanted[n].up_lean, 20), abs=0.35
        )
        assert found[n].bend_dose_s == pytest.approx(wanted[n].bend_dose_s, abs=0.35)
    once, other = add_up(found), add_up(wanted)
    for name in ("seated_s", "seated_beyond_s", "slouched_s", "breaks", "longest_sitting_s"):
        assert getattr(once, name) == pytest.approx(getattr(other, name), abs=0.35), name
    assert [(b.activity, b.zone, round(b.length_s)) for b in once.bouts] == [
        (b.activity, b.zone, round(b.length_s)) for b in other.bouts
    ]
    assert once.worn_s == pytest.approx(other.worn_s, abs=0.35)
    assert once.lean.total_s == pytest.approx(once.worn_s, abs=0.05)
    assert once.up_lean.total_s == pytest.approx(once.up_s, abs=0.05)


def test_whole_minutes_said_otherwise_are_wholly_alike() -> None:
    acts: list[Act] = [(120, 12.0, SIT, SLOUCHED), (180, 33.0, STAND, NEUTRAL), (60, 4, WALK, NONE)]
    seen: list[Act] = [acts[0], (180, 33.0, SIT, NEUTRAL), acts[2]]

    assert_alike(added_anew(told_of(acts), said((120, 300, SIT))), told_of(seen))


def test_a_minute_said_in_part_is_divided_by_time() -> None:
    (found,) = added_anew(told_of([(60, 40.0, SIT, NEUTRAL)]), said((0, 15, STAND)))

    assert (found.seated_s, found.up_s) == (45.0, pytest.approx(15, abs=0.1))
    assert seconds_from(found.up_lean, 30) == pytest.approx(15, abs=0.1)
    assert found.worn_s == pytest.approx(60, abs=0.2)


def test_a_minute_not_worn_in_part_keeps_the_rest() -> None:
    features, *rest = told([(60, 40.0, STAND, NEUTRAL)])
    found = feed(Doses(), [features, bend(5, 50), bend(40, 70, EventKind.LIFT), *rest])

    (dose,) = added_anew(found, said((30, 60, AWAY)))

    assert dose.worn_s == pytest.approx(30, abs=0.2)
    assert (dose.bends_30, dose.bends_60, dose.lifts) == (1, 0, 0)


def test_the_last_word_counts() -> None:
    (found,) = added_anew(told_of([(60, 5.0, SIT, NEUTRAL)]), said((0, 60, AWAY), (20, 40, STAND)))

    assert (found.seated_s, found.up_s) == (0, pytest.approx(20, abs=0.2))


def test_clocks_of_sitting_after_what_was_said_go_on_from_it() -> None:
    found = told_of([(2400, 5.0, SIT, NEUTRAL)])
    now = added_anew(found, said((600, 660, STAND)))

    assert add_up(found).seated_beyond_s == 600
    once = add_up(now)
    assert (once.breaks, once.seated_beyond_s, once.longest_sitting_s) == (1, 0, 1740)


def test_a_dose_without_a_course_is_left_out_where_nobody_wore_the_sensor() -> None:
    old = [Dose(START_NS + n * 60 * NS_PER_S, worn_s=60.0, seated_s=60.0) for n in range(3)]

    found = added_anew(old, said((0, 60, AWAY), (60, 120, STAND)))

    assert [(dose.worn_s, dose.seated_s) for dose in found] == [(0, 0), (60, 60), (60, 60)]


def test_time_after_a_slip_stays_doubted_whatever_is_said() -> None:
    items = told([(60, 5, SIT, SLOUCHED), (60, 5, LIE, NONE)])
    doubted = [
        StateChange(i.at_ns, i.activity, i.posture, i.confidence, i.profile, trusted=False)
        if isinstance(i, StateChange) and i.activity is not Activity.UNKNOWN
        else i
        for i in items
    ]

    found = add_up(added_anew(feed(Doses(), doubted), said((60, 120, SIT))))

    assert found.worn_s == 0
    assert found.doubted_s == pytest.approx(120, abs=0.5)
    assert (found.seated_s, found.seated_doubted_s) == (120, 120)


@pytest.mark.parametrize("seed", range(6))
def test_however_runs_are_said_to_be_seconds_add_up(seed: int) -> None:
    draw, every = random.Random(seed), [SIT, STAND, WALK, LIE, AWAY]
    acts: list[Act] = [
        (
            draw.randint(3, 200),
            draw.uniform(0, 80),
            draw.choice(every),
            NONE,
        )
        for _ in range(12)
    ]
    length = sum(act[0] for act in acts)
    stretches = [
        (at, at + draw.randint(1, 300), draw.choice([SIT, STAND, AWAY]))
        for at in (draw.randint(0, length) for _ in range(4))
    ]

    found = added_anew(told_of(acts), said(*stretches))

    def seen(second: int) -> Activity:
        now = Activity.UNKNOWN
        edge = 0
        for act in acts:
            if edge <= second < edge + act[0]:
                now = act[2]
            edge += act[0]
        for start, stop, activity in stretches:
            if start <= second < stop:
                now = activity
        return now

    each = [seen(second) for second in range(length)]
    worn = [activity for activity in each if activity not in (LIE, AWAY)]
    assert add_up(found).seated_s == pytest.approx(each.count(SIT), abs=0.01)
    assert add_up(found).worn_s == pytest.approx(len(worn), abs=1.5)
    assert add_up(found).up_s == pytest.approx(each.count(STAND) + each.count(WALK), abs=1.5)


def test_a_part_knows_whether_it_was_said() -> None:
    parts = said((10, 20, STAND))(second_ns(0), second_ns(30), SIT, SLOUCHED)

    assert parts == [
        Part(second_ns(0), second_ns(10), SIT, SLOUCHED, False),
        Part(second_ns(10), second_ns(20), STAND, NEUTRAL, True),
        Part(second_ns(20), second_ns(30), SIT, SLOUCHED, False),
    ]
