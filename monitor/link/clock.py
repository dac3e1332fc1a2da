"""Wall time that does not jump: UTC is read once, the monotonic clock advances it."""

import sys
import time
from collections.abc import Callable


def monotonic_ns() -> int:
    """A clock that only goes forward and, where the system has one, also while it sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class SteadyClock:
    """UTC as of the last `set`, plus the monotonic time since."""

    def __init__(
        self,
        utc_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._utc_ns = utc_ns
        self._monotonic_ns = monotonic_ns
        self.set()

    def set(self) -> None:
        """Read UTC anew; done once per connection."""
        self._offset_ns = self._utc_ns() - self._monotonic_ns()

    def now_ns(self) -> int:
        """UTC [ns since the epoch]."""
        return self._offset_ns + self._monotonic_ns()
