"""Simulated wearers to whether a calibration, a new zero, a slip and taking it off are noticed."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backwatch.evaluation.days import RATE_HZ, Spec, Sums, add, figures
from backwatch.evaluation.figures import Better, Figure
from backwatch.evaluation.postures import STEP_S
from backwatch.evaluation.simulated import NEUTRAL_S, Life, Marks, Play, live, tipped
from backwatch.evaluation.told import interpret
from monitor.analysis import joined
from monitor.calibration import Guide, Task
from monitor.calibration.rotations import angle_rad
from monitor.model import (
    NS_PER_S,
    Activity,
    Asker,
    DeviceCondition,
    Mounting,
    Placement,
    SampleChunk,
    SegmentEnd,
    StateChange,
)
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES
from simulator.motion import Actor, Phrase

Floats = NDArray[np.float64]
Say = Callable[[str], None]
Phrases = Iterator[Phrase]

PEOPLE = 10
FIRST_SEED = 3000  # of the people; no test uses these
SLIPS_DEG = (15.0, 20.0, -20.0)  # forward and backward
REZERO_SLIP_DEG = 12.0  # deg; what a new zero is to take away
TABLE_S = 900.0
NOTICED_S = 5.0  # s; after which the sensor itself says that nobody wears it
AT_ONCE = 10  # samples a push, as they come over the air


def wearing(few: int | None, say: Say) -> list[Figure]:
    """Every figure, over people drawn at random."""
    sums: Sums = {}
    for number in range(PEOPLE if few is None else min(few, PEOPLE)):
        seed, person = FIRST_SEED + number, f"w{number + 1}"
        say(f"wearing {person}")
        _slips(sums, person, live(_slip_play, seed, Placement.UPPER_BACK))
        _calibrations(sums, person, seed)
        _zeros(sums, person, live(_zero_play, seed, Placement.UPPER_BACK))
        _table(sums, person, live(_table_play, seed, Placement.UPPER_BACK))
    return figures("wearing", SPECS, sums)


_LESS = Better.LESS
SPECS = (
    *(
        Spec(
            f"slip_{abs(by_deg):.0f}_{'forward' if by_deg > 0 else 'backward'}_told",
            f"slips of {abs(by_deg):.0f}° {'forward' if by_deg > 0 else 'backward'} noticed",
        )
        for by_deg in SLIPS_DEG
    ),
    Spec("slip_walked", "walking until a slip is noticed, of those noticed", "s", _LESS, mean=True),
    Spec(
        "slip_offered",
        "error of up once the correction offered is taken",
        "deg",
        _LESS,
        mean=True,
    ),
    Spec("calibration_accepted", "guided calibration, done as asked: accepted"),
    Spec("calibration_up", "the same: error of up", "deg", _LESS, mean=True),
    Spec("calibration_forward", "the same: error of forward", "deg", _LESS, mean=True),
    Spec("calibration_moving", "guided calibration, moving instead of standing: refused"),
    Spec("calibration_bent", "guided calibration, bent instead of upright: refused"),
    Spec("calibration_seated_first", "guided calibration, sat down before bowing: refused"),
    Spec("calibration_shallow", "guided calibration, nods instead of bows: refused"),
    Spec("calibration_never_sits", "guided calibration, never sat down: refused"),
    Spec("zero_standing", "new zero asked for while standing: taken"),
    Spec(
        "zero_standing_off",
        f"the same, after a slip of {REZERO_SLIP_DEG:.0f}°: error of up",
        "deg",
        _LESS,
        mean=True,
    ),
    Spec("zero_sitting", "new zero asked for while sitting tall: taken"),
    Spec(
        "zero_sitting_off",
        "the same: up against standing, how people sit included",
        "deg",
        _LESS,
        mean=True,
    ),
    Spec("zero_walking", "new zero asked for while walking: refused"),
    Spec("zero_bent", "new zero asked for while bent by 70°: refused"),
    Spec("zero_lying", "new zero asked for while lying: refused"),
    Spec(
        "table", f"{TABLE_S / 60:.0f} min on a table: share told as not worn in the end", timed=True
    ),
    Spec(
        "table_known",
        "time until that was known",
        "s",
        _LESS,
        mean=True,
        reason="Ten minutes of stillness are asked for, one where the sensor says so too.",
    ),
    Spec("table_hinted", "the same where the sensor says that nobody wears it", timed=True),
    Spec("table_hinted_known", "time until that was known", "s", _LESS, mean=True),
    Spec("table_worn", "worn before and after: share told as not worn", "share", _LESS, timed=True),
)


# A sensor that slips


def _slip_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    yield from actor.stand(10.0, still=True)
    yield from actor.walk(80.0, turn_deg=rng.uniform(-180, 180))
    yield from actor.stand(4.0, still=True)
    yield from actor.sit_down()
    yield from actor.sit(30.0)
    yield from marks.play("slip", actor.sit(1.0))
    yield from actor.sit(20.0)
    yield from actor.stand_up()
    yield from actor.walk(150.0, turn_deg=rng.uniform(-180, 180))
    yield from actor.stand(5.0, still=True)


def _slips(sums: Sums, person: str, life: Life) -> None:
    [(_, at_s, _)] = life.marks
    walks = life.activity == "walk"
    for by_deg in SLIPS_DEG:
        analysis = interpret(life.slipped(at_s, by_deg), life.worn, NEUTRAL_S)
        told = [t for t in analysis.trust if not t.trusted and t.at_ns >= at_s * NS_PER_S]
        way = "forward" if by_deg > 0 else "backward"
        key = f"slip_{abs(by_deg):.0f}_{way}"
        add(sums, f"{key}_told", person, bool(told), 1.0)
        if not told:
            continue
        since = (life.time_s >= at_s) & (life.time_s < told[0].at_ns / NS_PER_S)
        add(sums, "slip_walked", person, (walks & since).mean() * _length_s(life), 1.0)
        offered = told[0].offered
        if offered is not None:
            right = analysis.mounting.matrix() @ tipped(life.worn, by_deg)
            off_deg = np.degrees(angle_rad(offered.matrix()[2], right[2]))
            add(sums, "slip_offered", person, off_deg, 1.0)


def _length_s(life: Life) -> float:
    return float(life.time_s[-1] - life.time_s[0])


# The guided calibration


def _as_asked(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    del marks
    yield from actor.stand(9.0, still=True)
    yield from _bows(actor, rng)
    yield from _seated(actor)


def _bows(actor: Actor, rng: np.random.Generator) -> Phrases:
    for _ in range(3):
        yield from actor.bend(rng.uniform(40, 60), rng.uniform(0.3, 1.0))
        yield from actor.stand(rng.uniform(2, 3), still=True)


def _seated(actor: Actor) -> Phrases:
    yield from actor.sit_down()
    yield from actor.sit_tall()
    yield from actor.sit(10.0)
    yield from actor.stand_up()
    yield from actor.stand(4.0, still=True)


def _moving(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    """Looks about and steps from foot to foot instead of standing still."""
    del marks
    for _ in range(6):
        yield from actor.turn(float(rng.choice([-1, 1])) * rng.uniform(30, 60))
        yield from actor.walk(rng.uniform(2, 4))
        yield from actor.reach()
    yield from _bows(actor, rng)
    yield from _seated(actor)


def _bent(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    """Looks down at a phone, then goes on as asked."""
    del marks
    yield from actor.bend(35.0, 10.0)
    yield from actor.stand(2.0, still=True)
    yield from _bows(actor, rng)
    yield from _seated(actor)


def _seated_first(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    """Sits down where bows are asked for."""
    del marks
    yield from actor.stand(9.0, still=True)
    yield from _seated(actor)
    yield from _bows(actor, rng)
    yield from actor.stand(6.0, still=True)


def _shallow(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    """Only nods."""
    del marks
    yield from actor.stand(9.0, still=True)
    for _ in range(3):
        yield from actor.bend(rng.uniform(12, 20), 0.5)
        yield from actor.stand(2.5, still=True)
    yield from _seated(actor)


def _never_sits(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    """Goes on standing where sitting is asked for."""
    del marks
    yield from actor.stand(9.0, still=True)
    yield from _bows(actor, rng)
    yield from actor.stand(20.0, still=True)


BADLY: dict[str, Play] = {
    "moving": _moving,
    "bent": _bent,
    "seated_first": _seated_first,
    "shallow": _shallow,
    "never_sits": _never_sits,
}


def _calibrations(sums: Sums, person: str, seed: int) -> None:
    well = live(_as_asked, seed, Placement.UPPER_BACK)
    for turned in (np.eye(3), _any_rotation(np.random.default_rng(seed))):
        found = _guided(well, turned)
        add(sums, "calibration_accepted", person, found is not None, 1.0)
        if found is not None:
            truth = well.body_from_sensor @ turned.T
            up, ahead = (np.degrees(angle_rad(found.matrix()[k], truth[k])) for k in (2, 0))
            add(sums, "calibration_up", person, up, 1.0)
            add(sums, "calibration_forward", person, ahead, 1.0)
    for name, play in BADLY.items():
        found = _guided(live(play, seed, Placement.UPPER_BACK), np.eye(3))
        add(sums, f"calibration_{name}", person, found is None, 1.0)


def _guided(life: Life, turned: Floats) -> Mounting | None:
    """What the guide found with the sensor turned against how it is marked; None if refused."""
    guide = Guide(slump=False)
    [piece] = life.recording().pieces
    for item in piece.samples(100):
        if isinstance(item, SampleChunk):
            acc, gyr = item.acc_mps2 @ turned.T, item.gyr_radps @ turned.T
            guide.push(SampleChunk(item.segment, item.first, acc, gyr, item.origin))
    done = guide.state.task is Task.DONE and guide.finding is not None
    return guide.finding.mounting if done and guide.finding is not None else None


def _any_rotation(rng: np.random.Generator) -> Floats:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * np.sign(np.linalg.det(q)))


# A new zero


def _zero_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    yield from actor.stand(10.0, still=True)
    yield from marks.play("slip", actor.stand(2.0, still=True))
    yield from actor.walk(20.0, turn_deg=rng.uniform(-90, 90))
    yield from actor.stand(4.0, still=True)
    yield from marks.play("standing", actor.stand(12.0, still=True))
    yield from marks.play("walking", actor.walk(14.0))
    yield from actor.stand(4.0, still=True)
    yield from marks.play("bent", actor.bend(70.0, 14.0))
    yield from actor.stand(4.0, still=True)
    yield from actor.sit_down()
    yield from actor.sit_tall()
    yield from actor.sit(6.0)
    yield from marks.play("sitting", actor.sit(12.0))
    yield from actor.lie_down()
    yield from actor.lie(4.0)
    yield from marks.play("lying", actor.lie(12.0))


def _zeros(sums: Sums, person: str, life: Life) -> None:
    wishes = {name: start_s + 1.0 for name, start_s, _ in life.marks}
    slip_s = wishes.pop("slip")
    wishes["bent"] += 2.0  # once down
    interpret = Interpret(
        PROFILES["desk"],
        mounting_from_axes(life.worn.up, life.worn.forward),
        NEUTRAL_S[1] - NEUTRAL_S[0],
    )
    before: Mounting | None = None
    waiting = sorted((at_s, name) for name, at_s in wishes.items())
    asked = ""
    [piece] = life.slipped(slip_s, REZERO_SLIP_DEG).pieces
    for item in piece.samples(AT_ONCE):
        if waiting and _start_s(item) >= waiting[0][0]:
            at_s, asked = waiting.pop(0)
            before = before or interpret.mounting
            interpret.rezero(round(at_s * NS_PER_S), Asker.PAGE)
        for answer in interpret.push([item]).rezeroed:
            if not asked or before is None:
                continue  # the zero taken from standing first
            taken = answer.refused is None
            if asked in ("standing", "sitting"):
                add(sums, f"zero_{asked}", person, taken, 1.0)
                if taken:
                    right = before.matrix() @ tipped(life.worn, REZERO_SLIP_DEG)
                    off_deg = np.degrees(angle_rad(answer.mounting.matrix()[2], right[2]))
                    add(sums, f"zero_{asked}_off", person, off_deg, 1.0)
            else:
                add(sums, f"zero_{asked}", person, not taken, 1.0)
            asked = ""


def _start_s(item: SampleChunk | SegmentEnd) -> float:
    at = item.stop if isinstance(item, SegmentEnd) else item.first
    return item.segment.time_ns(at) / NS_PER_S


# Not worn


def _table_play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
    yield from actor.stand(10.0, still=True)
    yield from actor.walk(20.0, turn_deg=rng.uniform(-90, 90))
    yield from actor.stand(3.0, still=True)
    yield from marks.play("table", actor.leave_on_table(TABLE_S))
    yield from actor.stand(20.0, still=True)
    yield from actor.walk(15.0)
    yield from actor.stand(5.0, still=True)


def _table(sums: Sums, person: str, life: Life) -> None:
    [(_, off_s, on_s)] = life.marks
    lies = life.activity == Activity.NOT_WORN.value
    steps = slice(None, None, round(STEP_S * RATE_HZ))
    for key, hinted in (("table", False), ("table_hinted", True)):
        told, known_s = _told_of_table(life, off_s + NOTICED_S if hinted else None, on_s)
        add(sums, key, person, (told & lies)[steps].sum(), lies[steps].sum())
        if known_s is not None:
            add(sums, f"{key}_known", person, known_s - off_s, 1.0)
        if not hinted:
            add(sums, "table_worn", person, (told & ~lies)[steps].sum(), (~lies)[steps].sum())


def _told_of_table(
    life: Life, hint_s: float | None, back_s: float
) -> tuple[NDArray[np.bool_], float | None]:
    """Whether each sample is told as not worn in the end, and when that was known [s]."""
    interpret = Interpret(
        PROFILES["desk"],
        mounting_from_axes(life.worn.up, life.worn.forward),
        NEUTRAL_S[1] - NEUTRAL_S[0],
    )
    hints = [] if hint_s is None else [(hint_s, False), (back_s, True)]
    changes: list[StateChange] = []
    known_s: float | None = None
    [piece] = life.recording().pieces
    for item in piece.samples(100):
        if hints and _start_s(item) >= hints[0][0]:
            at_s, worn = hints.pop(0)
            interpret.hear(_condition(round(at_s * NS_PER_S), worn=worn))
        fresh = interpret.push([item]).changes
        changes += fresh
        if known_s is None and any(one.activity is Activity.NOT_WORN for one in fresh):
            known_s = _start_s(item)
    told = np.zeros(len(life.time_s), dtype=np.bool_)
    last = replace(changes[-1], at_ns=round(life.time_s[-1] * NS_PER_S) + 1)
    for span in joined([*changes, last]):
        if span.activity is Activity.NOT_WORN:
            ns = life.time_s * NS_PER_S
            told |= (ns >= span.start_ns) & (ns < span.stop_ns)
    return told, known_s


def _condition(at_ns: int, *, worn: bool) -> DeviceCondition:
    return DeviceCondition(
        at_ns=at_ns,
        boot_id=None,
        battery_percent=None,
        charging=False,
        worn=worn,
        muted_s=0,
        session=False,
        playing=False,
        faults=(),
        next=0,
        unsaved=0,
    )
