"""What a person says of the present state reaches the belief, live and from a tape."""

import numpy as np

from monitor.model import NS_PER_S, Activity, Asked, Asker, Origin, SampleChunk, Segment, Wish
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret, Pipeline
from monitor.profiles import PROFILES

RATE_HZ = 50.0
T0 = 1_790_000_000 * NS_PER_S


def upright(interpret: Interpret, start_s: int, stop_s: int) -> list[Activity]:
    """Standing or sitting still: the sensor cannot tell which."""
    n = round((stop_s - start_s) * RATE_HZ)
    noise = np.random.default_rng(start_s).normal(0.0, 0.02, (n, 6))
    acc = noise[:, :3] + np.array([9.80665, 0.0, 0.0])
    chunk = SampleChunk(
        Segment(1, T0, RATE_HZ),
        round(start_s * RATE_HZ),
        acc,
        noise[:, 3:] * 0.1,
        np.full(n, Origin.MEASURED, np.uint8),
    )
    return [beat.activity for beat in interpret.push([chunk]).beats]


def said(wish: Wish | None, stretch: tuple[int, int] | None = None) -> Activity:
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))
    pipeline = Pipeline(interpret)
    upright(interpret, 0, 60)
    if wish is not None:
        pipeline.push(Asked(T0 + 60 * NS_PER_S, wish, Asker.PAGE, stretch))
    return upright(interpret, 60, 90)[-1]


def test_without_a_word_it_is_upright_and_still() -> None:
    assert said(None) is Activity.UPRIGHT


def test_i_was_sitting_and_i_was_standing_are_believed() -> None:
    assert said(Wish.SITTING) is Activity.SIT
    assert said(Wish.STANDING) is Activity.STAND


def test_what_is_said_of_a_stretch_of_the_past_holds_until_something_says_otherwise() -> None:
    stretch = (T0 + 20 * NS_PER_S, T0 + 50 * NS_PER_S)

    assert said(Wish.SITTING, stretch) is Activity.SIT
    assert said(Wish.STANDING, stretch) is Activity.STAND


def test_before_anything_is_known_nothing_is_taken() -> None:
    interpret = Interpret(PROFILES["desk"], mounting_from_axes("+x", "-z"))

    assert Pipeline(interpret).push(Asked(T0, Wish.SITTING, Asker.PAGE)).changes == []
