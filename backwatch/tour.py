"""The demo's tour: the profile and the manners that make each alert happen within three minutes."""

from dataclasses import replace

from dashboard.demo import USUAL, Pace
from monitor.coaching import Manners
from monitor.profiles import PROFILES, Profile

_KEY = "tour/1"
_DESK = PROFILES[USUAL]

# As at a desk, but what takes minutes is told after seconds, and flexed holding is told of. What
# each is for is seen in `simulator.plays.demo_acts`, of three minutes. All ours.
PROFILE = Profile(
    "tour",
    1,
    replace(_DESK.states, profile=_KEY),
    replace(
        _DESK.alerts,
        profile=_KEY,
        slouch_s=15.0,
        static_s=35.0,
        sitting_s=80.0,
        standing_s=9.0,
        break_s=8,
        hold_speaks=True,
        hold_dose=0.02,
        again_s=165.0,
        notice_s=15.0,
    ),
)

# Nothing is held back for having been told a moment ago: the next round is three minutes away.
MANNERS = Manners(
    apart_s=4.0,
    most_per_hour=10_000,
    most_per_day=10_000,
    lifts_per_hour=10_000,
    lifts_per_day=10_000,
    jolts_apart_s=0.0,
    most_backoff=1,
    baseline=False,
)

PACE = Pace(PROFILE, MANNERS)

__all__ = ["PACE"]
