"""The observer of gravity and velocity, against theory, the simulator and plain VQF."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from vqf import VQF

import hatch_build
from monitor import compiled
from monitor.model import Origin, Placement
from monitor.orientation import native
from monitor.orientation.layout import ABI, MEMORY, GravityParams, Params
from monitor.orientation.observer import (
    Observed,
    feel,
    new_gravity_memory,
    new_memory,
    observe,
)
from simulator.scenarios import simulate

RATE_HZ = 100.0
G_MPS2 = 9.80665
NO_ROTATION = np.eye(3)
LEVEL = np.array([0.0, 0.0, 1.0])
needs_compiled = pytest.mark.skipif(not native.COMPILED, reason="observer.c is not compiled here")


def up_of(acc, gyr, origin=None, *, compiled=native.COMPILED, memory=None, params=None) -> Observed:
    origin = np.zeros(len(acc), np.uint8) if origin is None else origin
    memory = new_memory() if memory is None else memory
    params = params or Params()
    seen = observe(memory, params, NO_ROTATION, RATE_HZ, acc, gyr, origin, compiled=compiled)
    assert seen is not None
    return seen


def felt(acc, *, compiled=native.COMPILED) -> Observed:
    return feel(new_gravity_memory(), GravityParams(), NO_ROTATION, RATE_HZ, acc, compiled=compiled)


def error_deg(up, truth):
    chord = np.linalg.norm(up - truth, axis=1)
    return np.degrees(2 * np.arcsin(np.clip(chord / 2, 0, 1)))


def rms(values) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def life(seconds: float = 30.0):
    """Acceleration and rates of a simulated back, in sensor axes."""
    blocks = list(
        simulate("short", seconds=seconds, seed=5, rate_hz=RATE_HZ, placement=Placement.UPPER_BACK)
    )
    return tuple(
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("acc_mps2", "gyr_radps")
    )


def still(seconds: float, gyr_dps=(0.0, 0.0, 0.0), sway_dps: float = 0.3):
    """Somebody who stands nearly still with z up, and the rates a biased sensor shows."""
    n = round(seconds * RATE_HZ)
    rng = np.random.default_rng(2)
    acc = LEVEL * G_MPS2 + rng.normal(size=(n, 3)) * 0.03
    return acc, np.radians(np.array(gyr_dps) + rng.normal(size=(n, 3)) * sway_dps)


def swaying(seconds: float, peak_mps2: float = 3.0, period_s: float = 4.0):
    """Level, and pushed to and fro along x: velocity swings, gravity does not."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    acc = np.zeros((len(t), 3))
    acc[:, 2] = G_MPS2
    acc[:, 0] = peak_mps2 * np.sin(2 * np.pi * t / period_s)
    acc[t < 2.0, 0] = 0.0
    return acc, np.zeros((len(t), 3))


def nodding(seconds: float, peak_deg: float, period_s: float):
    """To and fro about y from level, without acceleration: what is measured, and true up."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return pitching(np.radians(peak_deg) * np.where(t < 2, 0.0, np.sin(2 * np.pi * t / period_s)))


def ducking(seconds: float):
    """Sixty degrees down in 0.3 s, at up to 310 deg/s, and slowly back, every eight seconds."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ % 8.0
    down, back = np.clip((t - 2.0) / 0.3, 0, 1), np.clip((t - 4.0) / 3.0, 0, 1)
    return pitching(np.radians(30.0) * (np.cos(np.pi * back) - np.cos(np.pi * down)))


def pitching(angle):
    """Rotation by `angle` [rad] about y: acceleration, rates and true up in sensor axes."""
    up = np.stack([-np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=1)
    gyr = np.zeros((len(angle), 3))
    gyr[1:, 1] = np.diff(angle) * RATE_HZ
    return up * G_MPS2, gyr, up


def wobbling(seconds: float, tip_deg: float, turns_hz: float, *, means: bool):
    """About a level axis that itself turns, from 2 s on: what is measured, and true up.

    A sample of the gyroscope is the rate at its instant, or the mean since the one before.
    """
    fine = 20  # steps a sample
    t = np.arange(round(seconds * RATE_HZ) * fine) / (RATE_HZ * fine)
    half, turn = np.radians(tip_deg) * np.clip(t - 2.0, 0, 1) / 2, 2 * np.pi * turns_hz * t
    q = np.stack([np.cos(half), 0 * t, np.sin(half) * np.cos(turn), np.sin(half) * np.sin(turn)])
    w, x, y, z = q
    up = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z], axis=1)
    dw, dx, dy, dz = np.gradient(q, axis=1) * RATE_HZ * fine
    rate = [
        w * dx - x * dw - y * dz + z * dy,
        w * dy - y * dw - z * dx + x * dz,
        w * dz - z * dw - x * dy + y * dx,
    ]
    gyr = 2 * np.stack(rate, axis=1)
    if means:
        gyr, up = gyr.reshape(-1, fine, 3).mean(axis=1), up[fine - 1 :: fine]
    else:
        gyr, up = gyr[::fine].copy(), up[::fine]
    return up * G_MPS2, gyr, up


def walking(seconds: float):
    """Acceleration of a level sensor on somebody who walks at two steps a second."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    acc = np.zeros((len(t), 3))
    acc[:, 2] = G_MPS2 + 3.0 * np.sin(2 * np.pi * 2.0 * t)
    acc[:, 0] = 2.0 * np.sin(2 * np.pi * 2.0 * t + 1.0)
    return acc


def vqf_up(acc, gyr):
    w, x, y, z = VQF(1 / RATE_HZ).updateBatch(gyr, acc)["quat6D"].T
    return np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)


@needs_compiled
def test_the_compiled_observer_and_the_python_one_say_the_same():
    acc, gyr = life()
    gyr = np.clip(gyr, -1.5, 1.5)
    origin = np.zeros(len(acc), np.uint8)
    origin[500:512] = Origin.BRIDGED
    fast, slow = (up_of(acc, gyr, origin, compiled=compiled) for compiled in (True, False))

    for name in ("up", "acc_mps2", "gyr_radps", "sigma_rad"):
        assert np.abs(getattr(fast, name) - getattr(slow, name)).max() < 1e-9, name


@needs_compiled
def test_without_a_gyroscope_too():
    acc, _ = life()
    fast, slow = felt(acc, compiled=True), felt(acc, compiled=False)

    assert np.abs(fast.up - slow.up).max() < 1e-9
    assert np.abs(fast.sigma_rad - slow.sigma_rad).max() < 1e-9


def test_the_python_observer_does_not_depend_on_the_cuts():
    acc, gyr = life(8.0)
    whole = up_of(acc, gyr, compiled=False).up
    memory = new_memory()
    parts = [
        up_of(acc[i : i + 7], gyr[i : i + 7], compiled=False, memory=memory).up
        for i in range(0, len(acc), 7)
    ]

    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_pushing_to_and_fro_tilts_up_less_than_vqf():
    acc, gyr = swaying(40.0)
    ours, plain = error_deg(up_of(acc, gyr).up, LEVEL), error_deg(vqf_up(acc, gyr), LEVEL)

    assert rms(ours) < 0.5 * rms(plain)


@pytest.mark.parametrize("axis", range(3))
def test_a_bias_of_four_degrees_a_second_is_learnt_in_seconds_of_standing(axis):
    bias_dps = np.eye(3)[axis] * (2.0 if axis == 2 else 4.0)  # about the vertical it may be a turn
    acc, gyr = still(6.0, bias_dps)
    seen = up_of(acc, gyr)

    assert rms(error_deg(seen.up, LEVEL)[300:]) < 1.5
    assert np.degrees(np.abs(seen.gyr_radps[-100:].mean(axis=0))).max() < 0.4


@pytest.mark.parametrize("means", [False, True])
def test_a_wobble_is_followed_whether_samples_are_rates_or_means_of_rates(means):
    """Taking the last sample for all of the step since the one before is off by 1.8 deg here."""
    acc, gyr, truth = wobbling(12, 20, 4.0, means=means)

    assert rms(error_deg(up_of(acc, gyr).up, truth)[400:]) < 1.25


def test_a_slow_turn_on_a_swivel_chair_is_not_taken_for_bias():
    acc, gyr = still(30.0)
    gyr[2000:, 2] += np.radians(4.5)
    seen = up_of(acc, gyr)

    assert np.degrees(seen.gyr_radps[2500:, 2].mean()) == pytest.approx(4.5, abs=0.3)


def test_a_gyroscope_at_the_end_of_its_range_is_believed_less():
    acc, gyr, up = ducking(40.0)
    end = np.radians(150.0)
    clipped = np.clip(gyr, -end, end)
    seen, free = up_of(acc, clipped), up_of(acc, gyr)
    trusting = up_of(acc, clipped, params=Params(clipped_share=0.0))

    assert rms(error_deg(free.up, up)) < 1.0
    assert seen.sigma_rad[300:].mean() > 1.3 * free.sigma_rad[300:].mean()
    assert rms(error_deg(seen.up, up)) < 0.85 * rms(error_deg(trusting.up, up))


def test_what_was_bridged_makes_up_less_certain():
    acc, gyr = still(10.0)
    origin = np.zeros(len(acc), np.uint8)
    origin[800:820] = Origin.BRIDGED
    seen = up_of(acc, gyr, origin)

    assert seen.sigma_rad[835] > 1.5 * seen.sigma_rad[799]


def test_a_start_in_motion_is_less_certain_than_one_at_rest():
    acc, gyr = swaying(10.0)

    assert up_of(acc[250:], gyr[250:]).sigma_rad[0] > np.radians(10.0)
    assert up_of(acc, gyr).sigma_rad[199] < np.radians(2.5)


def test_the_stated_uncertainty_covers_the_error():
    acc, gyr, up = nodding(30.0, 40.0, 3.0)
    acc = acc + walking(30.0) - [0, 0, G_MPS2]
    seen, rough = up_of(acc, gyr), felt(acc)

    for one in (seen, rough):
        error = np.radians(error_deg(one.up, up)[300:])
        assert (error < 2 * one.sigma_rad[300:]).mean() > 0.9
    assert rough.sigma_rad[300:].mean() > 3 * seen.sigma_rad[300:].mean()


def test_without_a_gyroscope_walking_is_averaged_and_a_slow_lean_is_followed():
    lean, _, up = nodding(20.0, 60.0, 8.0)

    assert rms(error_deg(felt(walking(20.0)).up, LEVEL)[300:]) < 5.0
    assert rms(error_deg(felt(lean).up, up)) < 4.0


def test_a_wrong_gain_of_the_accelerometer_does_not_pass_for_motion():
    acc, _ = still(20.0)

    assert felt(1.2 * acc).sigma_rad[-1] == pytest.approx(felt(acc).sigma_rad[-1], rel=0.2)


def test_hours_leave_the_covariance_whole():
    acc, gyr = life()
    memory = new_memory()
    rounds = 60 if native.COMPILED else 1
    for _ in range(rounds):
        seen = up_of(acc, gyr, memory=memory)
    covariance = memory.view(MEMORY)[0]["p"]

    assert np.array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert seen.sigma_rad.max() < np.radians(10.0)


@pytest.mark.parametrize(
    "compiled", [pytest.param(True, marks=needs_compiled), False], ids=["compiled", "plain"]
)
def test_nothing_is_taken_where_a_rate_is_no_number(compiled):
    acc, gyr = life(1.0)
    gyr[-1, 2] = np.nan
    memory, origin = new_memory(), np.zeros(len(acc), np.uint8)

    seen = observe(memory, Params(), NO_ROTATION, RATE_HZ, acc, gyr, origin, compiled=compiled)

    assert seen is None
    assert not memory.any()


def test_a_library_of_another_layout_or_none_is_not_used():
    assert compiled.load("monitor.orientation", "not-there.native", ABI) is None
    assert compiled.load("monitor.orientation", native.LIBRARY, -1) is None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the C parts of the path and nothing else."""
    for name in hatch_build.NATIVE:
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(Path(hatch_build.__file__).parent / name, tmp_path / name)
    return tmp_path


def test_the_build_goes_on_where_there_is_no_compiler(checkout, monkeypatch, capsys):
    monkeypatch.setenv("CC", "no-such-compiler")

    assert not hatch_build.compile_native(checkout)
    assert "no working C compiler" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler to try")
def test_the_build_compiles_once_and_again_after_a_change(checkout, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    libraries = [checkout / name.with_suffix(".native") for name in hatch_build.NATIVE]
    assert hatch_build.compile_native(checkout) == libraries
    first = [library.stat().st_mtime_ns for library in libraries]
    assert hatch_build.compile_native(checkout) == libraries
    assert [library.stat().st_mtime_ns for library in libraries] == first

    source = checkout / hatch_build.NATIVE[0]
    source.write_text(source.read_text() + "\n")
    assert hatch_build.compile_native(checkout) == libraries
    assert libraries[0].stat().st_mtime_ns > first[0]
    assert libraries[1].stat().st_mtime_ns == first[1]
