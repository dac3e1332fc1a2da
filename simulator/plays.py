"""What is played in each scenario: the actor's movements in order."""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from simulator.motion import Actor, Phrase

Phrases = Iterator[Phrase]


def demo(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Three minutes, each state and event once; the same order and lengths every time."""
    del rng, length_s
    for _, phrases in demo_acts(actor):
        yield from phrases


def demo_acts(actor: Actor) -> Iterator[tuple[str, Phrases]]:
    """The acts of `demo` by name; each is to be played out before the next is asked for."""
    begin_s = actor.elapsed_s
    yield "stand", actor.stand(10.5, still=True)
    yield (
        "demanding_lift",
        chain(
            actor.stoop_lift(
                peak_deg=80, turn_deg=50, lateral_deg=12, down_s=1.3, dwell_s=1.6, up_s=1.3
            ),
            actor.stand(2.0, still=True),
        ),
    )
    yield "walk", chain(actor.walk(6.5, turn_deg=-50), actor.stand(1.5, still=True))
    yield (
        "squat_lift",
        chain(actor.squat_lift(peak_deg=44, sink_m=0.6), actor.stand(1.5, still=True)),
    )
    yield "sit", chain(actor.sit_down(), actor.sit(6.0))
    yield "slouch", chain(actor.slouch(26.0, by_deg=19), actor.sit_tall(), actor.sit(2.0))
    yield "recline", chain(actor.recline(14.0, by_deg=25), actor.sit_tall())
    yield "rise", chain(actor.stand_up(lean_deg=36), actor.stand(1.5, still=True))
    yield "knock", chain(actor.knock(), actor.stand(1.5, still=True))
    yield "bend", chain(actor.look_down(66, 5.6), actor.stand(1.5, still=True))
    yield "deep_bends", chain(_deep_bends(actor), actor.stand(1.5, still=True))
    yield (
        "take_off",
        chain(actor.leave_on_table(11.0, label_up=False), actor.stand(0.5, still=True)),
    )
    yield "slip", chain(actor.walk(9.0, slip_deg=26.0), actor.stand(3.2, still=True))
    yield "push_back", chain(actor.push_back(), actor.walk(8.0))
    yield "fall", chain(actor.fall("back"), actor.lie(3.0))
    yield "get_up", _until(actor, begin_s + 180.0, actor.get_up())


def _deep_bends(actor: Actor) -> Phrases:
    for _ in range(2):
        yield from actor.look_down(66, 4.9)
        yield from actor.stand(1.0, still=True)


def _until(actor: Actor, stop_s: float, phrases: Phrases) -> Phrases:
    """The phrases, then walking until so much has been played."""
    yield from phrases
    yield from actor.walk(max(3.0, stop_s - 1.2 - actor.elapsed_s))
    yield from actor.stand(max(1.2, stop_s - actor.elapsed_s), still=True)


def short(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """One minute with a little of everything."""
    del rng, length_s
    begin_s = actor.elapsed_s
    yield from actor.stand(8.0, still=True)
    yield from actor.stoop_lift(peak_deg=70, down_s=1.4, dwell_s=1.2, up_s=1.4)
    yield from actor.stand(1.5, still=True)
    yield from actor.walk(8.0)
    yield from actor.stand(1.0, still=True)
    yield from actor.sit_down()
    yield from actor.sit(6.0)
    yield from actor.slouch(18.0)
    yield from actor.sit_tall()
    yield from actor.stand_up()
    yield from actor.stand(max(1.0, 60.0 - (actor.elapsed_s - begin_s)), still=True)


def desk_day(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Spells of sitting with creeping slouches, cut by breaks, lunch in the middle."""
    begin_s = actor.elapsed_s

    def spent_s() -> float:
        return actor.elapsed_s - begin_s

    yield from actor.stand(10.0, still=True)
    yield from actor.walk(20.0)
    lunch_over = length_s < 2 * 3600.0
    while spent_s() < length_s - 60.0:
        left_s = length_s - 45.0 - spent_s()
        yield from _desk_spell(actor, rng, min(rng.uniform(15, 60) * 60.0, left_s))
        if not lunch_over and spent_s() > 0.45 * length_s:
            lunch_over = True
            yield from _lunch(actor, rng)
        elif spent_s() < length_s - 300.0:
            yield from _short_break(actor, rng)
    yield from actor.stand(max(2.0, length_s - spent_s()))


def warehouse_shift(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Fetch, carry and put down, mostly stooping; a pause about every two hours."""
    begin_s, pause_s = actor.elapsed_s, actor.elapsed_s
    yield from actor.stand(10.0, still=True)
    while actor.elapsed_s - begin_s < length_s - 60.0:
        if actor.elapsed_s - pause_s > 6600.0:
            pause_s = actor.elapsed_s
            yield from _lunch(actor, rng)
        yield from actor.walk(
            rng.uniform(8, 40), turn_deg=rng.uniform(-90, 90), brisk=rng.uniform(0.95, 1.1)
        )
        yield from actor.stand(rng.uniform(1.5, 5))
        yield from _one_lift(actor, rng)
        yield from actor.stand(rng.uniform(1, 3))
        yield from actor.walk(rng.uniform(6, 25), turn_deg=rng.uniform(-90, 90), brisk=0.95)
        yield from actor.stand(rng.uniform(1, 3))
        yield from _one_lift(actor, rng)
        yield from actor.stand(rng.uniform(2, 25))
        aside = rng.uniform()
        if aside < 0.08:
            yield from actor.bend(rng.uniform(35, 75), rng.uniform(5, 40))
        elif aside < 0.2:
            yield from actor.reach()
        elif aside < 0.22:
            yield from actor.tie_shoelace()
        elif aside < 0.23:
            yield from actor.knock()
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)))


def commute(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """To the car on foot, drive, and on foot again."""
    begin_s = actor.elapsed_s
    on_foot_s = max(20.0, 0.2 * length_s)
    yield from actor.stand(10.0, still=True)
    yield from actor.walk(on_foot_s, turn_deg=rng.uniform(-180, 180))
    yield from actor.stand(3.0)
    yield from actor.sit_down(quick=True)
    yield from actor.drive(max(60.0, length_s - 2 * on_foot_s - 60.0))
    yield from actor.stand_up()
    yield from actor.stand(3.0)
    yield from actor.walk(on_foot_s, turn_deg=rng.uniform(-180, 180), brisk=1.05)
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)))


def confusers(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Each movement is easily taken for another."""
    del rng
    begin_s = actor.elapsed_s
    yield from actor.stand(12.0, still=True)
    yield from actor.reach()  # not a bend
    yield from actor.stand(3.0, still=True)
    yield from actor.tie_shoelace()  # not a lift
    yield from actor.stand(3.0, still=True)
    yield from actor.bend(70, 6.0)  # not a lift
    yield from actor.stand(3.0, still=True)
    yield from actor.turn(150)  # turned, not bent
    yield from actor.stand(3.0, still=True)
    yield from actor.sit_down(quick=True)  # not a fall, not a squat
    yield from actor.sit(8.0)
    yield from actor.lean_on_desk(75.0)  # not a slouch
    yield from actor.sit_tall()
    yield from actor.turn(-80)
    yield from actor.recline(45.0)  # not lying
    yield from actor.sit_tall()
    yield from actor.knock()  # not a fall
    yield from actor.stand_up(quick=True)
    yield from actor.stand(2.0, still=True)
    yield from actor.squat_lift()  # not sitting down
    yield from actor.stand(3.0, still=True)
    yield from actor.sit_down()
    yield from actor.drive(100.0)  # not walking
    yield from actor.stand_up()
    yield from actor.stand(60.0, still=True)  # not sitting
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)))


def rest(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Lie down on a bed for most of the time."""
    begin_s = actor.elapsed_s
    yield from actor.stand(12.0, still=True)
    yield from actor.sit_down()
    yield from actor.sit(rng.uniform(8, 15))
    yield from actor.lie_down()
    yield from actor.lie(max(10.0, length_s - 60.0))
    yield from actor.sit_up()
    yield from actor.sit(rng.uniform(4, 8))
    yield from actor.stand_up()
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)))


def falls(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Fall forward, backward and to both sides."""
    begin_s = actor.elapsed_s
    yield from actor.stand(10.0, still=True)
    for direction in ("forward", "back", "left", "right"):
        yield from actor.walk(rng.uniform(6, 10))
        yield from actor.fall(direction)
        yield from actor.lie(rng.uniform(10, 18))
        yield from actor.get_up()
        yield from actor.stand(5.0)
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)))


def not_worn(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Worn, on a table, worn again."""
    del rng
    yield from actor.stand(12.0, still=True)
    yield from actor.walk(15.0)
    yield from actor.stand(3.0)
    yield from actor.leave_on_table(max(20.0, length_s - 76.4))
    yield from actor.stand(20.0)
    yield from actor.walk(15.0)
    yield from actor.stand(5.0)


def calibration(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """What the guided calibration asks for, in its order."""
    begin_s = actor.elapsed_s
    yield from actor.stand(8.0, still=True)
    for _ in range(3):
        yield from actor.bend(rng.uniform(40, 60), rng.uniform(0.3, 1.0))
        yield from actor.stand(rng.uniform(2, 3), still=True)
    yield from actor.sit_down()
    yield from actor.sit_tall()
    yield from actor.sit(9.0)
    yield from actor.slouch(12.0, by_deg=rng.uniform(18, 30), creep_s=2.0)
    yield from actor.sit_tall()
    yield from actor.stand_up()
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)), still=True)


def slow_bends(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Ten bends as in a drill: the fourth is hurried, the seventh turns."""
    begin_s = actor.elapsed_s
    yield from actor.stand(5.0, still=True)
    for number in range(1, 11):
        each_s = 0.8 if number == 4 else rng.uniform(2.0, 2.4)
        turn_deg = 35.0 if number == 7 else 0.0
        yield from actor.slow_bend(rng.uniform(45, 55), each_s, turn_deg)
        yield from actor.stand(rng.uniform(1.5, 2.0), still=True)
    yield from actor.stand(max(5.0, length_s - (actor.elapsed_s - begin_s)), still=True)


def slip(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Walk and sit, twice over."""
    begin_s = actor.elapsed_s
    yield from actor.stand(12.0, still=True)
    for _ in range(2):
        yield from actor.walk(80.0, turn_deg=rng.uniform(-180, 180))
        yield from actor.stand(4.0, still=True)
        yield from actor.sit_down()
        yield from actor.sit(90.0)
        yield from actor.stand_up()
        yield from actor.stand(4.0, still=True)
    yield from actor.stand(max(2.0, length_s - (actor.elapsed_s - begin_s)))


def _desk_spell(actor: Actor, rng: np.random.Generator, length_s: float) -> Phrases:
    """Sit down, work in one way and another, rise."""
    begin_s = actor.elapsed_s
    yield from actor.sit_down(quick=rng.uniform() < 0.2)
    while (left_s := length_s - (actor.elapsed_s - begin_s) - 5.0) > 20.0:
        how = rng.uniform()
        if how < 0.35:
            yield from actor.sit(min(left_s, rng.uniform(60, 480)))
        elif how < 0.75:
            creep_s = rng.uniform(20, 240)
            stay_s = creep_s + rng.uniform(60, 900)
            yield from _if_it_fits(
                actor.slouch(stay_s, by_deg=rng.uniform(14, 26), creep_s=creep_s), stay_s, left_s
            )
            yield from actor.sit_tall()
        elif how < 0.85:
            yield from actor.lean_on_desk(min(left_s, rng.uniform(30, 180)))
            yield from actor.sit_tall()
        elif how < 0.93:
            yield from actor.recline(min(left_s, rng.uniform(20, 240)), by_deg=rng.uniform(16, 28))
            yield from actor.sit_tall()
        else:
            yield from actor.turn(rng.uniform(-90, 90))
    yield from actor.stand_up(quick=rng.uniform() < 0.2)


def _if_it_fits(phrases: Phrases, needs_s: float, left_s: float) -> Phrases:
    if needs_s <= left_s:
        yield from phrases


def _short_break(actor: Actor, rng: np.random.Generator) -> Phrases:
    yield from actor.stand(rng.uniform(1.5, 6))
    yield from actor.walk(rng.uniform(12, 60), turn_deg=rng.uniform(-120, 120))
    yield from actor.stand(rng.uniform(20, 200))
    if rng.uniform() < 0.4:
        yield from actor.bend(rng.uniform(35, 80), rng.uniform(0.8, 4))
        yield from actor.stand(rng.uniform(2, 6))
    if rng.uniform() < 0.3:
        yield from actor.reach()
    yield from actor.walk(rng.uniform(12, 60), turn_deg=rng.uniform(-120, 120))
    yield from actor.stand(rng.uniform(1.5, 4))


def _lunch(actor: Actor, rng: np.random.Generator) -> Phrases:
    yield from actor.walk(rng.uniform(60, 180), turn_deg=rng.uniform(-120, 120))
    yield from actor.stand(rng.uniform(10, 40))
    yield from actor.sit_down()
    yield from actor.sit(rng.uniform(300, 600))
    yield from actor.recline(rng.uniform(120, 400))
    yield from actor.sit_tall()
    yield from actor.sit(rng.uniform(20, 60))
    yield from actor.stand_up()
    yield from actor.stand(rng.uniform(1.5, 5))
    yield from actor.walk(rng.uniform(60, 180), turn_deg=rng.uniform(-120, 120))
    yield from actor.stand(rng.uniform(1.5, 5))


def _one_lift(actor: Actor, rng: np.random.Generator) -> Phrases:
    turn_deg = float(rng.choice([-1, 1])) * rng.uniform(30, 80) if rng.uniform() < 0.25 else 0.0
    if rng.uniform() < 0.7:
        yield from actor.stoop_lift(turn_deg=turn_deg)
    else:
        yield from actor.squat_lift(turn_deg=turn_deg)
