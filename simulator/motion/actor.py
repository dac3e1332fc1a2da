"""A person who does as told: each verb gives the phrases of one everyday movement."""

from collections.abc import Iterator
from math import cos, pi, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from monitor.model import Activity, EventKind, Posture
from simulator.motion.channels import Channel
from simulator.motion.curves import Gait, Partial, Pulse, Strikes, step
from simulator.motion.person import Person, spread
from simulator.motion.phrases import Draft, Happening, Phrase

SLOUCH_ON_RAD = radians(12.0)  # of the upper back, past sitting upright; ergonomics brief C2
RECLINE_ON_RAD = radians(-10.0)  # the same source
LIE_ON_RAD = radians(65.0)  # inclination; Vähä-Ypyä 2018 by the same source

SLIP_S = 1.5  # s in which a strap gives way; chosen by us
_BUSY = 4.0  # times as restless while the hands work; chosen by us
# A car in town. Drivers stop at a stop sign with a peak of 0.25 g (Roenitz et al. 1999, SAE
# 1999-01-0098); the rest is chosen by us.
_TOWN_MPS = 14.0  # m/s, the most
_PEDAL_MPS2 = (0.8, 2.5)  # m/s^2, peaks of braking and speeding up
_BEND_MPS2, _BEND_S = (0.5, 2.5), 5.0  # m/s^2 sideways, s
_IDLE_MPS2 = 0.03  # m/s^2 of vibration while the car stands
# Peak upwards; 85 % of drivers take a hump so that they feel less than 0.5 g (Belgian Road Research
# Centre on road humps). One in two minutes.
_BUMP_SHARE, _BUMP_MPS2 = 0.15, (1.5, 4.0)  # of the parts; m/s^2
_AXLES_M = 2.7  # m apart
_STOP_SHARE = 0.25  # of the parts
_GIVE_RAD = radians(1.2)  # rad by which the trunk gives way for each m/s^2
_PEAK = 1.875  # the greatest rate of a minimum-jerk step of 1 over 1 s

Phrases = Iterator[Phrase]


class Actor:
    """Carries the pose from one movement to the next and draws what it is not told.

    The verbs `sit`, `slouch`, `recline`, `lie` ... expect the stance their names imply.
    Draws do not depend on the placement, so one seed is one day whatever the sensor's place.
    """

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        self.person = person
        self.elapsed_s = 0.0  # of all that has been asked for
        self._rng = rng
        # What was added later draws from a stream of its own, so that a seed keeps its day.
        (self._detail,) = rng.spawn(1)
        self._pose = np.zeros(len(Channel))
        self._activity = Activity.STAND
        self._posture = Posture.NEUTRAL
        for channel, value in _unrest(person, Activity.STAND).items():
            self._pose[channel] = value
        self._pose[Channel.BREATH] = person.breath_rad
        self._pose[Channel.HEART] = person.heart_mps2

    def pose(self) -> NDArray[np.float64]:
        """Value of each channel after the last phrase given, shape (channels,)."""
        return self._pose.copy()

    # Standing and walking

    def stand(self, duration_s: float, *, still: bool = False) -> Phrases:
        """Stand; now and then shift the weight, unless `still`."""
        left_s = duration_s
        while left_s > 0:
            part_s = left_s if still else min(left_s, self._rng.uniform(6, 20))
            if left_s - part_s < 3:
                part_s = left_s
            draft = self._draft()
            if not still and part_s > 4:
                side, lean = self._rng.uniform(-1, 1), self._rng.normal(0, 1.2)
                draft.to(Channel.HIP_LEFT, 0.04 * side, 1.0, 1.6)
                draft.to(Channel.LATERAL, radians(1.5 * side), 1.0, 1.6)
                draft.to(Channel.SAGITTAL, radians(lean), 1.2, 1.8)
                draft.by(Channel.YAW, radians(self._detail.normal(0, 6)), 0.8, 2.0)
            yield self._done(draft, part_s)
            left_s -= part_s

    def walk(
        self,
        duration_s: float,
        turn_deg: float = 0.0,
        brisk: float = 1.0,
        *,
        slip_deg: float = 0.0,
    ) -> Phrases:
        """Walk for `duration_s` (at least 3 s), turning on the way.

        `slip_deg`: the strap gives way at once, and the sensor tips forward by that on the back.
        """
        rng, person = self._rng, self.person
        step_hz = person.step_hz * brisk
        bob = person.bob_m * brisk * rng.uniform(0.9, 1.1)
        partials = _gait_partials(rng, bob, person.on_pelvis)
        draft = self._draft(Activity.WALK, Posture.NEUTRAL)
        fade_s = min(1.2, duration_s / 2.5)
        gait = Gait(0.0, duration_s, fade_s, step_hz, partials)
        draft.add(gait)
        draft.add(_heel_strikes(self._detail, person, gait, brisk))
        speed = 0.72 * step_hz * brisk  # m/s; a step of 0.72 m
        draft.by(Channel.SPEED, speed, 0.0, fade_s)
        draft.by(Channel.SPEED, -speed, duration_s - fade_s, fade_s)
        lean = radians(rng.uniform(1, 4))
        draft.to(Channel.SAGITTAL, lean, 0.0, fade_s)
        draft.to(Channel.LATERAL, 0.0, 0.0, fade_s)
        draft.to(Channel.HIP_LEFT, 0.0, 0.0, fade_s)
        draft.to(Channel.SAGITTAL, 0.0, duration_s - fade_s, fade_s)
        if turn_deg:
            turn_s = min(duration_s - 1.0, max(1.5, abs(turn_deg) / 60.0))
            draft.by(Channel.YAW, radians(turn_deg), (duration_s - turn_s) / 2, turn_s)
        draft.by(Channel.STRAP, radians(slip_deg), 0.0, min(SLIP_S, duration_s))
        yield self._done(draft, duration_s, (Activity.STAND, Posture.NEUTRAL))

    def turn(self, turn_deg: float) -> Phrases:
        """Turn on the spot, standing or on a swivel chair."""
        draft = self._draft()
        turn_s = max(1.2, abs(turn_deg) / 50.0)
        draft.by(Channel.YAW, radians(turn_deg), 0.2, turn_s)
        yield self._done(draft, turn_s + 0.5)

    # Bending and lifting, standing

    def stoop_lift(
        self,
        *,
        peak_deg: float | None = None,
        turn_deg: float = 0.0,
        lateral_deg: float | None = None,
        down_s: float | None = None,
        dwell_s: float | None = None,
        up_s: float | None = None,
    ) -> Phrases:
        """Bend with straight knees, take something, rise; perhaps turned while bent.

        `peak_deg` is the lean of the upper back; a sensor on the pelvis leans less.
        """
        rng = self._rng
        level = _level(rng)
        # Waist: sisfall D16; upper back: chosen by us, the lumbar spine adds to the pelvis.
        chest = _at(level, 45, 75, 98) if peak_deg is None else peak_deg
        pelvis = _at(level, 17, 56, 81) if peak_deg is None else peak_deg * 56 / 75
        down, dwell, up = (
            spread(rng, 1.2, 1.8, 2.5),
            spread(rng, 1.5, 2.5, 3.5),
            max(0.75, spread(rng, 0.8, 1.9, 2.6)),
        )
        side = rng.normal(0, 4) if lateral_deg is None else lateral_deg
        yield self._lift(
            "stoop",
            peak=self._at_place(pelvis, chest),
            sink=rng.uniform(-0.04, 0.02),
            lateral=radians(side),
            turn=radians(turn_deg),
            times=(down_s or down, dwell_s or dwell, up_s or up),
        )

    def squat_lift(
        self, *, turn_deg: float = 0.0, peak_deg: float | None = None, sink_m: float | None = None
    ) -> Phrases:
        """Bend the knees, take something, rise."""
        rng = self._rng
        level = _level(rng)
        # Waist: sisfall D15; upper back: chosen by us.
        chest = _at(level, 22, 36, 54) if peak_deg is None else peak_deg
        pelvis = _at(level, 12, 23, 43) if peak_deg is None else peak_deg * 23 / 36
        sink = spread(rng, 0.46, 0.56, 0.68)
        times = (spread(rng, 1.7, 2.1, 2.8), spread(rng, 1.1, 2.1, 3.3), spread(rng, 1.8, 2.0, 2.5))
        side = rng.normal(0, 3)
        yield self._lift(
            "squat",
            peak=self._at_place(pelvis, chest),
            sink=sink if sink_m is None else sink_m,
            lateral=radians(side),
            turn=radians(turn_deg),
            times=times,
        )

    def bend(self, peak_deg: float, hold_s: float) -> Phrases:
        """Bend forward, stay, rise: no lift."""
        times = (self._rng.uniform(1.2, 2.2), hold_s, self._rng.uniform(1.2, 2.2))
        peak = self._at_place(peak_deg * 56 / 75, peak_deg)
        yield self._bend(EventKind.BEND, "", peak, 0.03, 0.0, 0.0, times)

    def slow_bend(self, peak_deg: float, each_s: float, turn_deg: float = 0.0) -> Phrases:
        """Bend forward on purpose and come up again, each in so long; no lift."""
        peak = self._at_place(peak_deg * 56 / 75, peak_deg)
        times = (each_s, 0.5, each_s)
        yield self._bend(EventKind.BEND, "", peak, 0.03, 0.0, radians(turn_deg), times)

    def look_down(self, peak_deg: float, stay_s: float) -> Phrases:
        """Lean over something low, stay and look, come up again: no lift."""
        peak = self._at_place(peak_deg * 56 / 75, peak_deg)
        yield self._bend(EventKind.BEND, "", peak, 0.03, 0.0, 0.0, (1.5, stay_s, 1.4))

    def tie_shoelace(self) -> Phrases:
        """Go down on one knee, fiddle for a while, rise."""
        rng = self._rng
        peak = self._at_place(rng.uniform(35, 55), rng.uniform(65, 90))
        times = (rng.uniform(1.5, 2.2), rng.uniform(8, 14), rng.uniform(1.5, 2.2))
        lateral = radians(rng.uniform(-8, 8))
        yield self._bend(EventKind.BEND, "", peak, 0.45, lateral, 0.0, times, busy=_BUSY)

    def reach(self) -> Phrases:
        """Reach up and aside to a shelf: a lean too small to be a bend."""
        rng = self._rng
        draft = self._draft()
        aside, forward = (
            radians(rng.choice([-1, 1]) * rng.uniform(8, 16)),
            radians(rng.uniform(4, 12)),
        )
        back = (draft.pose[Channel.LATERAL], draft.pose[Channel.SAGITTAL])
        draft.to(Channel.LATERAL, back[0] + aside, 0.2, 1.1)
        draft.to(Channel.SAGITTAL, back[1] + forward, 0.2, 1.1)
        draft.by(Channel.HIP_UP, 0.03, 0.2, 1.0)
        draft.to(Channel.LATERAL, back[0], 2.0, 1.1)
        draft.to(Channel.SAGITTAL, back[1], 2.0, 1.1)
        draft.by(Channel.HIP_UP, -0.03, 2.0, 1.0)
        yield self._done(draft, 3.3)

    def knock(self) -> Phrases:
        """A bump from outside, no change of posture."""
        draft = self._draft()
        width_s = self._rng.uniform(0.08, 0.1)
        knock_mps2 = self._rng.uniform(20, 27)
        draft.add(Pulse(Channel.HIP_UP, 0.5, width_s, -knock_mps2 * width_s**2 / 24))
        draft.add(Pulse(Channel.HIP_FORWARD, 0.5, 1.2 * width_s, 0.003))
        draft.add(Pulse(Channel.SAGITTAL, 0.48, 0.3, radians(2.0)))
        yield self._done(draft, 1.2, happening=Happening(EventKind.JOLT, 0.5, 0.5 + width_s))

    # Chairs

    def sit_down(self, *, quick: bool = False) -> Phrases:
        """From standing onto a chair."""
        rng, person = self._rng, self.person
        total = rng.uniform(1.4, 1.7) if quick else rng.uniform(2.3, 2.6)
        lean = self._at_place(spread(rng, 18, 26, 36), spread(rng, 24, 34, 46))
        draft = self._draft()
        sink_from, sink_s = 0.22 * total, 0.62 * total
        draft.to(Channel.SAGITTAL, lean, 0.0, 0.55 * total)
        draft.to(Channel.SAGITTAL, person.sit_rad, 0.5 * total, 0.5 * total)
        draft.to(Channel.LATERAL, 0.0, 0.0, total)
        draft.to(Channel.HIP_UP, -person.seat_drop_m, sink_from, sink_s, 1.9 if quick else 1.25)
        draft.to(Channel.HIP_FORWARD, -0.22, sink_from, sink_s)
        draft.to(Channel.HIP_LEFT, 0.0, 0.0, total)
        self._calm(draft, Activity.SIT, 0.5 * total, 0.5 * total)
        # The seat gives and pushes back.
        landing = rng.uniform(3.0, 4.5) if quick else rng.uniform(1.0, 2.6)
        draft.add(_knock(Channel.HIP_UP, sink_from + sink_s - 0.16, 0.2, landing))
        draft.label(sink_from + sink_s / 2, Activity.SIT, Posture.NEUTRAL)
        yield self._done(
            draft,
            total,
            (Activity.SIT, Posture.NEUTRAL),
            Happening(EventKind.STAND_TO_SIT, 0.0, total),
        )

    def stand_up(self, *, quick: bool = False, lean_deg: float | None = None) -> Phrases:
        """From a chair to standing; `lean_deg` is how far the upper back leans on the way."""
        rng, person = self._rng, self.person
        total = rng.uniform(1.5, 1.8) if quick else rng.uniform(2.1, 2.5)
        pelvis, chest = spread(rng, 18, 28, 40), spread(rng, 30, 42, 54)
        if lean_deg is not None:
            pelvis, chest = lean_deg * 28 / 42, lean_deg
        lean = self._at_place(pelvis, chest)
        draft = self._draft(self._activity, Posture.NEUTRAL)
        rise_from, rise_s = 0.34 * total, 0.61 * total
        draft.to(Channel.SAGITTAL, lean, 0.0, 0.5 * total)
        draft.to(Channel.SAGITTAL, 0.0, 0.42 * total, 0.58 * total)
        draft.to(Channel.LATERAL, 0.0, 0.0, total)
        draft.to(Channel.HIP_UP, 0.0, rise_from, rise_s, 0.85)
        draft.to(Channel.HIP_FORWARD, 0.0, 0.3 * total, 0.6 * total)
        draft.to(Channel.BREATH, person.breath_rad, 0.5 * total, 0.5 * total)
        self._calm(draft, Activity.STAND, 0.5 * total, 0.5 * total)
        draft.label(rise_from + rise_s / 2, Activity.STAND, Posture.NEUTRAL)
        yield self._done(
            draft,
            total,
            (Activity.STAND, Posture.NEUTRAL),
            Happening(EventKind.SIT_TO_STAND, 0.0, total),
        )

    def sit(self, duration_s: float, *, shift_every_s: float = 20.0) -> Phrases:
        """Stay seated as the stance has it, with small shifts about it."""
        rng = self._rng
        base = (float(self._pose[Channel.SAGITTAL]), float(self._pose[Channel.LATERAL]))
        left_s = duration_s
        while left_s > 0:
            part_s = min(left_s, 4.0 + rng.exponential(shift_every_s))
            if left_s - part_s < 4:
                part_s = left_s
            draft = self._draft()
            shift, aside, move_s = rng.normal(0, 1.2, 2), rng.normal(0, 1.5), rng.uniform(0.8, 1.8)
            if part_s > move_s + 1.5:
                last = left_s == part_s
                draft.to(
                    Channel.SAGITTAL, base[0] + (0 if last else radians(shift[0])), 1.0, move_s
                )
                draft.to(Channel.LATERAL, base[1] + (0 if last else radians(aside)), 1.1, move_s)
                draft.add(_knock(Channel.HIP_FORWARD, 1.0, 0.5, 0.25 * shift[1]))
            yield self._done(draft, part_s)
            left_s -= part_s

    def slouch(self, duration_s: float, *, by_deg: float = 20.0, creep_s: float = 3.0) -> Phrases:
        """Sink into a slouch over `creep_s` and stay: the upper back leans `by_deg` further.

        The pelvis rolls backward by half of that. SLOUCHED is true from 12 deg on.
        """
        if duration_s < creep_s:
            raise ValueError(f"slouch of {duration_s} s creeps for {creep_s} s")
        draft = self._draft(Activity.SIT, Posture.NEUTRAL)
        draft.by(Channel.SAGITTAL, self._at_place(-by_deg / 2, by_deg), 0.0, creep_s)
        draft.by(Channel.HIP_FORWARD, 0.05, 0.0, creep_s)
        after = (Activity.SIT, Posture.NEUTRAL)
        on_s = _reach_s(SLOUCH_ON_RAD / radians(by_deg), creep_s)
        if on_s is not None:
            after = (Activity.SIT, Posture.SLOUCHED)
            draft.label(on_s, *after)
        yield self._done(draft, creep_s, after)
        yield from self.sit(duration_s - creep_s)

    def sit_tall(self) -> Phrases:
        """Out of whatever one does on a chair and upright again."""
        draft = self._draft()
        draft.to(Channel.SAGITTAL, self.person.sit_rad, 0.2, 1.6)
        draft.to(Channel.LATERAL, 0.0, 0.2, 1.6)
        draft.to(Channel.HIP_FORWARD, -0.22, 0.2, 1.6)
        draft.to(Channel.BREATH, self.person.breath_rad, 0.2, 1.6)
        self._calm(draft, Activity.SIT, 0.2, 1.6)
        draft.label(1.0, Activity.SIT, Posture.NEUTRAL)
        yield self._done(draft, 2.0, (Activity.SIT, Posture.NEUTRAL))

    def recline(self, duration_s: float, *, by_deg: float = 22.0) -> Phrases:
        """Lean back against a backrest and stay."""
        draft = self._draft(self._activity, Posture.NEUTRAL)
        target = self.person.sit_rad - radians(by_deg)
        start = float(self._pose[Channel.SAGITTAL])
        draft.to(Channel.SAGITTAL, target, 0.2, 2.0)
        draft.by(Channel.HIP_FORWARD, 0.06, 0.2, 2.0)
        on_s = _reach_s((RECLINE_ON_RAD - start) / (target - start), 2.0) or 0.0
        self._calm(draft, Activity.RECLINE, 0.2, 2.0)  # the backrest carries the trunk
        draft.label(0.2 + on_s, Activity.RECLINE, Posture.NEUTRAL)
        yield self._done(draft, 2.4, (Activity.RECLINE, Posture.NEUTRAL))
        yield from self.sit(duration_s - 2.4, shift_every_s=40.0)

    def lean_on_desk(self, duration_s: float) -> Phrases:
        """Lean forward from the hips onto the desk, back straight: neither slouch nor bend."""
        draft = self._draft()
        lean = self._rng.uniform(15, 27)
        draft.by(Channel.SAGITTAL, self._at_place(lean, lean), 0.2, 1.8)
        yield self._done(draft, 2.2)
        yield from self.sit(duration_s - 2.2)

    def drive(self, duration_s: float) -> Phrases:
        """Sit in a car: vibration while it moves, braking, bends, bumps, looks aside."""
        rng, detail = self._rng, self._detail
        road = rng.uniform(0.35, 0.6)  # m/s^2 upwards at town speed
        draft = self._draft()
        draft.by(Channel.SAGITTAL, radians(-7), 0.5, 2.0)
        self._calm(draft, Activity.RECLINE, 0.5, 2.0)  # the backrest carries the trunk
        draft.to(Channel.ROAD, _IDLE_MPS2, 1.0, 3.0)
        yield self._done(draft, 5.0)
        left_s, speed = duration_s - 10.0, 0.0
        while left_s > 0:
            part_s = min(left_s, rng.uniform(10, 25))
            part_s = max(left_s if left_s - part_s < 8 else part_s, 8.0)
            last = part_s >= left_s
            aim = 0.0 if last else rng.uniform(0, _TOWN_MPS)
            if detail.uniform() < _STOP_SHARE:
                aim = 0.0
            draft = self._draft()
            # Peak of the change of speed, the last stop as firm as it must be.
            peak = detail.uniform(*_PEDAL_MPS2)
            most = peak * (part_s - 1.0) / _PEAK
            new_speed = aim if last else float(np.clip(aim, speed - most, speed + most))
            over_s = min(max(3.0, _PEAK * abs(new_speed - speed) / peak), part_s - 1.0)
            draft.by(Channel.SPEED, new_speed - speed, 0.0, over_s)
            push = _PEAK * (speed - new_speed) / over_s  # m/s^2, braking positive
            draft.add(Pulse(Channel.SAGITTAL, 0.1, over_s, _GIVE_RAD * push))
            level = max(_IDLE_MPS2, road * sqrt(new_speed / _TOWN_MPS))
            draft.to(Channel.ROAD, level, 0.0, over_s)
            if speed > 3 and new_speed > 3:
                side = radians(rng.uniform(-90, 90))
                most = detail.uniform(*_BEND_MPS2) * _BEND_S / _PEAK / max(speed, new_speed)
                side = float(np.clip(side, -most, most))
                draft.by(Channel.YAW, side, 1.0, _BEND_S)
                # A turn to the left presses the trunk to the right.
                out = _GIVE_RAD * _PEAK * side / _BEND_S * max(speed, new_speed)
                draft.add(Pulse(Channel.LATERAL, 1.1, _BEND_S, out))
            if max(speed, new_speed) > 2 and detail.uniform() < _BUMP_SHARE:
                at_s, size = detail.uniform(1.0, part_s - 2.5), detail.uniform(*_BUMP_MPS2)
                for axle_s in (0.0, _AXLES_M / max(3.0, (speed + new_speed) / 2)):
                    draft.add(_knock(Channel.HIP_UP, at_s + axle_s, 0.5, -size))
                    draft.add(Pulse(Channel.SAGITTAL, at_s + axle_s, 0.5, _GIVE_RAD * size / 2))
            if speed < 0.5:  # a look over the shoulder before setting off
                look = radians(detail.uniform(-30, 30))
                draft.add(Pulse(Channel.YAW, 0.1, 2.2, look))
                draft.add(Pulse(Channel.LATERAL, 0.1, 2.2, 0.2 * look))
            yield self._done(draft, part_s)
            left_s, speed = left_s - part_s, new_speed
        draft = self._draft()
        draft.to(Channel.ROAD, 0.0, 0.0, 1.0)  # the engine stops
        yield self._done(draft, 1.0)
        yield from self.sit_tall()
        yield from self.sit(2.0)

    # Lying, falling, taking it off

    def lie_down(self) -> Phrases:
        """From sitting on a bed onto the back."""
        draft = self._draft()
        self._settle_flat(draft, radians(-88), 0.2, 2.8)
        on_s = _reach_s(LIE_ON_RAD / radians(88), 2.8) or 0.0
        draft.label(0.2 + on_s, Activity.LIE, Posture.NONE)
        yield self._done(draft, 3.2, (Activity.LIE, Posture.NONE))

    def lie(self, duration_s: float) -> Phrases:
        """Lie; in a long stretch roll towards one side and back."""
        if duration_s > 40:
            side = float(self._rng.choice([-1, 1])) * self._rng.uniform(50, 75)
            yield from self._rest(duration_s / 2)
            draft = self._draft()
            draft.to(Channel.LATERAL, radians(side), 0.0, 2.5)
            yield self._done(draft, 3.0)
            yield from self._rest(duration_s / 2 - 6)
            draft = self._draft()
            draft.to(Channel.LATERAL, 0.0, 0.0, 2.5)
            yield self._done(draft, 3.0)
        else:
            yield from self._rest(duration_s)

    def sit_up(self) -> Phrases:
        """From lying on a bed to sitting on its edge."""
        draft = self._draft()
        draft.to(Channel.SAGITTAL, self.person.sit_rad, 0.2, 2.6)
        draft.to(Channel.LATERAL, 0.0, 0.2, 2.6)
        draft.to(Channel.HIP_FORWARD, -0.22, 0.2, 2.6)
        self._calm(draft, Activity.SIT, 0.2, 2.6)
        draft.label(0.2 + 0.4 * 2.6, Activity.SIT, Posture.NEUTRAL)
        yield self._done(draft, 3.0, (Activity.SIT, Posture.NEUTRAL))

    def fall(self, direction: str | None = None) -> Phrases:
        """From standing to the floor: "forward", "back", "left" or "right"."""
        rng = self._rng
        way = direction or str(rng.choice(["forward", "back", "left", "right"]))
        down_s = spread(rng, 0.45, 0.64, 0.95)
        impact_g = spread(rng, 0.4, 1.8, 4.8)
        tilt = radians(rng.uniform(80, 90))
        draft = self._draft()
        start_s, land_s = 0.3, 0.3 + down_s
        draft.to(Channel.HIP_UP, -0.82, start_s, down_s, 1.6)
        if way in ("forward", "back"):
            sign = 1.0 if way == "forward" else -1.0
            draft.to(Channel.SAGITTAL, sign * tilt, start_s, down_s, 2.0)
            draft.by(Channel.HIP_FORWARD, 0.25 * sign, start_s, down_s, 1.5)
        else:
            sign = 1.0 if way == "right" else -1.0
            draft.to(Channel.LATERAL, sign * tilt, start_s, down_s, 2.0)
            draft.by(Channel.HIP_LEFT, -0.25 * sign, start_s, down_s, 1.5)
        for delay_s, share in ((0.0, 1.0), (0.11, 0.35), (0.24, 0.15)):
            at_s = land_s - 0.1 + delay_s
            draft.add(_knock(Channel.HIP_UP, at_s, 0.08, share * impact_g * 9.8))
            draft.add(_knock(Channel.HIP_FORWARD, at_s, 0.1, share * impact_g * rng.uniform(-3, 3)))
            draft.add(Pulse(Channel.SAGITTAL, at_s, 0.15, share * radians(rng.uniform(-6, 6))))
        self._calm(draft, Activity.LIE, land_s, 0.8)
        draft.label(land_s, Activity.LIE, Posture.NONE)
        yield self._done(
            draft,
            land_s + 1.0,
            (Activity.LIE, Posture.NONE),
            Happening(EventKind.FALL, start_s, land_s + 0.3),
        )

    def get_up(self) -> Phrases:
        """From the floor to standing."""
        total = self._rng.uniform(4.0, 5.5)
        draft = self._draft()
        draft.to(Channel.LATERAL, 0.0, 0.0, 0.5 * total)
        draft.to(Channel.SAGITTAL, radians(40), 0.0, 0.55 * total)
        draft.to(Channel.SAGITTAL, 0.0, 0.5 * total, 0.5 * total)
        draft.to(Channel.HIP_UP, -0.5, 0.1 * total, 0.4 * total)
        draft.to(Channel.HIP_UP, 0.0, 0.5 * total, 0.45 * total)
        draft.to(Channel.HIP_FORWARD, 0.0, 0.3 * total, 0.6 * total)
        draft.to(Channel.HIP_LEFT, 0.0, 0.3 * total, 0.6 * total)
        self._calm(draft, Activity.STAND, 0.5 * total, 0.5 * total)
        draft.label(0.5 * total, Activity.STAND, Posture.NEUTRAL)
        yield self._done(draft, total, (Activity.STAND, Posture.NEUTRAL))

    def leave_on_table(self, duration_s: float, *, label_up: bool = True) -> Phrases:
        """Take the sensor off, let it lie for `duration_s`, put it back on.

        From here on the channels are those of the sensor alone.
        """
        rng = self._rng
        worn = self._pose.copy()
        off = (Activity.NOT_WORN, Posture.NONE)
        draft = self._draft()
        level = 90 if label_up else -90
        flat = radians(level + rng.normal(0, 1.5)), radians(rng.normal(0, 1.5))
        heading = rng.uniform(-2, 2)
        draft.to(Channel.SAGITTAL, flat[0], 0.5, 2.0)
        draft.to(Channel.LATERAL, flat[1], 0.7, 1.8)
        draft.by(Channel.YAW, heading, 0.6, 2.2)
        draft.to(Channel.HIP_UP, -0.35, 1.0, 1.6)
        draft.to(Channel.HIP_FORWARD, 0.45, 0.5, 2.2)
        for alive in (*_unrest(self.person, Activity.STAND), Channel.BREATH, Channel.HEART):
            draft.to(alive, 0.0, 0.8, 2.0)
        draft.add(_knock(Channel.HIP_UP, 2.45, 0.1, 3.0))
        draft.label(0.5, *off)
        yield self._done(draft, 3.2, off)
        left_s = duration_s
        while left_s > 0:
            part_s = min(left_s, 60.0)
            yield self._done(self._draft(), part_s)
            left_s -= part_s
        draft = self._draft()
        for channel in Channel:
            if channel is not Channel.YAW:
                draft.to(channel, float(worn[channel]), 0.3, 2.4)
        draft.label(2.5, Activity.STAND, Posture.NEUTRAL)
        yield self._done(draft, 3.2, (Activity.STAND, Posture.NEUTRAL))

    def push_back(self) -> Phrases:
        """Push a sensor that has slipped back to where it sat, standing."""
        draft = self._draft()
        draft.to(Channel.STRAP, 0.0, 0.5, SLIP_S)
        yield self._done(draft, SLIP_S + 1.0)

    # How it is done

    def _at_place(self, pelvis_deg: float, chest_deg: float) -> float:
        """The angle that the sensor's place takes [rad]."""
        return radians(pelvis_deg if self.person.on_pelvis else chest_deg)

    def _draft(self, activity: Activity | None = None, posture: Posture | None = None) -> Draft:
        return Draft(self._pose, activity or self._activity, posture or self._posture)

    def _done(
        self,
        draft: Draft,
        duration_s: float,
        after: tuple[Activity, Posture] | None = None,
        happening: Happening | None = None,
    ) -> Phrase:
        if after is not None:
            self._activity, self._posture = after
        phrase = draft.finish(duration_s, happening)
        self._pose = draft.pose.copy()
        self.elapsed_s += duration_s
        return phrase

    def _lift(
        self,
        technique: str,
        *,
        peak: float,
        sink: float,
        lateral: float,
        turn: float,
        times: tuple[float, float, float],
    ) -> Phrase:
        return self._bend(EventKind.LIFT, technique, peak, sink, lateral, turn, times)

    def _bend(
        self,
        kind: EventKind,
        technique: str,
        peak: float,
        sink: float,
        lateral: float,
        turn: float,
        times: tuple[float, float, float],
        busy: float = 1.0,
    ) -> Phrase:
        down, dwell, up = times
        rng = self._rng
        draft = self._draft()
        total, bottom, rising = down + dwell + up, down, down + dwell
        squat = technique == "squat"
        if squat:
            # The trunk tips while the knees bend and rights itself at the bottom, the pelvis
            # more than the chest (sisfall D15); rising is the same backwards.
            held = peak * (0.35 if self.person.on_pelvis else 0.8)
            draft.to(Channel.SAGITTAL, peak, 0.0, 0.42 * down)
            draft.to(Channel.SAGITTAL, held, 0.42 * down, 0.58 * down)
        else:
            draft.to(Channel.SAGITTAL, peak, 0.0, down)
        draft.to(Channel.LATERAL, lateral, 0.3 * down, 0.7 * down)
        draft.to(Channel.HIP_FORWARD, -0.14 * sin(min(peak, pi / 2)), 0.0, down)
        # Knees are quicker than the whole movement is long, and stop harder than they start.
        draft.by(Channel.HIP_UP, -sink, 0.22 * down, 0.72 * down, 1.35 if squat else 1.0)
        draft.by(Channel.YAW, turn, bottom - 0.1 * down, dwell + 0.1 * down + 0.1 * up)
        fumble = Pulse(
            Channel.SAGITTAL, bottom + 0.2 * dwell, 0.6 * dwell, radians(rng.normal(0, 2))
        )
        draft.add(fumble)
        restless = float(draft.pose[Channel.RESTLESS])
        draft.to(Channel.RESTLESS, busy * restless, 0.5 * down, 0.5 * down)
        draft.to(Channel.RESTLESS, restless, rising, 0.5 * up)
        if squat:
            draft.to(Channel.SAGITTAL, 0.9 * peak, rising, 0.58 * up)
            draft.to(Channel.SAGITTAL, 0.0, rising + 0.58 * up, 0.42 * up)
        else:
            draft.to(Channel.SAGITTAL, 0.0, rising, up)
        draft.to(Channel.LATERAL, 0.0, rising, 0.8 * up)
        draft.add(_knock(Channel.HIP_UP, rising - 0.1, 0.5, rng.uniform(0.1, 1.3)))  # the load
        draft.to(Channel.HIP_FORWARD, 0.0, rising, up)
        draft.by(Channel.HIP_UP, sink, rising + 0.05 * up, 0.72 * up, 1 / 1.35 if squat else 1.0)
        return self._done(draft, total, None, Happening(kind, 0.0, total, technique, turn))

    def _settle_flat(self, draft: Draft, sagittal: float, start_s: float, over_s: float) -> None:
        draft.to(Channel.SAGITTAL, sagittal, start_s, over_s)
        draft.to(Channel.LATERAL, 0.0, start_s, over_s)
        draft.by(Channel.HIP_FORWARD, 0.3 * cos(sagittal), start_s, over_s)
        self._calm(draft, Activity.LIE, start_s, over_s)

    def _calm(self, draft: Draft, activity: Activity, start_s: float, over_s: float) -> None:
        """Become as restless as people are who do this."""
        for channel, value in _unrest(self.person, activity).items():
            draft.to(channel, value, start_s, over_s)

    def _rest(self, duration_s: float) -> Phrases:
        left_s = duration_s
        while left_s > 0:
            part_s = min(left_s, 60.0)
            yield self._done(self._draft(), part_s)
            left_s -= part_s


def _unrest(person: Person, activity: Activity) -> dict[Channel, float]:
    """Strengths of what the body does of itself, worn."""
    sway, restless, turning = {
        Activity.STAND: (person.sway_stand_rad, 1.0, 1.0),
        Activity.SIT: (person.sway_sit_rad, 0.8, 0.25),
        Activity.RECLINE: (0.5 * person.sway_sit_rad, 0.6, 0.15),
        Activity.LIE: (radians(0.05), 0.3, 0.1),
    }[activity]
    return {
        Channel.SWAY: sway,
        Channel.RESTLESS: restless * person.restless_mps2,
        Channel.TURNING: turning * person.turning_radps,
    }


def _heel_strikes(rng: np.random.Generator, person: Person, gait: Gait, brisk: float) -> Strikes:
    """What each heel strike sets ringing: the trunk a little, the tissue under the sensor more.

    Strengths and frequencies were fitted to the spectra above 5 Hz of hapt_waist and
    lowback_gait; the chest is shaken upwards as much, across half as much (forth_torso).
    """
    at_s = gait.steps_s()
    soft = 1.0 if person.on_pelvis else 0.5
    side = np.where(np.arange(len(at_s)) % 2, 1.0, -1.0)
    ones = np.ones(len(at_s))
    turn = _STRIKE_TURN * person.strike_mps2
    table = (  # what rings, how strongly and towards which side, at what share of tissue_hz
        (Channel.HIP_UP, person.strike_mps2 * ones, 1.0),
        (Channel.HIP_FORWARD, -0.7 * soft * person.strike_mps2 * ones, 0.9),
        (Channel.HIP_LEFT, 0.7 * soft * person.strike_mps2 * side, 0.8),
        (Channel.SAGITTAL, turn * ones, 0.9),
        (Channel.LATERAL, turn * side, 0.8),
        (Channel.YAW, turn * side, 0.8),
    )
    # Steps differ; the strength of the walk's beginning and end is the gait's.
    size = gait.strength(at_s) * rng.lognormal(0.0, 0.3, len(at_s)) * brisk**2
    columns = [row * size * rng.lognormal(0.0, 0.2, len(at_s)) for _, row, _ in table]
    channels = [channel for channel, _, _ in table]
    ring_hz = [share * person.tissue_hz * rng.uniform(0.9, 1.1) for _, _, share in table]
    # The tissue turns the sensor where it sits and not about the hip, so the hip gives way.
    for turned, moved, metres in (
        (Channel.SAGITTAL, Channel.HIP_FORWARD, -person.lever.up_m),
        (Channel.SAGITTAL, Channel.HIP_UP, person.lever.forward_m),
        (Channel.LATERAL, Channel.HIP_LEFT, person.lever.up_m),
        (Channel.YAW, Channel.HIP_LEFT, -person.lever.forward_m),
    ):
        index = channels.index(turned)
        channels.append(moved)
        columns.append(metres * columns[index])
        ring_hz.append(ring_hz[index])
    return Strikes(
        at_s,
        tuple(channels),
        np.array(ring_hz),
        np.full(len(channels), _TISSUE_DECAY_S),
        np.stack(columns, axis=1),
    )


_STRIKE_TURN = 8.0  # rad/s^2 of turning per m/s^2 upwards; fitted to lowback_gait
_TISSUE_DECAY_S = 0.03  # s; chosen by us: a ringing is over before the next step


def _gait_partials(rng: np.random.Generator, bob: float, on_pelvis: bool) -> tuple[Partial, ...]:
    """Walking's oscillations: order 2 is once a step; metres and degrees.

    Chosen so that the vertical and total RMS, the share above the step frequency and the rates of
    turning come near those of hapt_waist and lowback_gait (docs/simulator.md). The chest turns
    less than the pelvis, most of all at the higher orders.
    """
    soft, softer = (1.0, 1.0) if on_pelvis else (0.5, 0.2)
    table = (
        (Channel.HIP_UP, ((2, 0.85 * bob), (4, 0.06 * bob), (6, 0.035 * bob))),
        (Channel.HIP_FORWARD, ((2, 0.5 * bob), (4, 0.08 * soft * bob), (6, 0.03 * softer * bob))),
        (Channel.HIP_LEFT, ((1, 0.9 * bob), (3, 0.07 * soft * bob), (5, 0.035 * softer * bob))),
        (Channel.SAGITTAL, ((2, radians(1.2)), (4, radians(0.7 * softer)))),
        (
            Channel.LATERAL,
            ((1, radians(2.5)), (3, radians(1.0 * soft)), (5, radians(0.5 * softer))),
        ),
        (Channel.YAW, ((1, radians(4.0)), (3, radians(0.7 * soft)))),
    )
    phase = rng.uniform(0, 2 * pi, sum(len(orders) for _, orders in table))
    # The hip is pushed up hard and short at each heel strike, so its orders agree there.
    phase[:3] = -pi / 2 + rng.normal(0, 0.35, 3)
    partials: list[Partial] = []
    for channel, orders in table:
        for order, amplitude in orders:
            partials.append(Partial(channel, order, amplitude, float(phase[len(partials)])))
    return tuple(partials)


def _level(rng: np.random.Generator) -> float:
    return float(np.clip(rng.standard_normal(), -1.7, 1.7))


def _at(level: float, p10: float, p50: float, p90: float) -> float:
    return p50 + level / 1.2816 * (p90 - p50 if level > 0 else p50 - p10)


def _knock(channel: Channel, start_s: float, duration_s: float, acc: float) -> Pulse:
    """A pulse whose middle accelerates by `acc` [m/s^2 or rad/s^2]."""
    return Pulse(channel, start_s, duration_s, -acc * duration_s**2 / 24)


def _reach_s(share: float, duration_s: float) -> float | None:
    """When a minimum-jerk step has done `share` of its way; None if it never does."""
    if share >= 1.0:
        return None
    t = np.linspace(0.0, duration_s, 501)
    return float(np.interp(share, step(t, 0.0, duration_s)[0], t))
