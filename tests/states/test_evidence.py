"""What a held posture looks like: how far and where it tips the sensor, and how it sways."""

import math
from dataclasses import replace

import numpy as np
import pytest

from monitor.model import FeatureChunk, Segment
from monitor.states import evidence
from monitor.states.evidence import Look, Params, State, along_deg, learnt
from monitor.states.history import History

PARAMS = Params()
HALF_MINUTE = 60  # looks of half a second


def after(*tilts: tuple[float, float], looks: int = HALF_MINUTE) -> tuple[float, float]:
    """The direction learnt from tilts (back, side), each held for a while."""
    toward = (0.0, 0.0)
    for tilt in tilts:
        for _ in range(looks):
            toward = learnt(PARAMS, toward, tilt, 0.5)
    return toward


def turned(tilt: tuple[float, float], by_deg: float) -> tuple[float, float]:
    """The same tilt where another axis is named forward."""
    c, s = math.cos(math.radians(by_deg)), math.sin(math.radians(by_deg))
    return c * tilt[0] - s * tilt[1], s * tilt[0] + c * tilt[1]


def test_before_anyone_tipped_far_all_of_a_tilt_counts():
    assert along_deg((0.0, 0.0), (3.0, -4.0)) == pytest.approx(5.0)


@pytest.mark.parametrize("named_deg", [-90.0, -45.0, 0.0, 45.0, 90.0])
def test_what_axis_is_named_forward_changes_nothing(named_deg):
    sat, leaning = (24.0, 2.0), (-5.0, 1.0)
    plain = along_deg(after(sat), leaning)

    assert along_deg(after(turned(sat, named_deg)), turned(leaning, named_deg)) == pytest.approx(
        plain
    )
    assert plain < -4.0  # against the direction of sitting


def test_leaning_ahead_lying_and_small_tilts_teach_nothing():
    assert after((-30.0, 5.0), (85.0, 0.0), (10.0, 0.0)) == (0.0, 0.0)


def test_a_sensor_clipped_on_elsewhere_is_learnt_anew():
    elsewhere = (3.0, 25.0)
    toward = after((25.0, 0.0), *[elsewhere] * 20)

    assert along_deg(toward, elsewhere) > 24.0


def standing_at(tilt: tuple[float, float], seconds: float, stand: float = 0.97) -> State:
    """What is known of a wearer who was believed to stand with the sensor tilted so."""
    params, state = replace(PARAMS, features=("tilt_deg", "along_deg")), State()
    state.looks = [Look(5, 5.0, (0.0, 0.0), tilt)]
    for _ in range(round(seconds * 2)):
        evidence.stood(params, state, stand, 0.5)
    return state


def test_a_clip_that_moved_is_followed_while_its_wearer_stands():
    assert standing_at((6.0, -3.0), 120.0).zero == pytest.approx((6.0, -3.0), abs=0.01)
    assert standing_at((6.0, -3.0), 15.0).zero == pytest.approx((3.8, -1.9), abs=0.1)


def test_a_clip_is_not_followed_as_far_as_sitting_tips_it():
    assert math.hypot(*standing_at((30.0, 10.0), 600.0).zero) == pytest.approx(12.0)


def test_a_clip_is_not_followed_while_it_is_in_doubt_who_stands():
    assert standing_at((6.0, 0.0), 60.0, stand=0.9).zero == (0.0, 0.0)


def test_a_tilt_is_told_from_where_the_clip_is_now():
    params = replace(PARAMS, features=("tilt_deg", "along_deg"))
    state = State(toward=(10.0, 0.0), zero=(-8.0, -16.0))

    told = evidence.features(params, state, Look(5, 5.0, (0.0, 0.0), (4.0, -5.0)))

    assert told == pytest.approx((math.hypot(12.0, 11.0), 12.0))


RATE_HZ, HOP = 100.0, 10
SWAYS = Params(features=evidence.SPECTRAL, fades_s=60.0, every=5)


def swaying(fore_hz: float, fore_mps2: float, side_hz: float, side_mps2: float) -> FeatureChunk:
    """A minute of hops of a sensor at rest but for two sways."""
    k = 600
    at_s = np.arange(k) * 0.1
    x = fore_mps2 * np.sin(2 * np.pi * fore_hz * at_s) / 9.80665
    y = side_mps2 * np.sin(2 * np.pi * side_hz * at_s) / 9.80665
    up = np.stack([x, y, np.ones(k)], axis=1)
    up /= np.linalg.norm(up, axis=1)[:, None]
    norm = np.full(k, 9.80665)
    zero = np.zeros(k)
    return FeatureChunk.of(
        segment=Segment(0, 0, RATE_HZ),
        first=0,
        hop=HOP,
        sagittal=zero,
        sagittal_min=zero,
        sagittal_max=zero,
        lateral=zero,
        inclination=zero,
        up=up,
        lean_rate=zero,
        turn_rate=zero,
        acc_vertical=zero,
        acc_norm=norm,
        acc_norm_sq=norm**2,
        acc_norm_min=norm,
        acc_norm_max=norm,
        gyr_sq=zero,
        gyr_max=zero,
        settled=np.ones(k, bool),
        measured=np.ones(k),
        forward_known=True,
        has_gyro=False,
    )


def shares(chunk: FeatureChunk) -> dict[str, float]:
    """Shares of the motion in the last five seconds."""
    history = History(chunk.segment, chunk.hop, chunk.forward_known)
    history.append(chunk, 0, 600)
    found = evidence.describe(SWAYS, history, 550, 600)
    assert found is not None
    return {name: math.exp(value) for name, value in zip(SWAYS.features, found[0], strict=True)}


def test_a_sway_is_found_in_its_direction_and_band():
    found = shares(swaying(0.6, 0.3, 1.2, 0.3))

    # A Hann window leaves a sixth of the power in each neighbouring bin of 0.2 Hz.
    assert found["fore_0.3"] == pytest.approx(0.5 * 5 / 6, abs=0.02)
    assert found["fore_0.7"] == pytest.approx(0.5 * 1 / 6, abs=0.02)
    assert found["side_0.7"] == pytest.approx(0.5, abs=0.02)
    assert max(found[name] for name in ("fore_1.5", "side_0.3", "side_1.5", "buzz")) < 0.01


def test_shares_do_not_depend_on_how_strongly_somebody_sways():
    one, three = shares(swaying(0.6, 0.1, 1.2, 0.2)), shares(swaying(0.6, 0.3, 1.2, 0.6))

    assert three["fore_0.3"] == pytest.approx(one["fore_0.3"], rel=0.02)
    assert three["side_0.7"] == pytest.approx(one["side_0.7"], rel=0.02)


def seen(*parts: FeatureChunk) -> State:
    """What is remembered of a minute each of several ways to sway."""
    history = History(parts[0].segment, parts[0].hop, True)
    state = State()
    for part in parts:
        for start in range(0, 600, 25):
            history.append(part, start, start + 25)
            evidence.look(SWAYS, state, history, 0, history.stop)
    return state


def test_what_was_seen_last_counts_most():
    slow, quick = swaying(0.4, 0.3, 0.4, 0.1), swaying(2.0, 0.3, 2.0, 0.1)
    index = SWAYS.features.index("fore_1.5")
    before, after = (seen(one).looks[-1].values[index] for one in (slow, quick))

    both = seen(slow, quick).looks[-1].values[index]

    old = math.exp(-1.0) * (1.0 - math.exp(-1.0)) / (1.0 - math.exp(-2.0))
    assert both == pytest.approx(old * before + (1.0 - old) * after, abs=0.15)


def test_a_longer_look_is_trusted_more_and_never_more_than_wholly():
    trusted = [evidence.trust(SWAYS, seconds) for seconds in (5.0, 20.0, 60.0, 600.0)]

    assert trusted == sorted(trusted)
    assert trusted[0] < 1.0
    assert trusted[-1] == 1.0
