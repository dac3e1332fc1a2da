"""Beats turned into the time since the last real break."""

from monitor.alerts import Params
from monitor.model import NS_PER_S, Activity, Beat

SEATED = (Activity.SIT, Activity.UPRIGHT, Activity.RECLINE)
UP = (Activity.STAND, Activity.WALK)


class SeatedClock:
    """Since when the person has been seated or standing still.

    The same clock as the one behind the "sitting" alert (`monitor.alerts`), for the page to
    show before it strikes; a test holds the two together.

    Attributes:
        params: others may be put in their place; the clock goes on.
    """

    def __init__(self, params: Params) -> None:
        self.params = params
        self._since_ns: int | None = None
        self._last_ns: int | None = None
        self._up_s = 0

    def beat(self, beat: Beat) -> None:
        """Take the next second of data."""
        self.pass_time(beat.at_ns)
        self._last_ns = beat.at_ns
        self._up_s = self._up_s + 1 if beat.activity in UP else 0
        if beat.activity in SEATED and self._since_ns is None:
            self._since_ns = beat.at_ns
        if self._up_s >= self.params.break_s or beat.activity in (
            Activity.LIE,
            Activity.NOT_WORN,
        ):
            self._since_ns = None

    def pass_time(self, at_ns: int) -> None:
        """Forget after too long without data."""
        if self._last_ns is None:
            return
        if (at_ns - self._last_ns) / NS_PER_S > self.params.forget_s:
            self._since_ns, self._last_ns, self._up_s = None, None, 0

    @property
    def since_ns(self) -> int | None:
        """None while there is nothing to break [ns since the epoch, UTC]."""
        return self._since_ns

    @property
    def break_due_ns(self) -> int | None:
        """When a break is worth taking; None where `since_ns` is."""
        if self._since_ns is None:
            return None
        return self._since_ns + round(self.params.sitting_s * NS_PER_S)
