"""The demo's story for the page: days of the past, and the acts of its tour."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from pydantic import BaseModel, Field

from monitor.coaching import Manners
from monitor.profiles import PROFILES, THRESHOLDS, Profile, Threshold

ActName = Literal[
    "stand",
    "demanding_lift",
    "walk",
    "squat_lift",
    "sit",
    "slouch",
    "recline",
    "rise",
    "knock",
    "bend",
    "deep_bends",
    "take_off",
    "slip",
    "push_back",
    "fall",
    "get_up",
]
ACTS: tuple[str, ...] = get_args(ActName)
USUAL = "desk"  # the profile that a tour is compared with


@dataclass(frozen=True, slots=True)
class Act:
    """A part of the tour, [start_ms, stop_ms)."""

    name: str
    start_ms: int
    stop_ms: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """The simulated days before today.

    Attributes:
        wanted: how many there are to be.
        ready: of those, how many are kept.
        share: of the next one, how much is done, 0 to 1.
        stopped: the rest is not made any more in this run.
        erased: beside those wanted, so many were erased and are not made again.
    """

    wanted: int
    ready: int
    share: float
    stopped: bool = False
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What a demo is read and told with, in place of the usual."""

    profile: Profile
    manners: Manners


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo tells; the first two are asked on the event loop.

    Attributes:
        pace: None: as every day.
    """

    earlier: Callable[[], Earlier]
    tour: Callable[[], list[Act]]
    pace: Pace | None = None


class EarlierSchema(BaseModel):
    """Simulated days before today, made while the demo runs."""

    wanted: int = Field(description="Days there are to be.")
    ready: int = Field(description="Days that are kept.")
    share: float = Field(description="Of the next day, the part that is made, 0 to 1.")
    stopped: bool = Field(description="The rest is made at the next start only.")
    erased: int = Field(description="Days beside these that were erased; they are not made again.")


class ActSchema(BaseModel):
    """One act of the tour."""

    name: ActName = Field(description="What the simulated person does.")
    start_ms: int = Field(description="When it begins [ms since the epoch].")
    stop_ms: int = Field(description="When it ends [ms since the epoch].")


class ShortenedSchema(BaseModel):
    """A threshold that the tour has otherwise than every day, mostly shorter."""

    title: str = Field(description="The threshold in words.")
    value: float = Field(description="In force now, in that unit.")
    usual: float | None = Field(description="Every day, in that unit; null: off.")
    unit: str = Field(description="Its unit.")


class DemoSchema(BaseModel):
    """The demo's story; without a demo there are no days and no acts."""

    earlier: EarlierSchema | None = Field(description="Null: this is no demo.")
    acts: list[ActSchema] = Field(
        description="The round of the tour that is played now, in order; empty: none is."
    )
    shortened: list[ShortenedSchema] = Field(
        description="What is told sooner in the tour than every day; empty: nothing is."
    )
    server_ms: int = Field(description="The instant of this answer [ms since the epoch].")


def demo_schema(demo: Demo | None, now_ns: int) -> DemoSchema:
    """How far the demo is."""
    if demo is None:
        return DemoSchema(earlier=None, acts=[], shortened=[], server_ms=now_ns // 1_000_000)
    made = demo.earlier()
    return DemoSchema(
        earlier=EarlierSchema(
            wanted=made.wanted,
            ready=made.ready,
            share=made.share,
            stopped=made.stopped,
            erased=made.erased,
        ),
        acts=[
            ActSchema(name=cast(ActName, act.name), start_ms=act.start_ms, stop_ms=act.stop_ms)
            for act in demo.tour()
        ],
        shortened=[] if demo.pace is None else _shortened(demo.pace.profile),
        server_ms=now_ns // 1_000_000,
    )


@dataclass(frozen=True, slots=True)
class _Beside:
    """A time of a profile that nobody sets, but that a tour shortens [s]."""

    title: str
    read: Callable[[Profile], float]
    unit: str = "s"


_BESIDE = (
    _Beside("Deep bends are counted over", lambda p: p.alerts.repetitive_window_s),
    _Beside("A break is announced before it is due by", lambda p: p.alerts.notice_s),
    _Beside("Standing or walking ends a sitting after", lambda p: float(p.alerts.break_s)),
    _Beside("Leaning back for", lambda p: p.states.activity.recline_s),
    _Beside("Lying still until it counts as not worn", lambda p: p.states.activity.not_worn_s),
    _Beside("Walking until a slipped sensor is told of", lambda p: p.slip.look_s * p.slip.looks),
)


def _shortened(profile: Profile) -> list[ShortenedSchema]:
    usual = PROFILES[USUAL]
    all_of_them: list[Threshold | _Beside] = [*THRESHOLDS.values(), *_BESIDE]
    return [
        ShortenedSchema(
            title=one.title,
            value=one.read(profile),
            usual=one.read(usual) or None,  # nought is off
            unit=one.unit,
        )
        for one in all_of_them
        if one.read(profile) != one.read(usual)
    ]
