"""Prints how the simulated movements measure up: docs/simulator.md quotes its output.

python -m tests.simulator.measure
python -m tests.simulator.measure --recordings DIR   # folders hapt_waist and lowback_gait in DIR
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from monitor.model import Placement
from simulator.motion import GRAVITY_MPS2, Actor, Involuntary, Phrase, draw_person
from simulator.truth import TruthBlock, render

RATE_HZ = 100.0
Play = Callable[[Actor], Iterator[Phrase]]


def perform(
    play: Play, seed: int, placement: Placement, rate_hz: float = RATE_HZ
) -> list[TruthBlock]:
    """Ideal motion of one person playing once."""
    person_rng, actor_rng, body_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3)
    )
    person = draw_person(person_rng, placement)
    actor = Actor(person, actor_rng)
    return list(render(play(actor), Involuntary(person, body_rng), person.lever, rate_hz))


def joined(blocks: list[TruthBlock], pick: Callable[[TruthBlock], np.ndarray]) -> np.ndarray:
    return np.concatenate([pick(block) for block in blocks])


def measure_event(play: Play, seed: int, placement: Placement) -> dict[str, float]:
    """Measures of the last event of a play, as taken from recordings of real people."""
    blocks = perform(play, seed, placement)
    event = [event for block in blocks for event in block.finished][-1]
    inside = joined(blocks, lambda block: block.event_id) == event.id
    acc = joined(blocks, lambda block: block.motion.acc_mps2)[inside]
    up = joined(blocks, lambda block: block.motion.up)[inside]
    gyr = joined(blocks, lambda block: block.motion.gyr_radps)[inside]
    height = joined(blocks, lambda block: block.motion.height_m)[inside]
    vertical = np.sum(acc * up, axis=1) - GRAVITY_MPS2
    return {
        "duration_s": event.stop_s - event.start_s,
        "lean_deg": float(np.degrees(joined(blocks, lambda b: b.sagittal_rad)[inside].max())),
        "rate_dps": float(np.degrees(np.linalg.norm(gyr, axis=1).max())),
        "dip_m": float(height[0] - height.min()),
        "vertical_mps2": float(np.abs(vertical).max()),
        "norm_g": float(np.linalg.norm(acc, axis=1).max() / GRAVITY_MPS2),
    }


def measure_stretch(play: Play, seed: int, placement: Placement) -> dict[str, float]:
    """Measures of 5 s in the middle of a steady play, as taken from recordings of real people."""
    blocks = perform(play, seed, placement)
    acc = joined(blocks, lambda block: block.motion.acc_mps2)
    gyr = joined(blocks, lambda block: block.motion.gyr_radps)
    middle = slice(len(acc) // 2 - 250, len(acc) // 2 + 250)
    return _steady(acc[middle], gyr[middle], RATE_HZ)


def measure_recordings(folder: Path, label: str) -> list[dict[str, float]]:
    """The same of each 5 s that carries this label in the files of a folder."""
    found = []
    for path in sorted(folder.glob("*.parquet")):
        table = pq.read_table(path)
        time_s = np.asarray(table["time"])
        rate_hz = 1 / np.median(np.diff(time_s))
        acc, gyr = (np.stack([table[a + x] for x in "xyz"], axis=1) for a in "ag")
        wanted = np.array([value == label for value in table["label"].to_pylist()])
        n, first = round(5 * rate_hz), 0
        while first + n <= len(acc):
            window = slice(first, first + n)
            if wanted[window].all():
                found.append(_steady(acc[window], gyr[window], rate_hz))
                first += n
            else:
                first += n // 10
    return found


def _steady(acc: np.ndarray, gyr: np.ndarray, rate_hz: float) -> dict[str, float]:
    mean = acc.mean(axis=0)
    up = mean / np.linalg.norm(mean)
    vertical = acc @ up
    power = np.abs(np.fft.rfft((vertical - vertical.mean()) * np.hanning(len(vertical)))) ** 2
    hertz = np.fft.rfftfreq(len(vertical), 1 / rate_hz)
    band = (hertz > 0.3) & (hertz < 15)
    turning = np.degrees(gyr - gyr.mean(axis=0))
    about_up = turning @ up
    return {
        "rms_mps2": float(np.sqrt(np.sum((acc - mean) ** 2, axis=1).mean())),
        "vertical_sd_mps2": float(vertical.std()),
        "peak_hz": float(hertz[1:][power[1:].argmax()]),
        "share_above_2.2_hz": float(power[band & (hertz > 2.2)].sum() / power[band].sum()),
        "turn_rms_dps": float(np.sqrt(np.mean(about_up**2))),
        "tilt_rms_dps": float(np.sqrt(np.mean(np.sum(turning**2, axis=1) - about_up**2))),
    }


def seated_then(verb: Callable[[Actor], Iterator[Phrase]]) -> Play:
    def play(actor: Actor) -> Iterator[Phrase]:
        yield from actor.sit_down()
        yield from verb(actor)

    return play


EVENTS: dict[str, Play] = {
    "stoop": lambda actor: actor.stoop_lift(),
    "squat": lambda actor: actor.squat_lift(),
    "sit slowly": lambda actor: actor.sit_down(),
    "sit quickly": lambda actor: actor.sit_down(quick=True),
    "rise slowly": seated_then(lambda actor: actor.stand_up()),
    "rise quickly": seated_then(lambda actor: actor.stand_up(quick=True)),
    "fall": lambda actor: actor.fall(),
}
STRETCHES: dict[str, Play] = {
    "walk slowly": lambda actor: actor.walk(20.0, brisk=0.88),
    "walk": lambda actor: actor.walk(20.0),
    "walk fast": lambda actor: actor.walk(20.0, brisk=1.12),
    "stand": lambda actor: actor.stand(20.0, still=True),
    "sit": seated_then(lambda actor: actor.sit(20.0)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--recordings", type=Path)
    args = parser.parse_args()
    if args.recordings is not None:
        for folder in ("hapt_waist", "lowback_gait"):
            for label in ("walking", "standing", "sitting"):
                _report(f"{folder} {label}", measure_recordings(args.recordings / folder, label))
        return
    people = range(args.people)
    for placement in (Placement.WAIST, Placement.LOW_BACK, Placement.UPPER_BACK):
        for plays, measure in ((EVENTS, measure_event), (STRETCHES, measure_stretch)):
            for name, play in plays.items():
                _report(f"{placement.value} {name}", [measure(play, k, placement) for k in people])


def _report(what: str, found: list[dict[str, float]]) -> None:
    """Median and 10-90 % of each measure."""
    if not found:
        return
    print(f"{what} ({len(found)})")
    for key in found[0]:
        low, middle, high = np.percentile([one[key] for one in found], [10, 50, 90])
        print(f"    {key:20} {middle:6.2f} ({low:.2f}-{high:.2f})")


if __name__ == "__main__":
    main()
