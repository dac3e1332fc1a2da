"""Prints how the simulated movements measure up: docs/simulator.md quotes its output.

python -m tests.simulator.measure
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np

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
    middle = slice(len(acc) // 2 - 250, len(acc) // 2 + 250)
    acc = acc[middle]
    gyr = np.degrees(joined(blocks, lambda block: block.motion.gyr_radps)[middle])
    mean = acc.mean(axis=0)
    vertical = acc @ (mean / np.linalg.norm(mean))
    power = np.abs(np.fft.rfft((vertical - vertical.mean()) * np.hanning(len(vertical)))) ** 2
    hertz = np.fft.rfftfreq(len(vertical), 1 / RATE_HZ)
    return {
        "rms_mps2": float(np.sqrt(np.sum((acc - mean) ** 2, axis=1).mean())),
        "vertical_sd_mps2": float(vertical.std()),
        "peak_hz": float(hertz[1:][power[1:].argmax()]),
        "gyr_forward_dps": float(gyr[:, 0].std()),
        "gyr_left_dps": float(gyr[:, 1].std()),
        "gyr_up_dps": float(gyr[:, 2].std()),
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
    people = range(parser.parse_args().people)
    for placement in (Placement.WAIST, Placement.UPPER_BACK):
        for plays, measure in ((EVENTS, measure_event), (STRETCHES, measure_stretch)):
            for name, play in plays.items():
                found = [measure(play, seed, placement) for seed in people]
                print(f"{placement.value} {name}: " + ", ".join(map(_spread(found), found[0])))


def _spread(found: list[dict[str, float]]) -> Callable[[str], str]:
    def words(key: str) -> str:
        low, middle, high = np.percentile([one[key] for one in found], [10, 50, 90])
        return f"{key} {middle:.3g} ({low:.3g}-{high:.3g})"

    return words


if __name__ == "__main__":
    main()
