"""What the demo tells beside the live sensor."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from backwatch.earlier_days import make_day
from backwatch.story import Past, Story, past
from dashboard.demo import ACTS
from monitor.model import NS_PER_S, EventKind, Numbered
from monitor.pipeline import Step
from monitor.store import Store
from simulator.scenarios import simulate

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
RATE_HZ = 100


def heard(story: Story, seconds: float) -> None:
    """The sensor has sent this much of its play."""
    stop = round(seconds * RATE_HZ)
    assert list(story.watch(Step(numbers=[Numbered(7, stop - 10, stop)]))) == []


def test_days_that_are_kept_are_not_made_again(tmp_path) -> None:
    store = Store(tmp_path / "demo.db")
    now_ns = round(datetime(2026, 11, 18, 12).timestamp()) * NS_PER_S  # a Wednesday
    with store.writer() as writer:
        writer.write(make_day(MONDAY, 0, 0.01).items)
    queries = store.queries(simulated=True)
    found = past(queries, 5, now_ns)
    queries.close()

    assert found.kept == (MONDAY,)
    assert found.missing == (TUESDAY, date(2026, 11, 14), date(2026, 11, 13))  # no Sunday


def test_a_day_that_was_erased_is_not_made_again(tmp_path) -> None:
    store = Store(tmp_path / "demo.db", UTC)
    wednesday = datetime(2026, 11, 18, 12, tzinfo=UTC)
    queries = store.queries(simulated=True)
    bounds = queries.bounds(MONDAY)
    with store.writer() as writer:
        writer.write(make_day(MONDAY, 0, 0.01).items)
        writer.erase(bounds.start_ns, bounds.stop_ns)
    one = past(queries, 3, round(wednesday.timestamp()) * NS_PER_S)
    with store.writer() as writer:
        writer.erase_all(round(wednesday.timestamp()) * NS_PER_S)
    none = past(queries, 3, round(wednesday.timestamp()) * NS_PER_S)
    queries.close()

    assert one == Past((), (TUESDAY,), (MONDAY,))
    assert none == Past((), (), (TUESDAY, MONDAY))


def test_no_days_are_missing_where_none_are_wanted(tmp_path) -> None:
    queries = Store(tmp_path / "demo.db", UTC).queries(simulated=True)
    found = past(queries, 0, 1_790_000_000 * NS_PER_S)
    queries.close()

    assert found == Past((), (), ())


def test_the_tour_waits_for_the_sensor() -> None:
    story = Story(0, 0, toured=True)

    assert story.tour() == []
    assert not story.begun.is_set()


def test_a_sensor_that_begins_anew_ends_the_tour() -> None:
    story = Story(0, 0, toured=True)
    heard(story, 200)
    assert story.tour()
    assert list(story.watch(Step(numbers=[Numbered(8, 0, 100)]))) == []

    assert story.tour() == []


def test_another_scenario_has_no_tour() -> None:
    story = Story(0, 0, toured=False)
    heard(story, 20)

    assert story.begun.is_set()
    assert story.tour() == []


def test_a_round_has_each_act_once_without_a_gap() -> None:
    story = Story(0, 0, toured=True)
    heard(story, 20)
    acts = story.tour()

    assert tuple(act.name for act in acts) == ACTS
    assert all(a.stop_ms == b.start_ms for a, b in pairwise(acts))
    assert acts[-1].stop_ms - acts[0].start_ms == 180_000


def test_the_acts_are_those_that_the_sensor_plays() -> None:
    seed = 3
    story = Story(0, seed, toured=True)
    heard(story, 1)
    acts = {act.name: act for act in story.tour()}
    begin_ms = acts["stand"].start_ms
    blocks = list(simulate("demo", seconds=175, seed=seed, rate_hz=50))
    events = [event for block in blocks for event in block.finished]
    happened = {
        (event.kind, event.technique): (event.start_s + event.stop_s) / 2 for event in events
    }

    for what, name in (
        ((EventKind.LIFT, "stoop"), "demanding_lift"),
        ((EventKind.LIFT, "squat"), "squat_lift"),
        ((EventKind.FALL, ""), "fall"),
    ):
        at_ms = begin_ms + 1000 * happened[what]
        assert acts[name].start_ms <= at_ms < acts[name].stop_ms


@pytest.mark.parametrize("rounds", [1, 3])
def test_the_next_round_follows_the_last(rounds: int) -> None:
    story = Story(0, 0, toured=True, clock_ns=lambda: 1_790_000_000 * NS_PER_S)
    heard(story, 30)
    heard(story, 180 * rounds + 1)
    acts = story.tour()

    assert tuple(act.name for act in acts) == ACTS
    assert acts[0].start_ms == 1_790_000_000_000 - 1000
    assert acts[-1].stop_ms == acts[0].start_ms + 180_000
