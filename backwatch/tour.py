"""The demo's tour: the profile and the manners that make each alert happen within three minutes."""

from dataclasses import replace
from math import radians

from dashboard.demo import USUAL, Pace
from monitor.coaching import Manners
from monitor.profiles import PROFILES, Profile

_KEY = "tour/2"
_DESK = PROFILES[USUAL]

# As at a desk, but what takes minutes is told after seconds, flexed holding is told of, and there
# is a limit of the person's own. What each is for is seen in `simulator.plays.demo_acts`, of three
# minutes. All ours.
PROFILE = Profile(
    "tour",
    2,
    replace(
        _DESK.states,
        profile=_KEY,
        activity=replace(
            _DESK.states.activity,
            recline_s=12.0,
            lie_s=20.0,
            not_worn_epoch_s=2.0,
            not_worn_s=6.0,
            # So soon the gyroscope's offset is not known as well, so the acceleration decides.
            not_worn_gyro_radps=radians(0.9),
            not_worn_acc_mps2=0.015,
        ),
    ),
    replace(
        _DESK.alerts,
        profile=_KEY,
        slouch_s=12.0,
        static_s=16.0,
        sitting_s=40.0,
        standing_s=5.0,
        break_s=8,
        hold_speaks=True,
        hold_dose=0.02,
        repetitive_per_min=6.0,
        repetitive_window_s=30.0,
        limit_deg=80.0,
        again_s=165.0,
        notice_s=10.0,
    ),
    slip=replace(_DESK.slip, look_s=2),
    doubt=replace(_DESK.doubt, settle_s=1.0),
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
