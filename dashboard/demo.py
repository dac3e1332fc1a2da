"""The demo's story for the page: days of the past, and the acts of its tour."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from pydantic import BaseModel, Field

ActName = Literal[
    "stand",
    "demanding_lift",
    "walk",
    "squat_lift",
    "sit",
    "slouch",
    "recline",
    "rise",
    "bend",
    "knock",
    "fall",
    "get_up",
]
ACTS: tuple[str, ...] = get_args(ActName)


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
    """

    wanted: int
    ready: int
    share: float
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo tells; both are asked on the event loop."""

    earlier: Callable[[], Earlier]
    tour: Callable[[], list[Act]]


class EarlierSchema(BaseModel):
    """Simulated days before today, made while the demo runs."""

    wanted: int = Field(description="Days there are to be.")
    ready: int = Field(description="Days that are kept.")
    share: float = Field(description="Of the next day, the part that is made, 0 to 1.")
    stopped: bool = Field(description="The rest is made at the next start only.")


class ActSchema(BaseModel):
    """One act of the tour."""

    name: ActName = Field(description="What the simulated person does.")
    start_ms: int = Field(description="When it begins [ms since the epoch].")
    stop_ms: int = Field(description="When it ends [ms since the epoch].")


class DemoSchema(BaseModel):
    """The demo's story; without a demo there are no days and no acts."""

    earlier: EarlierSchema | None = Field(description="Null: this is no demo.")
    acts: list[ActSchema] = Field(
        description="The round of the tour that is played now, in order; empty: none is."
    )
    server_ms: int = Field(description="The instant of this answer [ms since the epoch].")


def demo_schema(demo: Demo | None, now_ns: int) -> DemoSchema:
    """How far the demo is."""
    if demo is None:
        return DemoSchema(earlier=None, acts=[], server_ms=now_ns // 1_000_000)
    made = demo.earlier()
    return DemoSchema(
        earlier=EarlierSchema(
            wanted=made.wanted, ready=made.ready, share=made.share, stopped=made.stopped
        ),
        acts=[
            ActSchema(name=cast(ActName, act.name), start_ms=act.start_ms, stop_ms=act.stop_ms)
            for act in demo.tour()
        ],
        server_ms=now_ns // 1_000_000,
    )
