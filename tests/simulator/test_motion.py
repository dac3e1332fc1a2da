"""The truth obeys mechanics: what is felt is the derivative of where the sensor is."""

from itertools import pairwise

import numpy as np
import pytest
import vqf
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import EventKind, Placement
from simulator.motion import (
    GRAVITY_MPS2,
    Actor,
    Channel,
    Involuntary,
    Lever,
    draw_person,
    ideal_motion,
)
from simulator.motion.curves import (
    Gait,
    Partial,
    Pulse,
    Ramp,
    Strikes,
    draw_chorus,
    draw_noise,
    spectrum_rms,
)
from simulator.scenarios import SCENARIOS
from tests.simulator.measure import EVENTS, joined, measure_event, measure_stretch, perform

EVERY_MOVEMENT = {
    "lift": lambda actor: actor.stoop_lift(turn_deg=60, lateral_deg=15),
    "squat": lambda actor: actor.squat_lift(),
    "shoelace": lambda actor: actor.tie_shoelace(),
    "reach": lambda actor: actor.reach(),
    "walk": lambda actor: actor.walk(8.0, turn_deg=90),
    "turn": lambda actor: actor.turn(-90),
    "knock": lambda actor: actor.knock(),
    "chair": lambda actor: _chair(actor),
    "bed": lambda actor: _bed(actor),
    "fall": lambda actor: _fall(actor),
    "table": lambda actor: actor.leave_on_table(20.0),
    "car": lambda actor: _car(actor),
}


def _chair(actor):
    yield from actor.sit_down(quick=True)
    yield from actor.sit(15.0)
    yield from actor.slouch(20.0)
    yield from actor.sit_tall()
    yield from actor.lean_on_desk(12.0)
    yield from actor.sit_tall()
    yield from actor.recline(12.0)
    yield from actor.sit_tall()
    yield from actor.stand_up()
    yield from actor.stand(20.0)


def _bed(actor):
    yield from actor.sit_down()
    yield from actor.lie_down()
    yield from actor.lie(50.0)
    yield from actor.sit_up()
    yield from actor.stand_up(quick=True)


def _fall(actor):
    for direction in ("forward", "back", "left", "right"):
        yield from actor.fall(direction)
        yield from actor.get_up()


def _car(actor):
    yield from actor.sit_down()
    yield from actor.drive(60.0)
    yield from actor.stand_up()


@pytest.mark.parametrize("movement", EVERY_MOVEMENT)
def test_each_movement_ends_at_rest_and_upright_at_the_height_where_it_began(movement):
    pose = {}

    def play(actor):
        pose["before"] = actor.pose()
        yield from EVERY_MOVEMENT[movement](actor)
        pose["after"] = actor.pose()

    perform(play, 1, Placement.UPPER_BACK)

    closing = [c for c in Channel if c not in (Channel.YAW, Channel.HIP_LEFT)]
    tolerance = np.radians(6.0)  # weight shifts while standing are not taken back
    loose = {Channel.SAGITTAL, Channel.LATERAL}
    for channel in closing:
        change = pose["after"][channel] - pose["before"][channel]
        assert abs(change) < (tolerance if channel in loose else 1e-9), channel


@pytest.mark.parametrize("movement", EVERY_MOVEMENT)
@pytest.mark.parametrize("placement", list(Placement))
def test_the_gyroscope_integrates_to_the_true_orientation(movement, placement):
    blocks = perform(EVERY_MOVEMENT[movement], 2, placement)
    gyr = joined(blocks, lambda block: block.motion.gyr_radps)
    up = joined(blocks, lambda block: block.motion.up)

    found = _up_by_integration(gyr, up[0], 0.01)

    angle = np.degrees(np.arccos(np.clip(np.sum(found * up, axis=1), -1, 1)))
    assert angle.max() < 0.3


@pytest.mark.parametrize("movement", EVERY_MOVEMENT)
def test_vertical_specific_force_integrates_twice_to_the_true_height(movement):
    step_s = 1 / 800  # an impact lasts a tenth of a second; coarser sums miss some of it
    blocks = perform(EVERY_MOVEMENT[movement], 3, Placement.UPPER_BACK, 1 / step_s)
    acc = joined(blocks, lambda block: block.motion.acc_mps2)
    up = joined(blocks, lambda block: block.motion.up)
    height = joined(blocks, lambda block: block.motion.height_m)

    vertical = np.sum(acc * up, axis=1) - GRAVITY_MPS2
    speed = np.cumsum(vertical) * step_s
    found = np.cumsum(speed - vertical * step_s / 2) * step_s

    # The unknown first speed and position are a line; breathing and sway leave them small.
    t = np.arange(len(found)) * step_s
    error = found - height
    error -= np.polyval(np.polyfit(t, error, 1), t)
    assert np.abs(error).max() < 0.02
    assert np.ptp(height) > 10 * np.abs(error).max() or movement in ("reach", "turn", "knock")


@pytest.mark.parametrize("movement", EVERY_MOVEMENT)
def test_no_acceleration_jumps_between_phrases(movement):
    rate_hz = 2000.0  # so fine that what is smooth hardly changes from sample to sample
    borders = []

    def play(actor):
        for verb in (EVERY_MOVEMENT[movement], lambda actor: actor.stand(3.0, still=True)):
            for phrase in verb(actor):
                borders.append(actor.elapsed_s)
                yield phrase

    blocks = perform(play, 4, Placement.UPPER_BACK, rate_hz)
    acc = joined(blocks, lambda block: block.motion.acc_mps2)
    gyr = joined(blocks, lambda block: block.motion.gyr_radps)

    for border in borders[:-1]:
        at = int(np.ceil(border * rate_hz - 1e-6))
        assert np.abs(np.diff(acc[at - 3 : at + 3], axis=0)).max() < 0.1, border
        assert np.abs(np.diff(gyr[at - 3 : at + 3], axis=0)).max() < 0.005, border


def test_standing_still_feels_one_gravity():
    blocks = perform(lambda actor: actor.stand(20.0, still=True), 5, Placement.UPPER_BACK)

    norm = np.linalg.norm(joined(blocks, lambda block: block.motion.acc_mps2), axis=1)

    assert norm.mean() == pytest.approx(GRAVITY_MPS2, abs=0.01)
    assert norm.std() < 0.2


def _strap_gives_way(actor):
    yield from actor.walk(6.0, slip_deg=26.0)
    yield from actor.stand(4.0, still=True)
    yield from actor.push_back()
    yield from actor.stand(4.0, still=True)


def test_a_sensor_that_has_tipped_on_the_back_feels_it_and_the_truth_does_not():
    blocks = perform(_strap_gives_way, 5, Placement.UPPER_BACK)
    acc = joined(blocks, lambda block: block.motion.acc_mps2)
    up = joined(blocks, lambda block: block.motion.up)
    gyr = joined(blocks, lambda block: block.motion.gyr_radps)

    def felt_deg(start_s: float) -> float:
        """Of the sensor against the trunk, forward, over two seconds of standing."""
        rows = slice(round(100 * start_s), round(100 * (start_s + 2)))
        (x, _, z), (true_x, _, true_z) = acc[rows].mean(axis=0), up[rows].mean(axis=0)
        return float(np.degrees(np.arctan2(-x, z) - np.arctan2(-true_x, true_z)))

    assert felt_deg(7.0) == pytest.approx(26.0, abs=0.5)
    assert felt_deg(14.0) == pytest.approx(0.0, abs=0.5)
    leant = joined(blocks, lambda block: block.sagittal_rad)[[1000, 1250]]
    tipped = np.degrees(gyr[1000:1250, 1].sum() / 100 - (leant[1] - leant[0]))
    assert tipped == pytest.approx(-26.0, abs=0.5)


def test_the_angles_of_the_frames_page_come_back_from_the_up_vector():
    from monitor.model.motion import inclination_rad, lateral_rad, sagittal_rad

    blocks = perform(EVERY_MOVEMENT["fall"], 6, Placement.UPPER_BACK)
    up = joined(blocks, lambda block: block.motion.up)

    sagittal = joined(blocks, lambda block: block.sagittal_rad)
    lateral = joined(blocks, lambda block: block.lateral_rad)
    assert np.allclose(np.cos(sagittal_rad(up) - sagittal), 1.0, atol=1e-9)
    assert np.allclose(lateral_rad(up), lateral, atol=1e-9)
    assert np.allclose(inclination_rad(up), joined(blocks, lambda block: block.inclination_rad))
    assert np.degrees(lateral).max() > 75
    assert np.degrees(lateral).min() < -75


@given(
    values=st.lists(st.floats(-1.4, 1.4), min_size=5, max_size=5),
    rates=st.lists(st.floats(-3, 3), min_size=6, max_size=6),
    seconds=st.lists(st.floats(-9, 9), min_size=6, max_size=6),
    lever=st.tuples(st.floats(-0.2, 0.2), st.floats(0.0, 0.5)),
)
@settings(max_examples=60, deadline=None)
def test_specific_force_is_the_second_derivative_of_the_position_in_space(
    values, rates, seconds, lever
):
    """Against central differences of the position written with rotation matrices."""
    order = (
        Channel.SAGITTAL,
        Channel.LATERAL,
        Channel.YAW,
        Channel.HIP_FORWARD,
        Channel.HIP_LEFT,
        Channel.HIP_UP,
    )
    coefficients = np.zeros((len(order), 3))
    coefficients[:5, 0], coefficients[:, 1], coefficients[:, 2] = values, rates, seconds
    jets = np.zeros((len(Channel), 3, 1))
    for row, channel in zip(coefficients, order, strict=True):
        jets[channel, :, 0] = row
    place = Lever(*lever)

    def rotation_and_position(t):
        sag, lat, yaw, x, y, z = coefficients @ [1.0, t, t * t / 2]
        turned = _about(2, yaw) @ _about(0, lat) @ _about(1, sag)
        hip = _about(2, yaw) @ [x, y, z]
        return turned, hip + turned @ [place.forward_m, 0.0, place.up_m]

    motion = ideal_motion(jets, place)

    step = 1e-4
    earth_from_body, here = rotation_and_position(0.0)
    before, after = rotation_and_position(-step), rotation_and_position(step)
    acc = (after[1] - 2 * here + before[1]) / step**2 + [0, 0, GRAVITY_MPS2]
    spin = earth_from_body.T @ (after[0] - before[0]) / (2 * step)
    assert motion.acc_mps2[0] == pytest.approx(earth_from_body.T @ acc, abs=2e-3)
    assert motion.gyr_radps[0] == pytest.approx([spin[2, 1], spin[0, 2], spin[1, 0]], abs=1e-4)


@given(late=st.floats(0.3, 3.0), delta=st.floats(-3, 3), duration=st.floats(0.2, 5))
@settings(max_examples=60, deadline=None)
def test_the_rates_of_a_ramp_are_its_derivatives(late, delta, duration):
    ramp = Ramp(Channel.HIP_UP, 0.5, duration, delta, late)

    _assert_consistent(ramp, Channel.HIP_UP, 0.5 + duration + 0.1, duration / 2000)


def test_the_rates_of_pulses_gaits_and_choruses_are_their_derivatives():
    _assert_consistent(Pulse(Channel.YAW, 0.3, 0.4, 0.2), Channel.YAW, 1.0)
    gait = Gait(0.2, 6.0, 1.0, 1.8, (Partial(Channel.HIP_UP, 2, 0.02, 0.3),))
    _assert_consistent(gait, Channel.HIP_UP, 6.5)
    chorus = draw_chorus(np.random.default_rng(1), 0.1, 2.0, 6, slope=1.0)
    t = np.arange(0, 5, 1e-3)
    jet = chorus.jet(t)
    assert np.gradient(jet[0], t)[1:-1] == pytest.approx(jet[1, 1:-1], abs=1e-3)
    assert np.gradient(jet[1], t)[1:-1] == pytest.approx(jet[2, 1:-1], abs=1e-2)


def test_the_rates_of_a_heel_strike_are_its_derivatives_and_it_is_as_strong_as_asked():
    strikes = Strikes(
        np.array([0.2, 0.7]),
        (Channel.HIP_UP, Channel.YAW, Channel.HIP_UP),
        np.array([7.0, 6.0, 5.0]),
        np.array([0.03, 0.03, 0.03]),
        np.array([[3.0, 1.0, 0.0], [-2.0, 2.0, 0.0]]),
    )

    for channel in (Channel.HIP_UP, Channel.YAW):
        _assert_consistent(strikes, channel, 1.5, 1e-4)
    t = np.arange(0.0, 1.5, 1e-3)
    jets = np.zeros((len(Channel), 3, len(t)))
    strikes.add_to(jets, t)
    assert np.abs(jets[Channel.HIP_UP, 2]).max() == pytest.approx(3.0, rel=0.02)
    assert np.abs(jets[Channel.HIP_UP, 0, -1]) < 1e-6
    assert not jets[:, :, t < 0.2].any()


def test_two_ringings_of_one_channel_add_up():
    def rung(channels, strength):
        jets = np.zeros((len(Channel), 3, 400))
        ring = np.full(len(channels), 6.0)
        at = np.array([0.5])
        Strikes(at, channels, ring, ring / 200, np.array([strength])).add_to(
            jets, np.arange(400) / 100
        )
        return jets

    twice = rung((Channel.HIP_UP, Channel.HIP_UP), [1.0, 2.0])

    assert np.allclose(twice, rung((Channel.HIP_UP,), [3.0]))


@pytest.mark.parametrize("n", [1, 2, 7, 300, 4096])
def test_a_chorus_is_the_sum_of_its_sines_however_many_samples_are_asked_for(n):
    chorus = draw_noise(np.random.default_rng(2), (0.5, 10.0), (1.0, 0.2))
    t = 20_000.0 + np.arange(n) / 104.17

    value, rate, second = chorus.jet(t)

    angle = t[:, None] * chorus.rate_radps + chorus.phase_rad
    w, a = chorus.rate_radps, chorus.amplitude
    # An angle of 1e6 rad is known to 1e-10.
    assert value == pytest.approx(np.sin(angle) @ a, abs=1e-8)
    assert rate == pytest.approx(np.cos(angle) @ (a * w), abs=1e-8)
    assert second == pytest.approx(-np.sin(angle) @ (a * w * w), abs=1e-7)


def test_noise_has_the_spectrum_asked_for():
    hz, density = (0.5, 2.0, 10.0), (1.0, 1.0, 0.2)
    t = np.arange(0, 400, 0.02)
    waves = np.array(
        [draw_noise(np.random.default_rng(k), hz, density).jet(t)[2] for k in range(8)]
    )

    power = np.mean(np.abs(np.fft.rfft(waves)) ** 2, axis=0) * 2 * 0.02 / len(t)
    at_hz = np.fft.rfftfreq(len(t), 0.02)
    for low, high, level in ((0.6, 1.9, 1.0), (8.0, 9.9, 0.226)):
        band = (at_hz > low) & (at_hz < high)
        assert np.sqrt(power[band].mean()) == pytest.approx(level, rel=0.12)
    assert waves.std() == pytest.approx(spectrum_rms(hz, density), rel=0.05)
    assert power[at_hz > 11].max() < 1e-3


def test_steps_are_struck_where_the_hip_is_lowest():
    gait = Gait(0.0, 20.0, 1.0, 1.8, (Partial(Channel.HIP_UP, 2, 0.02, -np.pi / 2),))
    t = np.arange(0, 20, 1e-3)
    jets = np.zeros((len(Channel), 3, len(t)))
    gait.add_to(jets, t)

    lowest = t[1:-1][
        (np.diff(jets[Channel.HIP_UP, 0])[:-1] < 0) & (np.diff(jets[Channel.HIP_UP, 0])[1:] > 0)
    ]
    steps = gait.steps_s()
    assert len(steps) == pytest.approx(20 * 1.8, abs=2)
    inside = steps[(steps > 2) & (steps < 18)]
    assert max(np.abs(lowest - step).min() for step in inside) < 0.02


def test_the_arc_of_the_trunk_lowers_the_upper_back_by_lever_times_one_less_cosine():
    jets = np.zeros((len(Channel), 3, 2))
    jets[Channel.SAGITTAL, 0] = [0.0, np.radians(60)]

    height = ideal_motion(jets, Lever(forward_m=0.0, up_m=0.42)).height_m

    assert height[0] - height[1] == pytest.approx(0.42 * (1 - 0.5))


# Published: medians and 10-90 % of adults at the waist, sisfall D07-D16 (10 cases) and falls;
# the band asks the simulated median to lie within the published 10-90 % or, where only a range of
# medians is known, near it.
PUBLISHED = {
    "stoop": {
        "lean_deg": (17, 81),
        "rate_dps": (27, 105),
        "dip_m": (0.02, 0.14),
        "vertical_mps2": (0.2, 1.6),
    },
    "squat": {
        "lean_deg": (12, 41),
        "rate_dps": (34, 66),
        "dip_m": (0.49, 0.71),
        "vertical_mps2": (1.4, 4.8),
    },
    "sit slowly": {
        "lean_deg": (20, 33),
        "rate_dps": (60, 95),
        "dip_m": (0.33, 0.57),
        "vertical_mps2": (2.2, 4.1),
    },
    "sit quickly": {
        "lean_deg": (18, 30),
        "rate_dps": (120, 145),
        "dip_m": (0.30, 0.52),
        "vertical_mps2": (8.5, 10.8),
    },
    "fall": {"rate_dps": (231, 590), "norm_g": (3.1, 10.4)},
}
DURATIONS_S = {
    "stoop": (3.5, 8.6),
    "squat": (4.6, 8.6),
    "sit slowly": (2.3, 2.6),
    "sit quickly": (1.4, 1.7),
}


@pytest.mark.parametrize("movement", PUBLISHED)
def test_movements_at_the_waist_have_the_published_size_and_speed(movement):
    found = [measure_event(EVENTS[movement], seed, Placement.WAIST) for seed in range(60)]

    for measure, (low, high) in PUBLISHED[movement].items():
        median = np.median([one[measure] for one in found])
        assert low <= median <= high, measure
    low, high = DURATIONS_S.get(movement, (0.5, 2.0))
    durations = [one["duration_s"] for one in found]
    assert low <= np.percentile(durations, 10)
    assert np.percentile(durations, 90) <= high


def test_stoop_and_squat_differ_in_dip_and_in_lean_as_published():
    stoop = [measure_event(EVENTS["stoop"], seed, Placement.WAIST) for seed in range(40)]
    squat = [measure_event(EVENTS["squat"], seed, Placement.WAIST) for seed in range(40)]

    assert np.median([one["lean_deg"] for one in stoop]) == pytest.approx(56, abs=8)
    assert np.median([one["lean_deg"] for one in squat]) == pytest.approx(22, abs=4)
    assert min(one["dip_m"] for one in squat) > max(one["dip_m"] for one in stoop)


def test_walking_has_the_published_strength_and_cadence():
    walks = [
        measure_stretch(lambda actor: actor.walk(20.0), seed, Placement.WAIST) for seed in range(40)
    ]

    assert 1.65 < np.median([walk["vertical_sd_mps2"] for walk in walks]) < 3.1
    assert np.median([walk["rms_mps2"] for walk in walks]) == pytest.approx(3.2, abs=0.4)
    assert np.median([walk["peak_hz"] for walk in walks]) == pytest.approx(1.8, abs=0.1)


def _bands(play, placement, edges, people=16):
    """Of the vertical acceleration, RMS in each band of hertz, median of people [m/s^2]."""
    rows = []
    for seed in range(people):
        blocks = perform(play, seed, placement)
        acc = joined(blocks, lambda block: block.motion.acc_mps2)[-1600:-100]
        up = acc.mean(axis=0) / np.linalg.norm(acc.mean(axis=0))
        wave = acc @ up
        power = np.abs(np.fft.rfft((wave - wave.mean()) * np.hanning(len(wave)))) ** 2
        hertz = np.fft.rfftfreq(len(wave), 0.01)
        scale = 2 / (len(wave) ** 2 * 0.375)
        rows.append(
            [
                np.sqrt(scale * power[(hertz >= low) & (hertz < high)].sum())
                for low, high in pairwise(edges)
            ]
        )
    return np.median(rows, axis=0)


def test_a_body_at_rest_trembles_more_above_two_hertz_than_below():
    """hapt_waist and lowback_gait, development halves: 0.9 and 0.6 of the power lie above."""
    low, high, above = _bands(
        lambda actor: actor.stand(20.0, still=True), Placement.WAIST, (0.3, 2.2, 15.0, 40.0)
    )

    assert 0.7 < high**2 / (low**2 + high**2) < 0.97
    assert 0.01 < high < 0.06
    assert above < 0.1 * high


def test_heel_strikes_shake_the_trunk_above_five_hertz():
    """The same sets: 0.26 and 0.39 of the power of walking lie above 5 Hz, 10 to 90 % .15-.59."""
    for placement in (Placement.WAIST, Placement.LOW_BACK):
        low, high = _bands(lambda actor: actor.walk(25.0), placement, (0.3, 5.0, 15.0))

        assert 0.15 < high**2 / (low**2 + high**2) < 0.59


def test_the_heart_beats_on_in_somebody_who_does_not_move():
    """Its envelope repeats at the heart's own rate, and not evenly."""
    person = draw_person(np.random.default_rng(1), Placement.UPPER_BACK)
    jets = np.zeros((len(Channel), 3, 4096))
    jets[Channel.HEART, 0] = 0.015
    Involuntary(person, np.random.default_rng(2)).add_to(jets, np.arange(4096) / 100)

    wave = jets[Channel.HIP_UP, 2]
    beats = np.flatnonzero((wave[1:-1] > 0.03) & (np.diff(wave)[:-1] > 0) & (np.diff(wave)[1:] < 0))
    apart = np.diff(beats[np.diff(beats, prepend=-99) > 40]) / 100
    assert wave.std() == pytest.approx(0.015, rel=0.1)
    assert 1 / apart.mean() == pytest.approx(person.heart_hz, rel=0.06)
    assert 0.01 < apart.std() / apart.mean() < 0.12


def test_a_car_is_driven_as_people_drive():
    """Braking and bends below 0.4 g, and no vibration while it stands."""
    pushes, aside, shaking = [], [], []
    for seed in range(6):
        jets = []
        person = draw_person(np.random.default_rng(seed), Placement.UPPER_BACK)
        actor = Actor(person, np.random.default_rng(seed))
        for phrase in (*actor.sit_down(), *actor.drive(300.0)):
            jets.append(phrase.jets(np.arange(0, phrase.duration_s, 0.05)))
        whole = np.concatenate(jets, axis=2)
        speed, push = whole[Channel.SPEED, 0], whole[Channel.SPEED, 1]
        pushes.append(np.abs(push).max())
        aside.append(np.abs(speed * whole[Channel.YAW, 1]).max())
        shaking.append(whole[Channel.ROAD, 0][np.abs(speed) < 0.01].max())
        assert whole[Channel.ROAD, 0].max() < 0.7
        assert abs(speed[-1]) < 1e-9
        assert abs(whole[Channel.ROAD, 0, -1]) < 1e-9

    assert 1.0 < np.median(pushes) < 4.0
    assert max(pushes) < 4.0
    assert 0.5 < np.median(aside) < 3.0
    assert max(aside) < 3.0
    assert max(shaking) < 0.05


def test_a_backrest_carries_the_trunk():
    def unrest(play, seed):
        blocks = perform(play, seed, Placement.UPPER_BACK)
        gyr = joined(blocks, lambda block: block.motion.gyr_radps)[-1500:]
        return np.sqrt(np.mean(np.sum(gyr[:, [0, 2]] ** 2, axis=1)))  # breath left out

    for seed in range(6):
        assert unrest(lambda a: _reclined(a), seed) < 0.8 * unrest(lambda a: _sit_still(a), seed)


def _reclined(actor):
    yield from actor.sit_down()
    yield from actor.recline(60.0)


def test_standing_sways_more_than_sitting():
    def sway(play, seed):
        blocks = perform(play, seed, Placement.UPPER_BACK)
        return np.std(joined(blocks, lambda block: block.lateral_rad)[500:])

    for seed in range(8):
        standing = sway(lambda actor: actor.stand(60.0, still=True), seed)
        sitting = sway(lambda actor: _sit_still(actor), seed)
        assert standing > sitting


def _sit_still(actor):
    yield from actor.sit_down()
    yield from actor.sit(60.0, shift_every_s=1e9)


def test_a_sensor_on_a_table_does_not_move_at_all():
    blocks = perform(lambda actor: actor.leave_on_table(30.0), 7, Placement.UPPER_BACK)
    gyr = joined(blocks, lambda block: block.motion.gyr_radps)

    lying = gyr[500:2500]
    assert not lying.any()


def test_a_play_that_bends_names_its_bend():
    blocks = perform(lambda actor: actor.bend(70, 2.0), 8, Placement.UPPER_BACK)

    (event,) = [event for block in blocks for event in block.finished]
    assert event.kind is EventKind.BEND
    assert np.degrees(event.peak_sagittal_rad) == pytest.approx(70, abs=4)


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_round_of_a_scenario_begins_and_ends_in_the_same_stance(name):
    scenario = SCENARIOS[name]
    poses = []

    def play(actor):
        poses.append(actor.pose())
        rng = np.random.default_rng(0)
        yield from scenario.play(actor, rng, min(scenario.natural_s, 1200.0))
        poses.append(actor.pose())

    perform(play, 9, Placement.UPPER_BACK)

    kept = [c for c in Channel if c not in (Channel.YAW, Channel.HIP_LEFT)]
    assert np.abs((poses[1] - poses[0])[kept]).max() < np.radians(6)


def _up_by_integration(gyr, up, step_s):
    """Trapezoid rule on quaternions; the test's own, so as not to borrow the simulator's."""
    quat = np.array([1.0, 0.0, 0.0, 0.0])  # start_from_body
    out = [up]
    for before, after in pairwise(gyr):
        rate = (before + after) / 2
        norm = np.linalg.norm(rate)
        if norm > 0:
            half = norm * step_s / 2
            turn = np.concatenate([[np.cos(half)], np.sin(half) * rate / norm])
            quat = vqf.VQF.quatMultiply(quat, turn)
        out.append(vqf.VQF.quatRotate(vqf.VQF.quatConj(quat), up))
    return np.array(out)


def _about(axis, angle):
    c, s = np.cos(angle), np.sin(angle)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[j, i], matrix[i, j] = s, -s
    return matrix


def _assert_consistent(curve, channel, until_s, step_s=1e-3):
    t = np.arange(0.0, until_s, step_s)
    jets = np.zeros((len(Channel), 3, len(t)))
    curve.add_to(jets, t)
    value, rate, second = jets[channel]
    size = max(1e-3, np.abs(second).max())
    assert np.abs(np.gradient(value, t) - rate)[2:-2].max() < 2e-2 * size
    assert np.abs(np.gradient(rate, t) - second)[2:-2].max() < 6e-2 * size
    assert np.abs(np.diff(second)).max() < 0.2 * size
