"""What goes wrong with a simulated sensor, as the page begins and clears it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, Protocol, cast

from pydantic import Field

from dashboard.schemas import Said, Schema

REAL = "A real sensor is in use here. Faults are for the simulated one of a demo: backwatch demo."
NOT_OURS = (
    "This simulated sensor was started by itself, and takes faults only there: backwatch "
    "simulate-device --commands, or --fault NAME. That of backwatch demo takes them here."
)

State = Literal["on", "over", "cleared", "failed"]


class FaultRefusedError(Exception):
    """A fault that cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class FaultArgument:
    """One value of a fault: a number of a unit between bounds, or one of `choices`."""

    name: str
    default: float | str
    unit: str
    low: float
    high: float
    whole: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault that can be had.

    Attributes:
        does: in a sentence.
        at_start_only: it changes how a sensor starts, and so cannot begin here.
    """

    name: str
    does: str
    arguments: tuple[FaultArgument, ...]
    at_start_only: bool


@dataclass(frozen=True, slots=True)
class FaultNow:
    """A fault that was begun; `text` is its name with its values."""

    number: int
    text: str
    state: str
    why: str


class Faults(Protocol):
    """Who begins faults: the demo's simulated sensor."""

    def kinds(self) -> Sequence[FaultKind]:
        """All there are."""

    def now(self) -> Sequence[FaultNow]:
        """Those that are on, and the latest of the others."""

    async def start(self, text: str) -> None:
        """Begin one; raises FaultRefusedError."""

    async def clear(self, number: int | None = None) -> None:
        """End one, or all; raises FaultRefusedError."""


class FaultArgumentSchema(Schema):
    """A value of a fault."""

    name: str = Field(description="As it is given.")
    default: float | str = Field(description="Where none is given.")
    unit: str = Field(description="Of a number; empty for a choice.")
    low: float = Field(description="The least number.")
    high: float | None = Field(description="The greatest; null: no bound.")
    whole: bool = Field(description="Only whole numbers.")
    choices: list[str] = Field(description="Words to choose from; empty for a number.")


class FaultKindSchema(Schema):
    """A fault by name."""

    name: str = Field(description="As docs/faults.md names it.")
    does: str = Field(description="What it does.")
    arguments: list[FaultArgumentSchema] = Field(description="In their order.")
    at_start_only: bool = Field(
        description="It changes how a sensor starts, and so cannot begin while one runs."
    )


class FaultNowSchema(Schema):
    """A fault that was begun."""

    number: int = Field(description="To clear it by.")
    text: str = Field(description="Its name with its values.")
    state: State = Field(description="Over: it has struck, and passed by itself.")
    why: str = Field(description="Why it failed; empty: it did not.")


class FaultsSchema(Schema):
    """Faults of the simulated sensor."""

    refused: str = Field(description="Why there are none here; empty: there are.")
    kinds: list[FaultKindSchema] = Field(description="All there are.")
    now: list[FaultNowSchema] = Field(description="On, and the latest of the others.")


class FaultWishSchema(Schema):
    """A fault to begin."""

    name: str = Field(description="One of `kinds`.", pattern=r"^[a-z0-9-]{1,40}$")
    values: dict[Said, float | Said] = Field(
        default_factory=dict, description="By argument; without, its default.", max_length=10
    )


def faults_schema(faults: Faults | None, *, simulated: bool) -> FaultsSchema:
    """What there is, and what is on."""
    if faults is None or not simulated:
        return FaultsSchema(refused=NOT_OURS if simulated else REAL, kinds=[], now=[])
    return FaultsSchema(
        refused="",
        kinds=[_kind(one) for one in faults.kinds()],
        now=[
            FaultNowSchema(
                number=one.number, text=one.text, state=cast(State, one.state), why=one.why
            )
            for one in faults.now()
        ],
    )


def fault_text(wish: FaultWishSchema) -> str:
    """As the simulator reads it; it also judges names and values.

    Raises:
        FaultRefusedError: a value could be read as more than one.
    """
    for key, value in wish.values.items():
        if not all(part.isalnum() or part in "-._+%" for part in f"{key}{value}"):
            raise FaultRefusedError(f"{key}: {value!r} is no value of a fault")
    values = ",".join(f"{key}={value}" for key, value in wish.values.items())
    return f"{wish.name}:{values}" if values else wish.name


def _kind(kind: FaultKind) -> FaultKindSchema:
    return FaultKindSchema(
        name=kind.name,
        does=kind.does,
        arguments=[
            FaultArgumentSchema(
                name=a.name,
                default=a.default,
                unit=a.unit,
                low=a.low,
                high=a.high if isfinite(a.high) else None,
                whole=a.whole,
                choices=list(a.choices),
            )
            for a in kind.arguments
        ],
        at_start_only=kind.at_start_only,
    )
