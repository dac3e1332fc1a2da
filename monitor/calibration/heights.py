"""Magnitudes of acceleration turned into whether the body ended higher or lower."""

import numpy as np
from numpy.typing import NDArray

from monitor.model import Segment
from monitor.states import transitions
from monitor.states.history import COLUMNS, NORM, History

Floats = NDArray[np.float64]

PAD_S = 0.5  # s; of rest around a movement, taken into it, as `transitions` does
BURST_MPS2 = 0.3  # m/s^2; from the level of rest: a movement. Tried on hapt_waist and sisfall
BURST_GAP_S = 0.8  # s; of less than that within a movement. The same


def net_mps(norms_mps2: Floats, hop_s: float) -> float:
    """How far the fastest rise outweighs the fastest sinking of a movement [m/s].

    A bow goes down and comes up alike, so about zero; sitting down is below, rising above.

    Args:
        norms_mps2: mean magnitude of each tenth, from rest to rest, shape (n,).
    """
    top, bottom, _ = transitions.figures(_rows(norms_mps2), hop_s)
    return top + bottom


def nets_mps(norms_mps2: Floats, hop_s: float) -> tuple[list[float], list[float]]:
    """The same for each movement between rests, with movements found in two ways.

    The first ends one as soon as it is calm and cuts slow ones up; the second needs most of
    what it is given to be rest, and runs movements that follow closely into one.
    """
    rows = _rows(norms_mps2)
    # Of a history, only how long its hops are counts here.
    history = History(Segment(0, 0, 1.0 / hop_s), 1, forward_known=False, rows=rows)
    state = transitions.State()
    calmed = transitions.follow(transitions.Params(), state, history, 0, len(rows), gait=False)
    pad = history.hops(PAD_S)
    return (
        [net_mps(norms_mps2[max(0, start - pad) : stop], hop_s) for start, stop in calmed],
        [
            net_mps(norms_mps2[max(0, start - pad) : stop + pad], hop_s)
            for start, stop in _bursts(norms_mps2, history.hops(BURST_GAP_S))
        ],
    )


def _bursts(norms_mps2: Floats, gap: int) -> list[tuple[int, int]]:
    """Where the magnitude leaves its level, over hops `[start, stop)`."""
    found: list[tuple[int, int]] = []
    off = np.abs(norms_mps2 - np.median(norms_mps2)) > BURST_MPS2
    for hop in np.flatnonzero(off).tolist():
        if found and hop - found[-1][1] < gap:
            found[-1] = (found[-1][0], hop + 1)
        else:
            found.append((hop, hop + 1))
    return found


def _rows(norms_mps2: Floats) -> Floats:
    rows = np.zeros((len(norms_mps2), COLUMNS))
    rows[:, NORM] = norms_mps2
    return rows
