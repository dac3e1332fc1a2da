"""Tenths of seconds, and what they keep of the full rate."""

import numpy as np
import pytest

from monitor.features import Features
from monitor.model import FeatureChunk, MotionChunk, Origin, Segment, SegmentEnd

RATE_HZ = 100.0
G = 9.80665


def motion(
    lean_rad: np.ndarray,
    *,
    rate_hz: float = RATE_HZ,
    acc: np.ndarray | None = None,
    gyr: np.ndarray | None = None,
    forward_known: bool = True,
    origin: np.ndarray | None = None,
) -> MotionChunk:
    n = len(lean_rad)
    up = np.stack([-np.sin(lean_rad), np.zeros(n), np.cos(lean_rad)], axis=1)
    return MotionChunk(
        Segment(0, 0, rate_hz),
        0,
        up,
        up * G if acc is None else acc,
        np.zeros((n, 3)) if gyr is None else gyr,
        np.ones(n, bool),
        np.zeros(n, np.uint8) if origin is None else origin,
        forward_known,
    )


def described(chunk: MotionChunk) -> FeatureChunk:
    [features] = Features().push(chunk)
    assert isinstance(features, FeatureChunk)
    return features


@pytest.mark.parametrize(
    ("rate_hz", "hop"), [(20.0, 2), (50.0, 5), (52.0, 5), (95.238, 10), (100.0, 10), (200.0, 20)]
)
def test_a_hop_is_the_whole_number_of_samples_nearest_a_tenth_of_a_second(rate_hz, hop):
    features = described(motion(np.zeros(1000), rate_hz=rate_hz))

    assert features.hop == hop
    assert len(features) == 1000 // hop


def test_samples_of_an_unfinished_hop_wait_for_the_rest():
    stage = Features()
    chunk = motion(np.zeros(25))

    assert [len(item) for item in stage.push(chunk)] == [2]
    assert stage.push(SegmentEnd(chunk.segment, 25, "end of file"))[0].stop == 25


def test_an_impact_of_one_sample_is_kept():
    acc = np.tile([0.0, 0.0, G], (200, 1))
    acc[57, 2] = 60.0
    features = described(motion(np.zeros(200), acc=acc))

    assert features.acc_norm_max[5] == pytest.approx(60.0)
    assert features.acc_norm_max[4] == pytest.approx(G)
    assert features.acc_norm[5] == pytest.approx(G + (60 - G) / 10)


def test_the_deviation_can_be_had_back_from_the_means():
    rng = np.random.default_rng(3)
    acc = rng.normal([0, 0, G], 1.0, (1000, 3))
    features = described(motion(np.zeros(1000), acc=acc))
    norm = np.linalg.norm(acc, axis=1)

    variance = features.acc_norm_sq.mean() - features.acc_norm.mean() ** 2
    assert np.sqrt(variance) == pytest.approx(norm.std())


def test_the_rate_of_a_steady_lean_is_its_slope_and_forward_is_positive():
    lean = np.radians(np.arange(300) * 0.2)  # 20 deg/s
    features = described(motion(lean))

    assert np.degrees(features.lean_rate[10:]) == pytest.approx(20.0, abs=0.2)


def test_a_peak_is_low_passed_at_five_hertz_but_not_averaged_away():
    t = np.arange(400) / RATE_HZ
    lean = np.radians(60) * np.exp(-(((t - 2) / 0.4) ** 2))
    features = described(motion(lean))

    assert np.degrees(features.sagittal_max.max()) == pytest.approx(60, abs=1.0)


def test_turning_left_is_positive_whatever_the_lean():
    lean = np.full(200, np.radians(50))
    up = np.stack([-np.sin(lean), np.zeros(200), np.cos(lean)], axis=1)
    features = described(motion(lean, gyr=up * np.radians(30)))

    assert np.degrees(features.turn_rate) == pytest.approx(30.0)


def test_where_forward_is_unknown_the_inclination_stands_in():
    features = described(motion(np.full(100, np.radians(-35)), forward_known=False))

    assert np.degrees(features.sagittal) == pytest.approx(35.0)
    assert not features.lateral.any()


def test_without_a_gyroscope_the_lean_rate_stands_in_and_turning_is_zero():
    lean = np.radians(np.arange(300) * 0.2)
    features = described(motion(lean, gyr=np.full((300, 3), np.nan)))

    assert not features.has_gyro
    assert not features.turn_rate.any()
    assert np.degrees(np.sqrt(features.gyr_sq[10:])) == pytest.approx(20.0, abs=0.2)


def test_gravity_is_no_vertical_acceleration():
    assert described(motion(np.full(100, 0.7))).acc_vertical == pytest.approx(0.0, abs=1e-9)


def test_bridged_samples_lower_what_was_measured():
    origin = np.zeros(100, np.uint8)
    origin[20:25] = Origin.BRIDGED
    features = described(motion(np.zeros(100), origin=origin))

    assert features.measured.tolist() == [1, 1, 0.5, 1, 1, 1, 1, 1, 1, 1]
