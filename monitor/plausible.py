"""Live samples turned into what speaks against the axes named for them, and their gyroscope.

What `analyze` asks of a whole file is asked here once a minute, of the last ten.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from monitor.model import Against, Objection, SampleChunk, SegmentEnd
from monitor.orientation import NamedAxes, gravity, look_at_axes
from monitor.orientation.gravity import Gravity
from monitor.orientation.named import FEWEST_BENDS, LEAST_GRAVITY
from monitor.recording.swings import Swings
from monitor.recording.turns import Turns

Floats = NDArray[np.float64]

LOOK_S = 60.0  # s; of samples between two looks. Ours
KEPT_LOOKS = 10  # looks; after which what was seen is forgotten. Ours
CALIBRATE = "calibrate, which needs no axes"
NOTHING_RIGHT = "Until then no state and no angle can be right"
MAYBE_WRONG = "States and angles may be wrong"
MOVING_WRONG = "Check the sensor and its firmware; until then angles while moving are wrong"


class Plausible:
    """Take samples as they were measured; say each objection once, and which ones stand.

    A look falls on the same sample however the samples come. What ends with its segment before
    a minute is full is looked at with the next. An objection stands until motion that could show
    it shows it no more.
    """

    def __init__(self, up: str, forward: str | None) -> None:
        self._up, self._forward = up, forward
        self._told: set[Against] = set()
        self.forget()

    def forget(self) -> None:
        """Begin anew, as with another sensor or somebody else; nothing stands."""
        self._acc: list[Floats] = []
        self._gyr: list[Floats] = []
        self._count = 0
        self._seen: deque[list[Gravity]] = deque(maxlen=KEPT_LOOKS)
        self._look: list[Gravity] = []
        self._looked_s = 0.0
        self._turns, self._turned = Turns(), 0
        self._swings = Swings()
        self._told.clear()
        self._standing: dict[Against, Objection] = {}

    @property
    def objections(self) -> tuple[Objection, ...]:
        """Those that stand, in the order of `Against`."""
        return tuple(self._standing[kind] for kind in Against if kind in self._standing)

    def push(self, items: Iterable[SampleChunk | SegmentEnd]) -> list[Objection]:
        """Those that are new."""
        said: list[Objection] = []
        for item in items:
            if isinstance(item, SegmentEnd):
                self._close(item.segment.rate_hz)
                continue
            rate_hz = item.segment.rate_hz
            start = 0
            while start < len(item):
                wanted = max(1, round((LOOK_S - self._looked_s) * rate_hz)) - self._count
                stop = min(len(item), start + max(1, wanted))
                self._acc.append(item.acc_mps2[start:stop])
                self._gyr.append(item.gyr_radps[start:stop])
                self._count += stop - start
                start = stop
                if self._looked_s + self._count / rate_hz >= LOOK_S - 0.5 / rate_hz:
                    self._close(rate_hz)
                    said += self._judge()
        return said

    def _close(self, rate_hz: float) -> None:
        """Read what follows without a break so far."""
        if not self._count:
            return
        acc, gyr = np.concatenate(self._acc), np.concatenate(self._gyr)
        self._acc, self._gyr = [], []
        self._looked_s += self._count / rate_hz
        self._count = 0
        self._look.append(gravity(acc, rate_hz))
        if not np.isnan(gyr).any():
            self._turns.begin(rate_hz)
            self._turns.look(acc, gyr)
            self._swings.look(acc, gyr, rate_hz)

    def _judge(self) -> Iterator[Objection]:
        self._seen.append(self._look)
        self._look, self._looked_s = [], 0.0
        axes = look_at_axes([one for look in self._seen for one in look], self._up, self._forward)
        found = {one.kind: one for one in (*_of_axes(axes), *self._of_gyroscope())}
        agree = self._turns.agree or bool(self._swings.ratio and not self._swings.doubt())
        for kind in (*_shown(axes), *([Against.GYROSCOPE] if agree else [])):
            if kind not in found:
                self._standing.pop(kind, None)
        for kind, objection in found.items():
            before = self._standing.get(kind)
            if before is None or before.total != objection.total:
                self._standing[kind] = objection  # else its numbers alone are others: no news
        self._turned += 1
        if self._turned >= KEPT_LOOKS:
            self._turns, self._turned = Turns(), 0
        for kind, objection in found.items():
            if kind not in self._told:
                self._told.add(kind)
                yield objection

    def _of_gyroscope(self) -> Iterator[Objection]:
        objection = self._turns.objection() and "gyroscope and gravity turn by other amounts"
        if text := objection or self._turns.doubt() or self._swings.doubt():
            yield Objection(Against.GYROSCOPE, text, MOVING_WRONG)


def _shown(axes: NamedAxes) -> Iterator[Against]:
    """What there was motion for to show whether it is right."""
    yield Against.GRAVITY
    if axes.walked_deg is not None:
        yield Against.UP
    if axes.bends >= FEWEST_BENDS:
        yield Against.FORWARD
    if axes.still_mps2 is not None:
        yield Against.SCALE


def _of_axes(found: NamedAxes) -> Iterator[Objection]:
    if refusal := found.refusal(otherwise=CALIBRATE):
        kind = Against.GRAVITY if found.gravity_share < LEAST_GRAVITY else Against.UP
        yield Objection(kind, refusal, NOTHING_RIGHT, total=True)
    for name, objection in found.objections(otherwise=CALIBRATE).items():
        yield Objection(Against(name), objection, MAYBE_WRONG)
