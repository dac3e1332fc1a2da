"""Failures in, how long to wait before the next attempt out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType


class Failure(StrEnum):
    """Why there is no connection now."""

    NOT_FOUND = "not found"  # a scan ended without the sensor
    CONNECT = "connecting failed"  # it was seen, and did not answer
    LOST = "connection lost"  # a working connection ended
    STALLED = "silent"  # connected, and no data
    REFUSED = "refused"  # not a Backwatch sensor, or not a version we speak
    FULL = "no slot"  # the adapter holds as many connections as it can
    ADAPTER = "adapter gone"  # the host's own Bluetooth


@dataclass(frozen=True, slots=True)
class Policy:
    """Delay before the attempt that follows a failure.

    Attributes:
        first_s: after the first failure of a run of the same kind.
        factor: from one failure of the run to the next.
        longest_s: the delay does not grow beyond this.
    """

    first_s: float
    factor: float
    longest_s: float


# Chosen by us: at once after a loss, seldom where trying again is unlikely to help.
POLICIES: Mapping[Failure, Policy] = MappingProxyType(
    {
        Failure.NOT_FOUND: Policy(0.5, 1.5, 10.0),
        Failure.CONNECT: Policy(0.5, 2.0, 30.0),
        Failure.LOST: Policy(0.1, 2.0, 15.0),
        Failure.STALLED: Policy(0.5, 2.0, 60.0),
        Failure.REFUSED: Policy(1.0, 2.0, 60.0),
        Failure.FULL: Policy(5.0, 2.0, 60.0),
        Failure.ADAPTER: Policy(2.0, 2.0, 60.0),
    }
)
STABLE_S = 30.0  # chosen by us: a connection this old has shown that it works


@dataclass(frozen=True, slots=True)
class Backoff:
    """Memory between attempts: how often the same thing went wrong in a row.

    Searches without result are counted apart: a sensor may be out of the room for hours,
    and that says nothing of what goes wrong when it is near.

    Attributes:
        kind: the failure that repeats, never NOT_FOUND; None after a stable connection.
        run: how often in a row.
        misses: searches without result in a row.
        connected_s: when the present connection began, on the caller's monotonic clock.
    """

    kind: Failure | None = None
    run: int = 0
    misses: int = 0
    connected_s: float | None = None

    def connected(self, now_s: float) -> "Backoff":
        """The state once data can flow."""
        return replace(self, misses=0, connected_s=now_s)

    def failed(self, kind: Failure, now_s: float) -> tuple[float, "Backoff"]:
        """Seconds to wait before the next attempt, and the state to go on with."""
        stable = self.connected_s is not None and now_s - self.connected_s >= STABLE_S
        before = Backoff() if stable else replace(self, connected_s=None)
        if kind is Failure.NOT_FOUND:
            after = replace(before, misses=before.misses + 1)
            return _delay_s(POLICIES[kind], after.misses), after
        run = before.run + 1 if before.kind is kind else 1
        return _delay_s(POLICIES[kind], run), Backoff(kind, run)


def _delay_s(policy: Policy, run: int) -> float:
    steps = min(run - 1, 64)  # beyond this every policy stands at its longest
    return min(policy.longest_s, policy.first_s * policy.factor**steps)
