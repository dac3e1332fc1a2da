"""Simulated signals measured exactly as real ones, to see where the simulator is wrong."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from backwatch.evaluation.alternatives import angle_deg, up_by_vqf
from backwatch.evaluation.sets import stretches
from backwatch.evaluation.simulated import Marks, live
from monitor.model import Placement
from simulator.imu import BMI270, MTW, PHONE_2012, Part
from simulator.motion import Actor, Phrase

Floats = NDArray[np.float64]
Words = NDArray[np.str_]
Say = Callable[[str], None]
Measures = dict[str, float]
Phrases = Iterator[Phrase]

PEOPLE, FEW_PEOPLE = 60, 15  # simulated, for each movement
FIRST_SEED = 5000  # of the people
WINDOW_S = 5.0  # of steady stretches
LEAST_WIDTH = 0.5  # of the real middle 80 %; simulated people below are too uniform. Ours
G_MPS2 = 9.80665
# The rate and the sensor of each set: the simulated body is what is compared, so its sensor is as
# noisy as theirs.
_DEVICES = {"hapt_waist": (50.0, PHONE_2012), "lowback_gait": (100.0, MTW)}

UNITS = {
    "duration": "s",
    "lean": "deg",
    "rate": "deg/s",
    "vertical acceleration": "m/s²",
    "peak": "g",
    "least before the peak": "g",
    "change of posture": "deg",
    "RMS of three axes": "m/s²",
    "vertical SD": "m/s²",
    "strongest frequency": "Hz",
    "share above 2.2 Hz": "",
    "share above 5 Hz": "",
    "turning about up": "deg/s",
    "turning about the rest": "deg/s",
    "sway under 0.5 Hz": "deg",
    "accelerometer noise": "mg/√Hz",
    "gyroscope noise": "mdeg/s/√Hz",
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles 10, 50 and 90 of something, and of how many."""

    low: float
    middle: float
    high: float
    count: int

    @property
    def width(self) -> float:
        """Of the middle 80 %."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Likeness:
    """One measure of one movement, real and simulated.

    Attributes:
        movement: and where the sensor sits.
        source: the data set, and what of it.
        measure: a key of UNITS.
    """

    movement: str
    source: str
    measure: str
    real: Spread
    simulated: Spread

    @property
    def alike(self) -> bool:
        """Whether the middle of the simulated lies within the middle 80 % of the real."""
        return self.real.low <= self.simulated.middle <= self.real.high

    @property
    def width(self) -> float:
        """Of the simulated middle 80 % over that of the real; NaN where the real has none."""
        return self.simulated.width / self.real.width if self.real.width > 0 else math.nan

    @property
    def too_uniform(self) -> bool:
        """Whether simulated people differ less than half as much as real ones."""
        return self.width < LEAST_WIDTH


@dataclass(frozen=True, slots=True, eq=False)
class _Signal:
    """One trial or stretch in sensor axes; gyr NaN where there is none."""

    acc_mps2: Floats
    gyr_radps: Floats
    rate_hz: float


def likeness(datasets: Path, few: int | None, say: Say = lambda _: None) -> list[Likeness]:
    """Every comparison whose data set is there."""
    people = PEOPLE if few is None else FEW_PEOPLE
    out: list[Likeness] = []
    sisfall = sorted((datasets / "sisfall").glob("*.parquet"))[:few]
    if sisfall:
        say("likeness: sisfall")
        real: dict[str, list[_Signal]] = {}
        for path in sisfall:
            for code, signal in _trials(path, {code for _, codes, _ in _MOVES for code in codes}):
                real.setdefault(code, []).append(signal)
        for name, codes, play in _MOVES:
            signals = [signal for code in codes for signal in real.get(code, [])]
            judge = _fall if name == "fall" else _move
            simulated = _played(play, Placement.WAIST, people)
            source = f"sisfall {codes[0]}" + (f" to {codes[-1]}" if len(codes) > 1 else "")
            out += _compare(f"{name}, waist", source, map(judge, signals), map(judge, simulated))
    for name, placement, labels in (
        ("hapt_waist", Placement.WAIST, ("walking", "standing", "sitting")),
        ("lowback_gait", Placement.LOW_BACK, ("walking", "standing")),
    ):
        paths = sorted((datasets / name).glob("*.parquet"))[: None if few is None else 4 * few]
        if not paths:
            continue
        say(f"likeness: {name}")
        for label in labels:
            signals = [signal for path in paths for signal in _windows(path, label)]
            simulated = _played(_STEADY[label], placement, people, *_DEVICES[name])
            middle = [_middle(signal) for signal in simulated]
            out += _compare(
                f"{label}, {placement.replace('_', ' ')}",
                name,
                map(_steady, signals),
                map(_steady, middle),
            )
            if label == "standing":
                out += _compare(
                    f"noise while standing, {placement.replace('_', ' ')}",
                    name,
                    map(_noise, signals),
                    map(_noise, middle),
                )
    return out


def _compare(
    movement: str, source: str, real: Iterator[Measures], simulated: Iterator[Measures]
) -> list[Likeness]:
    there, here = list(real), list(simulated)
    if not there or not here:
        return []
    out = []
    for name in there[0]:
        values = [np.array([one[name] for one in side], dtype=np.float64) for side in (there, here)]
        if not np.isnan(values[0]).all():
            out.append(Likeness(movement, source, name, _spread(values[0]), _spread(values[1])))
    return out


def _spread(values: Floats) -> Spread:
    low, middle, high = np.nanpercentile(values, [10, 50, 90])
    return Spread(float(low), float(middle), float(high), int(np.isfinite(values).sum()))


# What is measured


def _move(signal: _Signal) -> Measures:
    """A movement between two rests."""
    rate = signal.rate_hz
    half = round(rate / 2)
    up = up_by_vqf(signal.acc_mps2, signal.gyr_radps, rate)
    gyr = signal.gyr_radps - np.median(signal.gyr_radps, axis=0)
    turning = np.degrees(np.linalg.norm(_smooth(gyr, 0.1, rate), axis=1))
    moving = uniform_filter1d(turning**2, round(0.4 * rate)) > 15**2
    index = np.flatnonzero(moving)
    vertical = _smooth((signal.acc_mps2 * up).sum(axis=1, keepdims=True) - G_MPS2, 0.1, rate)
    start = up[half : 2 * half].mean(axis=0)
    return {
        "duration": float(index[-1] - index[0]) / rate if len(index) else float("nan"),
        "lean": float(angle_deg(up, start).max()),
        "rate": float(turning.max()),
        "vertical acceleration": float(np.abs(vertical[half:]).max()),
    }


def _fall(signal: _Signal) -> Measures:
    rate = signal.rate_hz
    size = np.linalg.norm(signal.acc_mps2, axis=1) / G_MPS2
    peak = int(size.argmax())
    before = _smooth(signal.acc_mps2, 0.5, rate)[max(0, peak - round(2.5 * rate))]
    after = signal.acc_mps2[min(peak + round(1.5 * rate), len(size) - 2) :]
    gyr = signal.gyr_radps - np.median(signal.gyr_radps, axis=0)
    near = slice(max(0, peak - round(rate)), peak + round(0.3 * rate))
    return {
        "peak": float(size[peak]),
        "least before the peak": float(size[max(0, peak - round(rate)) : peak + 1].min()),
        "rate": float(np.degrees(np.linalg.norm(gyr[near], axis=1)).max()),
        "change of posture": float(angle_deg(before, after[: round(rate)].mean(axis=0))),
    }


def _steady(signal: _Signal) -> Measures:
    """A stretch of one thing."""
    acc, gyr, rate = signal.acc_mps2, signal.gyr_radps, signal.rate_hz
    mean = acc.mean(axis=0)
    up = mean / np.linalg.norm(mean)
    vertical = acc @ up
    power = np.abs(np.fft.rfft((vertical - vertical.mean()) * np.hanning(len(vertical)))) ** 2
    hertz = np.fft.rfftfreq(len(vertical), 1 / rate)
    band = (hertz > 0.3) & (hertz < 15)
    turning = np.degrees(gyr - gyr.mean(axis=0))
    about_up = turning @ up
    slow = _smooth(acc, 1.0, rate)
    return {
        "RMS of three axes": float(np.sqrt(((acc - mean) ** 2).sum(axis=1).mean())),
        "vertical SD": float(vertical.std()),
        "strongest frequency": float(hertz[band][power[band].argmax()]),
        "share above 2.2 Hz": float(power[band & (hertz > 2.2)].sum() / power[band].sum()),
        "share above 5 Hz": float(power[band & (hertz > 5)].sum() / power[band].sum()),
        "turning about up": float(np.sqrt((about_up**2).mean())),
        "turning about the rest": float(np.sqrt(np.mean((turning**2).sum(axis=1) - about_up**2))),
        "sway under 0.5 Hz": float(np.sqrt((angle_deg(slow, mean) ** 2).mean())),
    }


def _noise(signal: _Signal) -> Measures:
    """White noise by the differences between samples, in the quietest second."""
    n, root = round(signal.rate_hz), np.sqrt(signal.rate_hz / 2)

    def quietest(values: Floats) -> float:
        seconds = [
            float(np.diff(values[k : k + n], axis=0).std(axis=0).mean())
            for k in range(0, len(values) - n + 1, n)
        ]
        return min(seconds) / float(np.sqrt(2) * root)

    return {
        "accelerometer noise": quietest(signal.acc_mps2) / G_MPS2 * 1000,
        "gyroscope noise": float(np.degrees(quietest(signal.gyr_radps))) * 1000,
    }


def _smooth(values: Floats, over_s: float, rate_hz: float) -> Floats:
    size = max(1, round(over_s * rate_hz))
    return np.asarray(uniform_filter1d(values, size, axis=0, mode="nearest"))


# Where it is measured


def _trials(path: Path, codes: set[str]) -> Iterator[tuple[str, _Signal]]:
    table = pq.read_table(path)
    code = np.array(table["code"].to_pylist(), dtype=np.str_)
    trial = np.array(table["trial"].to_pylist(), dtype=np.str_)
    time_s = table["time"].to_numpy()
    acc, gyr = (np.stack([table[a + x].to_numpy() for x in "xyz"], axis=1) for a in "ag")
    for _, start, stop in stretches(np.char.add(code, trial)):
        if code[start] in codes:
            rate_hz = (stop - start - 1) / float(time_s[stop - 1] - time_s[start])
            yield (
                str(code[start]),
                _Signal(
                    acc[start:stop].astype(np.float64), gyr[start:stop].astype(np.float64), rate_hz
                ),
            )


def _windows(path: Path, label: str) -> Iterator[_Signal]:
    table = pq.read_table(path)
    time_s = table["time"].to_numpy()
    rate_hz = (len(time_s) - 1) / float(time_s[-1] - time_s[0])
    acc, gyr = (np.stack([table[a + x].to_numpy() for x in "xyz"], axis=1) for a in "ag")
    n = round(WINDOW_S * rate_hz)
    if label == "standing":  # short in the gait set
        n = round(0.8 * n)
    for name, start, stop in stretches(np.array(table["label"].to_pylist(), dtype=np.str_)):
        if name == label:
            for first in range(start, stop - n + 1, n):
                part = slice(first, first + n)
                yield _Signal(acc[part].astype(float), gyr[part].astype(float), rate_hz)


def _middle(signal: _Signal) -> _Signal:
    n, centre = round(WINDOW_S * signal.rate_hz), len(signal.acc_mps2) // 2
    part = slice(centre - n // 2, centre + n // 2)
    return _Signal(signal.acc_mps2[part], signal.gyr_radps[part], signal.rate_hz)


_Verb = Callable[[Actor], Phrases]


def _played(
    verb: _Verb,
    placement: Placement,
    people: int,
    rate_hz: float = 100.0,
    part: Part = BMI270,
) -> list[_Signal]:
    def play(actor: Actor, rng: np.random.Generator, marks: Marks) -> Phrases:
        del rng, marks
        yield from verb(actor)

    found = []
    for number in range(people):
        life = live(play, FIRST_SEED + number, placement, rate_hz, part)
        found.append(_Signal(life.acc_mps2, life.gyr_radps, rate_hz))
    return found


def _between_rests(*verbs: _Verb) -> _Verb:
    def play(actor: Actor) -> Phrases:
        yield from actor.stand(3.0, still=True)
        for verb in verbs:
            yield from verb(actor)
        yield from actor.stand(3.0, still=True)

    return play


def _fallen(actor: Actor) -> Phrases:
    yield from actor.stand(2.0, still=True)
    yield from actor.walk(4.0)
    yield from actor.fall()
    yield from actor.lie(5.0)


def _seated(actor: Actor) -> Phrases:
    yield from actor.stand(2.0, still=True)
    yield from actor.sit_down()
    yield from actor.sit(40.0)


_STEADY: dict[str, _Verb] = {
    "walking": lambda actor: actor.walk(20.0),
    "standing": lambda actor: actor.stand(20.0, still=True),
    "sitting": _seated,
}
_MOVES: tuple[tuple[str, tuple[str, ...], _Verb], ...] = (
    ("stoop", ("D16",), _between_rests(lambda a: a.stoop_lift())),
    ("squat", ("D15",), _between_rests(lambda a: a.squat_lift())),
    (
        "sit down and rise slowly",
        ("D07",),
        _between_rests(lambda a: a.sit_down(), lambda a: a.sit(2.5), lambda a: a.stand_up()),
    ),
    (
        "sit down and rise quickly",
        ("D08",),
        _between_rests(
            lambda a: a.sit_down(quick=True),
            lambda a: a.sit(2.5),
            lambda a: a.stand_up(quick=True),
        ),
    ),
    ("fall", tuple(f"F{n:02d}" for n in range(1, 16)), _fallen),
)
