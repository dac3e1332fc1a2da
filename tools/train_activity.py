"""Recordings of sitting and standing to monitor/states/weights.py.

    python tools/train_activity.py --recordings DIR [--check | --choose]

DIR holds hapt_waist and chest_desk as Parquet files with a column `label`; the first is trained
on for the waist, the second for the chest. Both are CC BY 4.0; weights.py cites them. Nothing is
drawn at random, so the same recordings give the same file; --check compares it with the present
one. --choose says what comes of choosing features, memory and ridge without the person, too.
"""

import argparse
import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor.features import Features
from monitor.model import NS_PER_S, FeatureChunk, Placement, Segment
from monitor.orientation import Orientation, mounting_from_axes, with_neutral
from monitor.orientation import Params as OrientationParams
from monitor.orientation.mounting import AXES
from monitor.profiles import PROFILES, placed
from monitor.recording import Piece, read_recording
from monitor.stage import feed
from monitor.states import States, belief, evidence
from monitor.states.history import BLOCK

Floats = NDArray[np.float64]

MARGIN = 0.2  # of the range seen; people not met yet may go a little beyond it
RARE = 0.002  # of the looks; as few at either end, of people who step about, are left out of it
STEPS = 100  # of Newton's method; ten are enough
OUT = Path(__file__).parents[1] / "monitor" / "states" / "weights.py"
DECIDED = math.log(0.75 / 0.25)  # odds (ln) from which a posture is named at the chest
RIDGES = (3e-4, 1e-3, 3e-3)  # tried by --choose


@dataclass(frozen=True)
class Course:
    """What one placement learns from.

    Attributes:
        name: of the constant in weights.py.
        up: sensor axis of the recordings.
        forward: axes that may be named so; each recording is read once with each.
        turned_deg: each is read once turned about up by each, as no sensor sits straight.
        neutral_s: length of the first standing that calibrates.
        labels: to 0 (sitting) or 1 (standing).
        params: features and windows; the weights are found.
        ridge: of the weights of features with unit variance.
        tried: features, and memories [s], that --choose chooses among.
    """

    name: str
    placement: Placement
    folder: str
    up: str
    forward: tuple[str, ...]
    turned_deg: tuple[float, ...]
    neutral_s: float
    labels: dict[str, int]
    params: evidence.Params
    ridge: float
    tried: tuple[tuple[str, ...], ...]
    tried_s: tuple[float, ...]
    origin: str


COURSES = (
    Course(
        "WAIST",
        Placement.WAIST,
        "hapt_waist",
        "+x",
        ("+z", "+y"),
        (0.0,),
        3.0,
        {"sitting": 0, "standing": 1},
        evidence.Params(features=(evidence.TILT, evidence.ALONG)),
        6e-3,
        ((evidence.TILT,), (evidence.ALONG,), (evidence.TILT, evidence.ALONG)),
        (2.0, 3.0, 6.0),
        "hapt_waist: Reyes-Ortiz et al., Neurocomputing 171:754-767, 2016; UCI 341, CC BY 4.0",
    ),
    Course(
        "CHEST",
        Placement.CHEST,
        "chest_desk",
        "+y",
        ("+z",),
        (-20.0, 0.0, 20.0),
        10.0,
        {"sitting_at_computer": 0, "standing": 1, "standing_talking": 1},
        evidence.Params(
            features=evidence.SPECTRAL,
            least_s=5.0,
            fades_s=120.0,
            trust_s=20.0,
            dates_s=20.0,
            every=5,
        ),
        3e-4,
        (
            evidence.FORE,
            (*evidence.FORE, *evidence.SIDE),
            (*evidence.FORE, *evidence.SIDE, evidence.BOUNCE),
            evidence.SPECTRAL,
        ),
        (60.0, 120.0, 240.0),
        "chest_desk: Casale et al., Pers. Ubiquit. Comput. 16(5):563-580, 2012; UCI 287, CC BY 4.0",
    ),
)


@dataclass(frozen=True, eq=False)
class Told:
    """What bouts of one person looked like, as the path would see them.

    Attributes:
        looks: mean features, shape (n, features).
        trust: share of their odds that counts so soon, shape (n,).
        standing: 1 for standing, 0 for sitting, shape (n,).
        straight: whether the sensor was read as it sat, shape (n,).
    """

    subject: str
    looks: Floats
    trust: Floats
    standing: NDArray[np.int64]
    straight: NDArray[np.bool_]


def read(course: Course, path: Path) -> Told:
    """Looks at each stretch of one label, which the path takes for a recording of its own."""
    table = pq.read_table(path)
    time_s = table["time"].to_numpy()
    labels = np.array(table["label"].to_pylist())
    truth = np.array([course.labels.get(label, -1) for label in labels])
    [piece] = read_recording(path).pieces
    first = int(np.flatnonzero(labels == "standing")[0])
    calibrated = (time_s >= time_s[first]) & (time_s < time_s[first] + course.neutral_s)
    looks: list[tuple[float, ...]] = []
    trust: list[float] = []
    standing: list[int] = []
    straight: list[bool] = []
    for turned_deg, forward in itertools.product(course.turned_deg, course.forward):
        acc = piece.acc_mps2 @ _turn(AXES[course.up], turned_deg).T
        turned = Piece(piece.label, piece.offset_s, piece.time_s, acc, piece.gyr_radps)
        neutral = acc[calibrated].mean(axis=0)
        mounting = with_neutral(mounting_from_axes(course.up, forward), neutral)
        motion = feed(
            Orientation(OrientationParams(mounting=mounting)), turned.samples(len(labels))
        )
        toward = (0.0, 0.0)
        for chunk in feed(Features(), motion):
            if not isinstance(chunk, FeatureChunk):
                continue
            at_s = [chunk.segment.time_ns(hop * chunk.hop) / NS_PER_S for hop in range(len(chunk))]
            rows = np.searchsorted(time_s, at_s).clip(0, len(truth) - 1)
            for label, stretch in _stretches(truth[rows], chunk):
                state = evidence.State(toward=toward)
                for found, counts in _seen(course, stretch, state):
                    looks.append(found)
                    trust.append(counts)
                    standing.append(label)
                    straight.append(turned_deg == 0.0)
                toward = state.toward
    return Told(
        path.stem.split("_")[0],
        np.array(looks),
        np.array(trust),
        np.array(standing),
        np.array(straight),
    )


def _turn(up: Sequence[float], turned_deg: float) -> Floats:
    """Rotation about an axis of unit length, shape (3, 3)."""
    x, y, z = up
    c, s = math.cos(math.radians(turned_deg)), math.sin(math.radians(turned_deg))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(c * np.eye(3) + s * cross + (1.0 - c) * np.outer(up, up))


def _stretches(truth: NDArray[np.int64], chunk: FeatureChunk) -> Iterator[tuple[int, FeatureChunk]]:
    """Each stretch of sitting or standing; truth has one row a hop."""
    edges = [0, *(np.flatnonzero(np.diff(truth)) + 1).tolist(), len(truth)]
    for start, stop in itertools.pairwise(edges):
        if truth[start] >= 0:
            t0_ns = chunk.segment.time_ns(start * chunk.hop)
            segment = Segment(0, t0_ns, chunk.segment.rate_hz)
            rows = chunk.rows[start:stop].copy()
            yield (
                int(truth[start]),
                replace(chunk, segment=segment, first=0, rows=rows),
            )


def _seen(
    course: Course, stretch: FeatureChunk, state: evidence.State
) -> Iterator[tuple[tuple[float, ...], float]]:
    """Features of each look of the path, and how much they count; `state` is changed."""
    silent = replace(course.params, weights=(0.0,) * len(course.params.features))
    profile = placed(PROFILES["desk"], course.placement, calibrated=True)
    activity = profile.states.activity
    believing = belief.placed(replace(activity.believing, looking=silent), course.placement)
    params = replace(profile.states, activity=replace(activity, believing=believing))
    states = States(params)
    believed = states.state.activity.believed
    believed.seen, believed.left_ns = state, stretch.segment.t0_ns  # no gap: it is kept
    step = silent.every * BLOCK
    for start in range(0, len(stretch) - step + 1, step):
        rows = stretch.rows[start : start + step].copy()
        states.push(replace(stretch, first=start, rows=rows))
        seen = states.state.activity.believed.seen
        if seen.looks and seen.looks[-1].stop == start + step:
            last = seen.looks[-1]
            yield evidence.features(silent, seen, last), evidence.trust(silent, last.seen_s)
    state.toward = states.state.activity.believed.seen.toward


def fit(course: Course, people: list[Told]) -> evidence.Params:
    """Logistic regression, each person's sitting and standing weighing the same."""
    x = np.concatenate([one.looks for one in people])
    y = np.concatenate([one.standing for one in people]).astype(np.float64)
    weight = np.concatenate(
        [
            1.0 / np.bincount(one.standing, minlength=2)[one.standing].astype(np.float64)
            for one in people
        ]
    )
    weight = weight / weight.sum()
    mean, scale = x.mean(axis=0), x.std(axis=0)
    theta = _newton(np.column_stack([(x - mean) / scale, np.ones(len(x))]), y, weight, course.ridge)
    weights = theta[:-1] / scale
    spectral = set(course.params.features) <= set(evidence.SPECTRAL)
    low, high = np.quantile(x, (RARE, 1.0 - RARE), axis=0)
    margin = MARGIN * (high - low)
    return replace(
        course.params,
        weights=tuple(round(float(value), 5) for value in weights),
        within=tuple(
            (round(float(a), 3), round(float(b), 3))
            for a, b in zip(low - margin, high + margin, strict=True)
        )
        if spectral
        else (),
        bias=round(float(theta[-1] - weights @ mean), 5),
    )


def _newton(z: Floats, y: Floats, weight: Floats, ridge: float) -> Floats:
    """Coefficients that make `y` likeliest; the last, of the constant, is free of the ridge."""
    theta = np.zeros(z.shape[1])
    penalty = np.append(np.full(len(theta) - 1, ridge), 0.0)
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-(z @ theta)))
        slope = z.T @ (weight * (chance - y)) + penalty * theta
        curve = (z * (weight * chance * (1.0 - chance))[:, None]).T @ z + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        theta = theta - step
        if float(np.abs(step).max()) < 1e-10:
            break
    return theta


@dataclass(frozen=True)
class Choice:
    """What might have been trained: a course, and everybody's looks as it takes them."""

    course: Course
    people: list[Told]

    def without(self, *names: str) -> evidence.Params:
        """Weights of those who are not named."""
        return fit(self.course, [one for one in self.people if one.subject not in names])

    def of(self, name: str) -> list[Told]:
        """Looks at one person."""
        return [one for one in self.people if one.subject == name]


def choices(course: Course, recordings: Path) -> Iterator[Choice]:
    """Every combination of what is tried."""
    for fades_s in course.tried_s:
        everything = replace(course, params=replace(course.params, fades_s=fades_s))
        people = [read(everything, path) for path in _files(course, recordings)]
        for names, ridge in itertools.product(course.tried, RIDGES):
            columns = [everything.params.features.index(name) for name in names]
            params = replace(everything.params, features=names)
            yield Choice(
                replace(course, params=params, ridge=ridge),
                [replace(one, looks=one.looks[:, columns]) for one in people],
            )


def choose(tried: Sequence[Choice]) -> tuple[dict[str, Choice], Floats]:
    """For each person what does best on the others, and what it makes of that person's looks.

    What does best is the least surprised by each of the others, fitted without both.
    """
    names = sorted({one.subject for one in tried[0].people})
    surprise = np.zeros((len(tried), len(names), len(names)))
    for index, choice in enumerate(tried):
        for a, b in itertools.combinations(range(len(names)), 2):
            params = choice.without(names[a], names[b])
            for left_out, judged in ((a, b), (b, a)):
                surprise[index, left_out, judged] = _surprise(params, choice.of(names[judged]))
    best = surprise.sum(axis=2).argmin(axis=0)
    chosen = {name: tried[int(best[at])] for at, name in enumerate(names)}
    counts = np.zeros((2, 4))
    for name, choice in chosen.items():
        params = choice.without(name)
        for one in choice.of(name):
            counts += _judged(params, one)
    return chosen, counts


def _surprise(params: evidence.Params, looks: list[Told]) -> float:
    """Mean of -ln P(what was so), sitting and standing weighing the same."""
    odds = np.concatenate([_odds(params, one) for one in looks])
    standing = np.concatenate([one.standing[one.straight] for one in looks])
    cost = np.logaddexp(0.0, np.where(standing == 1, -odds, odds))
    return float(np.mean([cost[standing == label].mean() for label in (0, 1)]))


def _odds(params: evidence.Params, one: Told) -> Floats:
    """Odds (ln) of standing of the looks at a sensor read as it sat, as the path has them."""
    looks = one.looks[one.straight]
    odds = (looks @ np.array(params.weights) + params.bias) * one.trust[one.straight]
    if params.within:
        low, high = np.array(params.within).T
        odds[((looks < low) | (looks > high)).any(axis=1)] = 0.0
    return np.clip(odds, -params.most, params.most)


def _judged(params: evidence.Params, one: Told) -> Floats:
    """Looks at sitting, then standing: all, right, sure enough to be told, right among these."""
    odds = _odds(params, one)
    standing = one.standing[one.straight]
    counts = []
    for label, side in ((0, -1.0), (1, 1.0)):
        toward = side * odds[standing == label]
        sure = np.abs(toward) >= DECIDED
        counts.append((len(toward), (toward > 0).sum(), sure.sum(), (toward[sure] > 0).sum()))
    return np.array(counts, np.float64)


def write(courses: list[tuple[Course, evidence.Params, int]]) -> str:
    """The module as text."""
    lines = [
        "# Generated by tools/train_activity.py; do not edit.",
        '"""How sitting and standing look at each placement with labelled recordings."""',
        "",
        "from monitor.states import evidence",
    ]
    for course, params, people in courses:
        lines += ["", f"# Trained on {people} people of", f"# {course.origin}."]
        lines += [f"{course.name} = evidence.Params("]
        for name in evidence.Params.__slots__:
            value = getattr(params, name)
            shown = repr(value).replace("'", '"')
            lines += _lines(name, value) if len(shown) > 85 else [f"    {name}={shown},"]
        lines += [")"]
    return "\n".join(lines) + "\n"


def _lines(name: str, values: tuple[object, ...]) -> list[str]:
    """A long tuple, as the formatter would have it."""
    shown = (repr(value).replace("'", '"') for value in values)
    return [f"    {name}=(", *(f"        {value}," for value in shown), "    ),"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=Path, required=True)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="only compare with weights.py")
    what.add_argument("--choose", action="store_true", help="only say what choosing comes to")
    given = parser.parse_args()
    if given.choose:
        for course in COURSES:
            _tell(course, *choose(list(choices(course, given.recordings))))
        return 0
    everybody = [
        (course, [read(course, path) for path in _files(course, given.recordings)])
        for course in COURSES
    ]
    done = [
        (course, fit(course, people), len({one.subject for one in people}))
        for course, people in everybody
    ]
    if given.check:
        same = OUT.read_text(encoding="utf-8") == write(done)
        print(f"{OUT.name}: {'the same' if same else 'differs; run without --check'}")
        return 0 if same else 1
    OUT.write_text(write(done), encoding="utf-8")
    return 0


def _tell(course: Course, chosen: dict[str, Choice], counts: Floats) -> None:
    for name, choice in chosen.items():
        params = choice.course.params
        print(
            f"{course.folder} without {name}: {', '.join(params.features)}; "
            f"memory {params.fades_s:g} s, ridge {choice.course.ridge:g}"
        )
    seen, right, told, right_told = counts.T
    print(
        f"{course.folder}, everything chosen without the person, each look for itself: "
        f"{(right / seen).mean():.3f} of all, "
        f"{(right_told / told).mean():.3f} of the {told.sum() / seen.sum():.2f} that is sure"
    )


def _files(course: Course, recordings: Path) -> list[Path]:
    return sorted((recordings / course.folder).glob("*.parquet"))


if __name__ == "__main__":
    sys.exit(main())
