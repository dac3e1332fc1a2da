"""Simulated days and confusers: what is told against the simulator's truth."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from backwatch.evaluation.alternatives import angle_deg, up_by_vqf
from backwatch.evaluation.figures import Beside, Better, Figure, measure, ratio
from backwatch.evaluation.movements import TILT_DEG
from backwatch.evaluation.postures import ANSWERS, STEP_S, UNDECIDED
from backwatch.evaluation.simulated import NEUTRAL_S, Life, Marks, live
from backwatch.evaluation.told import Said, Told, interpret, told
from monitor.analysis import Analysis
from monitor.model import NS_PER_S, EventKind, Placement
from monitor.recording import Recording
from simulator.motion import Actor, Phrase
from simulator.plays import commute, desk_day, warehouse_shift
from simulator.truth import TrueEvent

Say = Callable[[str], None]
Phrases = Iterator[Phrase]
Sums = dict[str, dict[str, list[float]]]  # by figure, by person: counts

PEOPLE = 6
FIRST_SEED = 1000  # of the people; no test uses these
DESK_S = 3600.0
SHIFT_S = 1800.0
COMMUTE_S = 900.0
ROUNDS = 3  # of confusers a person
SLIP_DEG = 14.0  # deg; more than a slouch needs
GAP_S = 120.0
RATE_HZ = 100.0  # of the sensors
SLOUCH_DEG, REACH_DEG = 12.0, 35.0  # what tilt alone takes for a slouch: the thresholds of desk
NEAR_S = 1.0  # s; by which a told event may miss the true one it belongs to
SOON_S = 15.0  # s; what a confuser sets off is told at most so much later
SLOUCH_HELD_S = 60.0  # s; an alert is false unless most of this long before it was slouched


def days(few: int | None, say: Say) -> list[Figure]:
    """Every simulated figure, over people drawn at random."""
    sums: Sums = defaultdict(lambda: defaultdict(list))
    for number in range(PEOPLE if few is None else min(few, PEOPLE)):
        seed, person = FIRST_SEED + number, f"p{number + 1}"
        say(f"simulated {person}")
        _desk(sums, person, live(_desk_play, seed, Placement.UPPER_BACK, RATE_HZ))
        for placement in (Placement.UPPER_BACK, Placement.LOW_BACK):
            shift = live(_shift_play, seed, placement, RATE_HZ)
            _bending(sums, person, shift, "shift", placement)
            walked = live(_bending_while_walking, seed, placement, RATE_HZ)
            _bending(sums, person, walked, "walking", placement)
        _commute(sums, person, live(_commute_play, seed, Placement.UPPER_BACK))
        _confusers(sums, person, live(_confusers_play, seed, Placement.UPPER_BACK))
    return figures("simulated", _SPECS, sums)


def _desk_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    del marks
    yield from desk_day(actor, rng, DESK_S)


def _shift_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    del marks
    yield from warehouse_shift(actor, rng, SHIFT_S)


def _commute_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    del marks
    yield from commute(actor, rng, COMMUTE_S)


def _bending_while_walking(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    """Pick things up in passing: a bend straight out of walking and straight into it again."""
    del marks
    yield from actor.stand(10.0, still=True)
    for _ in range(20):
        yield from actor.walk(rng.uniform(6, 15), turn_deg=rng.uniform(-60, 60))
        yield from actor.bend(rng.uniform(45, 85), rng.uniform(0.3, 1.5))
    yield from actor.walk(8.0)
    yield from actor.stand(5.0, still=True)


def _confusers_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    yield from actor.stand(10.0, still=True)
    for _ in range(ROUNDS):
        yield from actor.walk(rng.uniform(8, 14))
        yield from actor.stand(4.0, still=True)
        yield from marks.play("reach", actor.reach())
        yield from actor.stand(6.0, still=True)
        yield from marks.play("shoelace", actor.tie_shoelace())
        yield from actor.stand(6.0, still=True)
        yield from marks.play("turn", actor.turn(rng.choice([-1, 1]) * 150))
        yield from actor.stand(6.0, still=True)
        yield from marks.play("squat", actor.squat_lift())
        yield from actor.stand(20.0, still=True)
        yield from marks.play("sitting_quickly", actor.sit_down(quick=True))
        yield from actor.sit(20.0)
        yield from marks.play("desk_lean", actor.lean_on_desk(75.0))
        yield from actor.sit_tall()
        yield from actor.sit(20.0)
        yield from marks.play("recline", actor.recline(90.0))
        yield from actor.sit_tall()
        yield from marks.play("knock", actor.knock())
        yield from actor.sit(20.0)
        yield from marks.play("rising_quickly", actor.stand_up(quick=True))
        yield from actor.stand(20.0, still=True)
        yield from actor.sit_down()
        yield from marks.play("car", actor.drive(120.0))
        yield from actor.sit(10.0)
        yield from actor.stand_up()
        yield from actor.stand(10.0, still=True)


def _tell(recording: Recording, life: Life) -> tuple[Analysis, Told]:
    analysis = interpret(recording, life.worn, NEUTRAL_S)
    return analysis, told(analysis)


def _desk(sums: Sums, person: str, life: Life) -> None:
    analysis, said = _tell(life.recording(), life)
    time_s = np.arange(NEUTRAL_S[1], float(life.time_s[-1]), STEP_S)
    at = np.searchsorted(life.time_s, time_s, side="right") - 1
    true, slouched = life.activity[at], life.posture[at] == "slouched"
    answer = _classes(said.activity_at(time_s))
    truth = _classes(true)
    for name in ("sit", "stand"):
        asked = truth == name
        add(sums, f"desk_{name}", person, (answer[asked] == name).sum(), asked.sum())
        wrong_s = (((answer == name) & ~asked).sum() + (asked & (answer != name)).sum()) * STEP_S
        add(sums, f"desk_{name}_wrong", person, wrong_s, life.hours)
    both = (truth == "sit") | (truth == "stand")
    add(sums, "desk_decided", person, (answer[both] != UNDECIDED).sum(), both.sum())
    lean = _tilt_deg(life)[at]
    tilted = (lean > SLOUCH_DEG) & (lean < REACH_DEG)
    add(sums, "slouch_precision|tilt of 12 to 35°", person, (tilted & slouched).sum(), tilted.sum())
    add(sums, "slouch_recall|tilt of 12 to 35°", person, (tilted & slouched).sum(), slouched.sum())
    told_slouched = said.posture_at(time_s) == "slouched"
    add(sums, "slouch_precision", person, (told_slouched & slouched).sum(), told_slouched.sum())
    add(sums, "slouch_recall", person, (told_slouched & slouched).sum(), slouched.sum())
    add(sums, "slouch_alerts", person, _false_slouch_alerts(analysis, life), life.hours)
    add(sums, "desk_falls", person, len(_kinds(said, "fall")), life.hours)
    add(
        sums,
        "desk_bends",
        person,
        len(_without_cause(_kinds(said, "bend", "lift"), _true_bends(life))),
        life.hours,
    )

    _worn(sums, person, analysis, said, life)

    half_s = DESK_S / 2
    slipped, _ = _tell(life.slipped(half_s, SLIP_DEG), life)
    after = _false_slouch_alerts(slipped, life, half_s)
    add(sums, "slip_alerts", person, after, (float(life.time_s[-1]) - half_s) / 3600)

    start_s, stop_s = half_s, half_s + GAP_S
    _, gapped = _tell(life.without(start_s, stop_s), life)
    inside = (time_s > start_s + 0.5) & (time_s < stop_s - 0.5)
    unknown = gapped.activity_at(time_s[inside]) == "unknown"
    add(sums, "gap_unknown", person, unknown.sum(), inside.sum())
    told_there = [e for e in gapped.events if start_s - NEAR_S <= e.start_s < stop_s + SOON_S]
    causes = [event for event in life.events if event.stop_s > stop_s - NEAR_S]
    add(sums, "gap_events", person, len(_without_cause(told_there, causes)), 1.0)


def _bending(sums: Sums, person: str, life: Life, where: str, placement: Placement) -> None:
    analysis, said = _tell(life.recording(), life)
    _worn(sums, person, analysis, said, life)
    bends = _true_bends(life)
    asked = [event for event in bends if np.degrees(event.peak_inclination_rad) >= 30]
    claimed = _kinds(said, "bend", "lift")
    pairs = [(event, _told_of(event, claimed)) for event in asked]
    found = [(event, one) for event, one in pairs if one is not None]
    key = f"{where}_{placement.value}"
    add(sums, f"{key}_found", person, len(found), len(asked))
    add(sums, f"{key}_false", person, len(_without_cause(claimed, bends)), life.hours * 60)
    up = up_by_vqf(life.acc_mps2, life.gyr_radps, RATE_HZ)
    neutral = (life.time_s >= NEUTRAL_S[0]) & (life.time_s < NEUTRAL_S[1])
    over = angle_deg(up, up[neutral].mean(axis=0)) > TILT_DEG
    inside = np.zeros(len(over), dtype=np.bool_)
    seen = 0
    for event in bends:
        part = (life.time_s >= event.start_s) & (life.time_s < event.stop_s)
        inside |= part
        seen += event in asked and bool(over[part].any())
    false = (np.diff((over & ~inside).astype(np.int8)) > 0).sum()
    add(sums, f"{key}_found|tilt over 60°", person, seen, len(asked))
    add(sums, f"{key}_false|tilt over 60°", person, false, life.hours * 60)
    lifts = [(event, one) for event, one in found if event.technique]
    right = sum(one.technique == event.technique for event, one in lifts)
    if lifts:
        add(sums, f"{key}_technique", person, right, len(lifts))
        as_lift = sum(one.kind == "lift" for _, one in lifts)
        add(sums, f"{key}_lifts", person, as_lift, len(lifts))
    _squats(sums, key, person, bends, claimed)


def _squats(sums: Sums, key: str, person: str, bends: list[TrueEvent], claimed: list[Said]) -> None:
    """Squats however little they lean: among bends over 30° stoops hide how they fare."""
    squats = [_told_of(event, claimed) for event in bends if event.technique == "squat"]
    told_of = [one for one in squats if one is not None]
    if squats:
        add(sums, f"{key}_squat_found", person, len(told_of), len(squats))
    if told_of:
        right = sum(one.technique == "squat" for one in told_of)
        add(sums, f"{key}_squat_technique", person, right, len(told_of))


def _commute(sums: Sums, person: str, life: Life) -> None:
    analysis, said = _tell(life.recording(), life)
    time_s = np.arange(NEUTRAL_S[1], float(life.time_s[-1]), STEP_S)
    truth = _classes(life.activity[np.searchsorted(life.time_s, time_s, side="right") - 1])
    answer = _classes(said.activity_at(time_s))
    for name in ("sit", "walk"):
        asked = truth == name
        add(sums, f"commute_{name}", person, (answer[asked] == name).sum(), asked.sum())
    spoken = [a for a in analysis.alerts if a.rule in ("slouch", "fall", "hold", "repetitive")]
    add(sums, "commute_alerts", person, len(spoken), life.hours)
    _worn(sums, person, analysis, said, life)


def _worn(sums: Sums, person: str, analysis: Analysis, said: Told, life: Life) -> None:
    """What is wrongly told of how a sensor that stays in its place is worn."""
    slips = sum(not trust.trusted for trust in analysis.trust)
    add(sums, "false_slips", person, slips, life.hours)
    time_s = np.arange(NEUTRAL_S[1], float(life.time_s[-1]), 1.0)
    away = (said.activity_at(time_s) == "not_worn").sum()
    add(sums, "worn_as_not_worn", person, away, life.hours)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What would be a mistake about a confuser: these events, states or postures."""

    events: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    postures: tuple[str, ...] = ()


_WRONG = {
    "reach": _Wrong(("bend", "lift", "fall", "stand_to_sit"), ("sit", "lie"), ("slouched",)),
    "shoelace": _Wrong(("fall", "stand_to_sit"), ("sit", "lie")),
    "turn": _Wrong(("bend", "lift", "fall"), ("sit", "lie")),
    "squat": _Wrong(("fall", "stand_to_sit"), ("sit",)),
    "sitting_quickly": _Wrong(("bend", "lift", "fall")),
    "desk_lean": _Wrong(("bend", "lift"), ("lie",), ("slouched",)),
    "recline": _Wrong(("bend", "lift", "fall"), ("lie", "stand", "walk"), ("slouched",)),
    "knock": _Wrong(("fall", "bend", "lift"), ("walk",)),
    "rising_quickly": _Wrong(("bend", "lift", "fall")),
    "car": _Wrong(
        ("bend", "lift", "fall", "sit_to_stand", "stand_to_sit"), ("stand", "walk", "lie")
    ),
}


def _confusers(sums: Sums, person: str, life: Life) -> None:
    _, said = _tell(life.recording(), life)
    for name, start_s, stop_s in life.marks:
        wrong = _WRONG[name]
        time_s = np.arange(start_s + 0.5, stop_s, STEP_S)
        mistaken = bool(
            said.within(start_s - NEAR_S, stop_s, wrong.events)
            or np.isin(said.activity_at(time_s), wrong.states).any()
            or np.isin(said.posture_at(time_s), wrong.postures).any()
        )
        add(sums, f"confuser_{name}", person, mistaken, 1.0)


def _classes(names: NDArray[np.str_]) -> NDArray[np.str_]:
    return np.array([ANSWERS.get(name, UNDECIDED) for name in names.tolist()], dtype="<U8")


def _false_slouch_alerts(analysis: Analysis, life: Life, from_s: float = 0.0) -> int:
    """Slouch alerts at an instant before which the person was not slouched for most of 60 s."""
    count = 0
    for alert in analysis.alerts:
        at_s = alert.at_ns / NS_PER_S
        if alert.rule == "slouch" and at_s >= from_s:
            before = (life.time_s >= at_s - SLOUCH_HELD_S) & (life.time_s < at_s)
            count += bool((life.posture[before] == "slouched").mean() < 0.5)
    return count


def _tilt_deg(life: Life) -> NDArray[np.float64]:
    """Forward lean from the calibration by the accelerometer alone, over 1 s, shape (n,)."""
    slow = uniform_filter1d(life.acc_mps2, round(RATE_HZ), axis=0)
    neutral = slow[(life.time_s >= NEUTRAL_S[0]) & (life.time_s < NEUTRAL_S[1])].mean(axis=0)
    neutral = neutral / np.linalg.norm(neutral)
    forward = -np.cross(np.cross(neutral, [0.0, 0.0, 1.0]), neutral)  # -z, as worn on the back
    forward = forward / np.linalg.norm(forward)
    return np.asarray(np.degrees(np.arctan2(-(slow @ forward), slow @ neutral)))


def _true_bends(life: Life) -> list[TrueEvent]:
    return [event for event in life.events if event.kind in (EventKind.BEND, EventKind.LIFT)]


def _kinds(said: Told, *kinds: str) -> list[Said]:
    return [event for event in said.events if event.kind in kinds]


def _told_of(event: TrueEvent, claimed: list[Said]) -> Said | None:
    """The told event that overlaps the true one most, if any does."""
    overlaps = [
        (min(one.stop_s, event.stop_s) - max(one.start_s, event.start_s), one) for one in claimed
    ]
    return max((o for o in overlaps if o[0] > 0), key=lambda o: o[0], default=(0.0, None))[1]


def _without_cause(claimed: list[Said], causes: list[TrueEvent]) -> list[Said]:
    """Told events that touch no true one."""
    return [
        one
        for one in claimed
        if not any(
            one.start_s < event.stop_s + NEAR_S and one.stop_s > event.start_s - NEAR_S
            for event in causes
        )
    ]


def add(sums: Sums, key: str, person: str, *counts: float) -> None:
    """Add counts of one person to those of a figure."""
    row = sums.setdefault(key, {}).setdefault(person, [0.0] * len(counts))
    for index, count in enumerate(counts):
        row[index] += float(count)


@dataclass(frozen=True, slots=True)
class Spec:
    """How sums become a figure."""

    key: str
    what: str
    unit: str = "share"
    better: Better = Better.MORE
    reach: float | None = None
    reason: str = ""
    timed: bool = False  # counts are lengths of time
    mean: bool = False  # of values rather than a count of events


_LESS = Better.LESS
_SPECS = (
    Spec("desk_sit", "desk: of sitting, share of time told so", timed=True),
    Spec("desk_stand", "desk: of standing, share of time told so", timed=True),
    Spec("desk_decided", "desk: of sitting and standing, share of time decided", timed=True),
    Spec("desk_sit_wrong", "desk: sitting missed or told wrongly", "s/h", _LESS, timed=True),
    Spec("desk_stand_wrong", "desk: standing missed or told wrongly", "s/h", _LESS, timed=True),
    Spec("slouch_precision", "slouch: of the time told, share that is true", timed=True),
    Spec("slouch_recall", "slouch: of the true time, share told", timed=True),
    Spec("slouch_alerts", "slouch alerts without a slouch", "per h", _LESS),
    Spec(
        "slip_alerts",
        f"the same once the sensor has slipped by {SLIP_DEG:.0f}°",
        "per h",
        _LESS,
    ),
    Spec("false_slips", "desk, shifts, commute: slips told where there is none", "per h", _LESS),
    Spec(
        "worn_as_not_worn",
        "desk, shifts, commute: told as not worn",
        "s/h",
        _LESS,
        timed=True,
    ),
    Spec("gap_unknown", f"radio gap of {GAP_S:.0f} s: share of it told as unknown", timed=True),
    Spec("gap_events", "radio gap: events told about it, each gap", "per gap", _LESS),
    Spec("desk_bends", "desk: bends told where there is none", "per h", _LESS),
    Spec("desk_falls", "desk: falls told", "per h", _LESS),
    *(
        spec
        for place, name in (("upper_back", "upper back"), ("low_back", "low back"))
        for spec in (
            Spec(f"shift_{place}_found", f"shift, {name}: bends over 30° found"),
            Spec(
                f"shift_{place}_false",
                f"shift, {name}: bends told where there is none",
                "per min",
                _LESS,
            ),
            Spec(
                f"shift_{place}_technique",
                f"shift, {name}: technique right, of lifts over 30° found",
            ),
            Spec(
                f"shift_{place}_lifts",
                f"shift, {name}: lifts told as lifts, of those over 30° found",
            ),
            Spec(f"shift_{place}_squat_found", f"shift, {name}: squats found, of any lean"),
            Spec(
                f"shift_{place}_squat_technique",
                f"shift, {name}: told to be squats, of squats found",
            ),
            Spec(
                f"walking_{place}_found",
                f"{name}: bends straight out of walking and back into it found",
            ),
            Spec(
                f"walking_{place}_false",
                f"{name}: bends told there where there is none",
                "per min",
                _LESS,
            ),
        )
    ),
    Spec("commute_sit", "commute: of driving, share of time told as sitting", timed=True),
    Spec("commute_walk", "commute: of walking, share of time told so", timed=True),
    Spec("commute_alerts", "commute: posture and fall alerts", "per h", _LESS),
    Spec(
        "confuser_reach", "reaching to a shelf taken for a bend, sitting or slouch", "share", _LESS
    ),
    Spec("confuser_shoelace", "tying a shoelace taken for sitting or a fall", "share", _LESS),
    Spec("confuser_turn", "turning on the spot taken for a bend or sitting", "share", _LESS),
    Spec("confuser_squat", "a squat taken for sitting", "share", _LESS),
    Spec(
        "confuser_sitting_quickly", "sitting down quickly taken for a bend or fall", "share", _LESS
    ),
    Spec(
        "confuser_desk_lean",
        "leaning on the desk, back straight, taken for a slouch or bend",
        "share",
        _LESS,
        reason="One sensor feels the same lean in both.",
    ),
    Spec("confuser_recline", "reclining taken for a slouch, lying or standing", "share", _LESS),
    Spec("confuser_knock", "a knock taken for a fall or bend", "share", _LESS),
    Spec("confuser_rising_quickly", "rising quickly taken for a bend or fall", "share", _LESS),
    Spec(
        "confuser_car",
        "driving taken for standing, walking, sitting down, a bend or fall",
        "share",
        _LESS,
    ),
)


def figures(prefix: str, specs: Iterable[Spec], sums: Sums) -> list[Figure]:
    """A figure of each specification that was counted."""
    return [_figure(prefix, spec, sums) for spec in specs if spec.key in sums]


def _figure(prefix: str, spec: Spec, sums: Sums) -> Figure:
    rows = {person: tuple(row) for person, row in sums[spec.key].items()}
    return measure(
        f"{prefix}.{spec.key}",
        spec.what,
        spec.unit,
        spec.better,
        rows,
        ratio,
        counted=_counted(spec, rows),
        beside=tuple(
            Beside(
                key.split("|")[1], float(ratio(np.array(list(others.values())).sum(axis=0))), True
            )
            for key, others in sums.items()
            if key.startswith(f"{spec.key}|")
        ),
        reach=spec.reach,
        reason=spec.reason,
        events=not (spec.timed or spec.mean),
    )


def _counted(spec: Spec, rows: dict[str, tuple[float, ...]]) -> str:
    total = sum(row[1] for row in rows.values())
    if spec.mean:
        return f"{total:.0f} times"
    if spec.unit in ("per h", "s/h"):
        return f"{total:.1f} h"
    if spec.unit == "per min":
        return f"{total:.0f} min"
    return f"{total * STEP_S / 60:.0f} min" if spec.timed else f"{total:.0f} times"
