"""What two worn sensors feel, brought together: the one place where their streams meet."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.model import NS_PER_S, Mounting, Placement
from monitor.pipeline import Step
from monitor.trunk import Params, Trunk, TrunkChunk, TrunkLift
from monitor.trunk.stage import Felt, Level

LEVELS = {
    Placement.UPPER_BACK: Level.CHEST,
    Placement.CHEST: Level.CHEST,
    Placement.LOW_BACK: Level.PELVIS,
    Placement.WAIST: Level.PELVIS,
}
LIFTS = 100  # kept; as many as a page may want to list. Ours


@dataclass(frozen=True, slots=True)
class TrunkNow:
    """The chest against the pelvis, at the latest instant that both sensors knew.

    Attributes:
        flexion_deg, lateral_deg: how much further the chest leans forward and to the right [deg].
        zeroed: both count from the wearer's own standing; else they hold how each sensor sits.
    """

    at_ns: int
    flexion_deg: float
    lateral_deg: float
    zeroed: bool


class Meeting:
    """The first sensor worn at the chest and the first worn at the pelvis, of all those worn.

    Only what is live meets; what is sent again later does not.

    Attributes:
        now: None until both have been known at one instant.
        lifts: bends that both have seen, the latest last.
    """

    def __init__(self, placements: Sequence[Placement], params: Params | None = None) -> None:
        """`placements` by the number of the sensor; with one end only, nothing ever meets."""
        levels = [LEVELS[placement] for placement in placements]
        self._ends = {levels.index(level): level for level in Level if level in levels}
        self._trunk = Trunk(params) if len(self._ends) == len(Level) else None
        self.now: TrunkNow | None = None
        self.lifts: deque[TrunkLift] = deque(maxlen=LIFTS)

    def push(self, sensor: int, mounting: Mounting, step: Step, /) -> None:
        """Take what a sensor's path made of an event; steps come in any interleaving."""
        level = self._ends.get(sensor)
        if self._trunk is None or level is None:
            return
        zeroed = "neutral" in mounting.source
        out = [
            made
            for motion in step.motion
            for made in self._trunk.push(Felt(level, motion, zeroed=zeroed))
        ]
        if level is Level.CHEST:
            for event in step.events:
                out += self._trunk.push(event)
            for beat in step.beats:
                out += self._trunk.push(beat)
        for made in out:
            if isinstance(made, TrunkLift):
                self.lifts.append(made)
            else:
                self._latest(made)

    def _latest(self, chunk: TrunkChunk) -> None:
        known = np.flatnonzero(chunk.known)
        if len(known):
            row = int(known[-1])
            self.now = TrunkNow(
                int(chunk.time_ns()[row]),
                float(np.degrees(chunk.flexion_rad[row])),
                float(np.degrees(chunk.lateral_rad[row])),
                bool(chunk.zeroed[row]),
            )

    def fresh(self, at_ns: int) -> TrunkNow | None:
        """`now`, unless it is older than FRESH_S."""
        if self.now is None or at_ns - self.now.at_ns > FRESH_S * NS_PER_S:
            return None
        return self.now


FRESH_S = 3.0  # s; an older angle is none of now. Ours
