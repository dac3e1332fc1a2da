"""A stored day read again: the same profile says the same, another says what differs."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from backwatch.__main__ import main
from monitor.exposure import habit_scores, plain_exposure
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Correction,
    Placement,
    SampleChunk,
    Segment,
    SegmentEnd,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES, Profile, placed
from monitor.rescoring import Difference, NothingKeptError, rescore
from monitor.store import (
    Covered,
    RawSamples,
    RecordingEnd,
    RecordingStart,
    SentAgain,
    Store,
    StoreItem,
)
from monitor.store.raw import within
from monitor.supplied import read_profile
from simulator.scenarios import simulate
from tests.store.test_raw import ACC_STEP, GYR_STEP

RATE_HZ = 50.0
T0_NS = 1_790_000_000 * NS_PER_S  # 2026-09-21 14:13:20 UTC
DAY = date(2026, 9, 21)
DESK, MANUAL = PROFILES["desk"].key, PROFILES["manual"].key
PACKET = 40  # samples a push; a radio sends fewer, and cuts do not matter


@cache
def lived(scenario: str, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    blocks = list(
        simulate(scenario, seconds=seconds, seed=4, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    acc, gyr = (
        np.rint(np.concatenate([getattr(b, name) for b in blocks]) / step) * step
        for name, step in (("acc_mps2", ACC_STEP), ("gyr_radps", GYR_STEP))
    )
    return acc, gyr


def desk(stood: bool) -> Profile:
    return placed(PROFILES["desk"], Placement.UPPER_BACK, calibrated=stood)


def stored(
    path: Path,
    *scenarios: tuple[str, float],
    simulated: bool = False,
    placement: Placement = Placement.UPPER_BACK,
    shaken_ns: Sequence[int] = (),
    said: Correction | None = None,
) -> Store:
    """What the monitor would have stored of each scenario, a connection each, 5 s apart."""
    store = Store(path, UTC)
    profile = placed(PROFILES["desk"], placement, calibrated=True)
    interpret = Interpret(profile, mounting_from_axes("+x", "-z"), 5.0)
    for start_ns in shaken_ns:
        interpret.hints.asked(start_ns)
    at_ns = T0_NS
    with store.writer() as writer:
        for number, (scenario, seconds) in enumerate(scenarios):
            acc, gyr = lived(scenario, seconds)
            segment = Segment(number, at_ns, RATE_HZ)
            start = RecordingStart(at_ns, "AA:BB", "Back", simulated, "axes", True, placement.value)
            writer.write([start])
            for first in range(0, len(acc), PACKET):
                part = slice(first, first + PACKET)
                marks = np.zeros(len(acc[part]), np.uint8)
                chunk = SampleChunk(segment, first, acc[part].copy(), gyr[part].copy(), marks)
                if said is not None and segment.time_ns(first) == said.stop_ns:
                    interpret.correct(said)
                writer.write(items(interpret, chunk))
            writer.write(items(interpret, SegmentEnd(segment, len(acc), "lost")))
            writer.write([RecordingEnd("lost")])
            at_ns += round((seconds + 5) * NS_PER_S)
    return store


def items(interpret: Interpret, sample: SampleChunk | SegmentEnd) -> list[StoreItem]:
    mounting = interpret.mounting
    step = interpret.push([sample])
    out: list[StoreItem] = []
    if isinstance(sample, SampleChunk):
        segment = sample.segment
        edges = (segment.time_ns(sample.first), segment.time_ns(sample.first + len(sample)))
        shaken = within(sample, step.shaken)
        out += [Covered(*edges, RATE_HZ), RawSamples(sample, mounting, shaken)]
    return [*out, *step.changes, *step.events, *step.minutes, *step.doses, *step.alerts]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("rescoring") / "backwatch.db"
    return stored(path, ("demo", 180.0), ("desk_day", 600.0), ("confusers", 400.0))


def as_stored(said: str) -> Placement:
    return Placement(said or "upper_back")


def read_again(
    store: Store,
    profile: Profile = PROFILES["desk"],
    day: date = DAY,
    placement: Callable[[str], Placement] = as_stored,
):
    queries = store.queries()
    try:
        return rescore(store.path, queries, day, profile, placement)
    finally:
        queries.close()


def test_the_same_profile_says_exactly_the_same(store: Store) -> None:
    found = read_again(store)

    assert found.covered_s == pytest.approx(1180.0)
    assert (found.profile, found.stored_profiles) == (DESK, (DESK,))
    assert sum(d.stored for n, d in found.seconds.items() if n != "slouched") > 1100
    assert found.events["bend"].stored > 0
    assert found.alerts
    assert found.exposure.dose.worn_s > 1000
    assert found.exposure.dose.bends_30 > 0
    again, was = plain_exposure(found.exposure), plain_exposure(found.stored_exposure)
    rounded = {"bend_dose_s", "up_bend_dose_s"}  # in the store, minute by minute
    assert {name for name in was if again[name] != was[name]} <= rounded
    assert all(again[name] == pytest.approx(was[name], abs=0.02) for name in rounded)
    for group in (found.seconds, found.events, found.alerts):
        for name, figure in group.items():
            assert figure.rescored == pytest.approx(figure.stored, abs=1e-6), name


def test_another_profile_shows_what_it_changes(store: Store) -> None:
    base = PROFILES["desk"]
    activity = replace(base.states.activity, slouch_on_rad=0.05, slouch_off_rad=0.03)
    strict = replace(base, name="strict", states=replace(base.states, activity=activity))

    found = read_again(store, strict)

    assert found.profile == DESK.replace("desk", "strict")
    assert found.seconds["slouched"].rescored > found.seconds["slouched"].stored + 10
    assert found.events["bend"] == Difference(*[found.events["bend"].stored] * 2)


def test_scores_say_what_another_profile_would_have_said(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("monitor.exposure.report.LEAST_S", 300.0)  # of a short day, too
    strict = store.path.with_name("strict.toml")
    strict.write_text("[states.activity]\nslouch_on_deg = 3\nslouch_off_deg = 2\n")

    found = read_again(store, read_profile(strict).profile)
    argv = ["rescore", "--db", str(store.path), "--profile", str(strict)]
    assert main([*argv, "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert main(argv) == 0
    table = capsys.readouterr().out
    stored, again = habit_scores(found.stored_exposure)[0], habit_scores(found.exposure)[0]
    lost = [
        next(line.lost for line in score.lines if line.name == "slouch_share")
        for score in (stored, again)
    ]

    assert stored.points is not None
    assert again.points is not None
    assert found.exposure.dose.slouched_s > found.stored_exposure.dose.slouched_s + 10
    assert lost[1] > lost[0]
    assert again.points - stored.points == pytest.approx(lost[0] - lost[1], abs=0.1)
    assert out["profile"] == "strict/1"
    assert out["scores"][0]["points"]["difference"] == pytest.approx(again.points - stored.points)
    assert out["exposure"]["slouched_s"]["difference"] > 10
    assert re.search(rf"desk +{stored.points:.1f} +{again.points:.1f}", table)


def test_what_the_person_said_counts_in_both(tmp_path: Path) -> None:
    sat = Correction(T0_NS + 300 * NS_PER_S, T0_NS + 360 * NS_PER_S, Activity.STAND)
    plain = stored(tmp_path / "plain.db", ("desk_day", 600.0))
    told = stored(tmp_path / "told.db", ("desk_day", 600.0), said=sat)
    with closing(told.journal()) as journal:
        journal.add_correction(
            sat.stop_ns, sat.start_ns, sat.stop_ns, sat.activity, simulated=False
        )
    found, before = read_again(told), read_again(plain)

    assert found.seconds["stand"].stored > before.seconds["stand"].stored + 59
    for name, figure in found.seconds.items():
        assert figure.rescored == pytest.approx(figure.stored, abs=1e-6), name
    was, again = (one.dose for one in (found.stored_exposure, found.exposure))
    assert was.up_s > before.stored_exposure.dose.up_s + 55
    for name in ("worn_s", "up_s", "seated_s", "slouched_s", "longest_sitting_s", "breaks"):
        assert getattr(again, name) == pytest.approx(getattr(was, name), abs=0.01), name


def shaken_by_itself(
    scenario: str, seconds: float
) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    """When a motor of 1.4 s runs, and what is felt with it."""
    starts_s = tuple(30.0 + 25.0 * i for i in range(5))
    acc, gyr = (one.copy() for one in lived(scenario, seconds))
    t_s = np.arange(len(acc)) / RATE_HZ
    runs = sum(((t_s >= at + 0.05) & (t_s < at + 1.45)).astype(float) for at in starts_s)
    acc[:, 0] += np.rint(25.0 * runs * np.sign(np.sin(2 * np.pi * 9.0 * t_s)) / ACC_STEP) * ACC_STEP
    gyr[:, 1] += np.rint(2.0 * runs * np.sin(2 * np.pi * 7.0 * t_s) / GYR_STEP) * GYR_STEP
    return tuple(T0_NS + round(at * NS_PER_S) for at in starts_s), acc, gyr


def test_what_the_sensor_shook_itself_is_left_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    starts_ns, acc, gyr = shaken_by_itself("short", 180.0)
    monkeypatch.setitem(globals(), "lived", lambda *_: (acc, gyr))
    known = stored(tmp_path / "known.db", ("short", 180.0), shaken_ns=starts_ns)
    unknown = stored(tmp_path / "unknown.db", ("short", 180.0))

    found = {name: read_again(store) for name, store in (("known", known), ("un", unknown))}
    assert main(["rescore", "--db", str(known.path)]) == 0

    assert found["known"].shaken_s == pytest.approx(5 * 1.7)
    assert found["un"].shaken_s == 0
    assert found["un"].events["jolt"].stored > 0  # it would be seen
    for one in found.values():
        assert all(d.rescored == d.stored for d in one.events.values())
        assert all(d.rescored == pytest.approx(d.stored) for d in one.seconds.values())
    assert found["known"].events["jolt"].stored == 0
    assert "vibrating for 8.5 s" in capsys.readouterr().out


def test_where_the_sensor_was_worn_is_read_from_the_store(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """The same samples read as of an upper back would have shown slouching."""
    waist = stored(tmp_path / "waist.db", ("demo", 190.0), placement=Placement.WAIST)
    argv = ["rescore", "--db", str(waist.path), "--json"]

    assert main(argv) == 0
    same = json.loads(capsys.readouterr().out)
    assert main([*argv, "--placement", "upper_back"]) == 0
    other = json.loads(capsys.readouterr().out)

    assert (same["stored_placements"], same["placements"]) == (["waist"], ["waist"])
    assert all(figure["difference"] == 0 for figure in same["seconds"].values())
    assert (other["stored_placements"], other["placements"]) == (["waist"], ["upper_back"])
    assert any(figure["difference"] for figure in other["seconds"].values())


def test_what_is_stored_stays_as_it_was(store: Store) -> None:
    def content() -> dict[str, str]:
        folder = store.path.parent
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    before = content()
    read_again(store)

    assert content() == before


def test_only_the_time_with_samples_is_compared(tmp_path: Path) -> None:
    """After the samples of the first hour were erased, its states are left out of both."""
    store = stored(tmp_path / "backwatch.db", ("desk_day", 2 * 1800.0))
    with store.writer() as writer:
        writer.forget(
            details_before_ns=0, summaries_before_ns=0, raw_before_ns=T0_NS + 3000 * NS_PER_S
        )
    found = read_again(store)

    total = {n: d for n, d in found.seconds.items() if n != "slouched"}
    assert found.covered_s == pytest.approx(3600 - 2800)
    assert sum(d.stored for d in total.values()) == pytest.approx(found.covered_s, abs=1.0)
    assert sum(d.rescored for d in total.values()) == pytest.approx(found.covered_s, abs=1.0)


def test_what_was_sent_again_is_read_again_too_and_alerts_nobody(tmp_path: Path) -> None:
    acc, gyr = lived("desk_day", 600.0)
    half = len(acc) // 2
    edge_ns = T0_NS + round(half / RATE_HZ * NS_PER_S)
    store = Store(tmp_path / "backwatch.db", UTC)
    with store.writer() as writer:
        writer.write([RecordingStart(edge_ns, "AA:BB", "Back", False, "axes")])
        for start_ns, part, past in (
            (edge_ns, slice(half, None), False),
            (T0_NS, slice(0, half), True),
        ):
            interpret = Interpret(desk(True), mounting_from_axes("+x", "-z"), 5.0)
            segment = Segment(int(past), start_ns, RATE_HZ)
            pieces: list[SampleChunk | SegmentEnd] = [
                SampleChunk(segment, first, a.copy(), g.copy(), np.zeros(len(a), np.uint8))
                for first in range(0, half, PACKET)
                for a, g in ((acc[part][first:][:PACKET], gyr[part][first:][:PACKET]),)
            ]
            for piece in [*pieces, SegmentEnd(segment, half, "lost")]:
                told = items(interpret, piece)
                if past:
                    told = [SentAgain(one) for one in told if not isinstance(one, Alert)]
                writer.write(told)
        writer.write([SentAgain(RecordingEnd("sent again")), RecordingEnd("lost")])
    found = read_again(store)

    assert found.covered_s == pytest.approx(600.0, abs=0.1)
    for name, difference in (*found.seconds.items(), *found.events.items()):
        assert difference.stored == pytest.approx(difference.rescored, abs=1.0), name
    assert found.events["stand_to_sit"].stored >= 1
    assert all(difference.stored == difference.rescored for difference in found.alerts.values())


def test_a_day_without_samples_says_so(store: Store) -> None:
    with pytest.raises(NothingKeptError, match="no samples of 2026-01-01"):
        read_again(store, day=date(2026, 1, 1))


def test_the_command_shows_a_table_and_json(store: Store, capsys: pytest.CaptureFixture) -> None:
    argv = ["rescore", "--db", str(store.path), "--date", "2026-09-21"]

    assert main([*argv, "--profile", "manual"]) == 0
    table = capsys.readouterr().out
    assert main([*argv, "--profile", "manual", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)

    assert f"stored with {DESK}, read again with {MANUAL}" in table
    assert "Nothing stored was changed." in table
    assert out["profile"] == MANUAL
    assert out["covered_s"] == pytest.approx(1180.0)
    assert set(out["seconds"]["sit"]) == {"stored", "rescored", "difference"}


def test_the_command_takes_the_last_day_and_knows_a_simulated_one(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    store = stored(tmp_path / "backwatch.db", ("short", 60.0), simulated=True)

    assert main(["rescore", "--db", str(store.path), "--json"]) == 0
    out = json.loads(capsys.readouterr().out)

    assert (out["simulated"], out["covered_s"]) == (True, pytest.approx(60.0))
    for figure in out["seconds"].values():
        assert figure["difference"] == pytest.approx(0.0, abs=0.001)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--date", "soon"], "is not a date"),
        (["--date", "1800-01-01"], "is not a date"),
        (["--date", "2026-01-01"], "no samples of 2026-01-01 are kept"),
        (["--profile", "gym"], "is not one of desk, manual"),
        (["--db", "nowhere.db"], "there is no such database"),
    ],
    ids=str,
)
def test_what_cannot_be_read_again_is_one_clear_line(
    store: Store, capsys: pytest.CaptureFixture, argv: list[str], message: str
) -> None:
    assert main(["rescore", "--db", str(store.path), *argv]) == 2
    [line] = capsys.readouterr().err.splitlines()

    assert message in line
