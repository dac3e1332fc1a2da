"""The one interface every step of the path has."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")
In_contra = TypeVar("In_contra", contravariant=True)
Out_co = TypeVar("Out_co", covariant=True)


class Stage(Protocol[In_contra, Out_co]):
    """Push an item, get what it made possible.

    Outputs depend on the samples and not on how they were cut into chunks.
    Everything a stage remembers is in its `state`, which may be copied and put back.
    """

    def push(self, item: In_contra, /) -> Sequence[Out_co]: ...


def feed(stage: Stage[In, Out], items: Iterable[In]) -> list[Out]:
    """Push all `items`; one whole chunk and its SegmentEnd make this batch processing."""
    return [out for item in items for out in stage.push(item)]
