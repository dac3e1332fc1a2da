"""Whether entries have gone up: the one thing said about them, and where it leads."""

from collections.abc import Sequence
from statistics import fmean

from monitor.model import NS_PER_S
from monitor.model.journal import CheckIn

DAY_NS = 86_400 * NS_PER_S
RECENT_DAYS = 7  # chosen by us
EARLIER_DAYS = 21  # before those; chosen by us
LEAST_ENTRIES = 3  # in each; chosen by us
MORE = 2.0  # points of 10, a change people notice; Farrar 2001, 10.1016/S0304-3959(01)00349-9

SEE_SOMEONE = (
    "Your entries of the last week are higher than those of the weeks before. "
    "Show them to a doctor or physiotherapist."
)


def gone_up(check_ins: Sequence[CheckIn], now_ns: int) -> bool:
    """Whether the mean pain of the last week is two points above that of the three weeks before."""
    recent_ns = now_ns - RECENT_DAYS * DAY_NS
    earlier_ns = recent_ns - EARLIER_DAYS * DAY_NS
    said = [(one.at_ns, one.pain) for one in check_ins if one.pain is not None]
    recent = [pain for at_ns, pain in said if recent_ns <= at_ns <= now_ns]
    earlier = [pain for at_ns, pain in said if earlier_ns <= at_ns < recent_ns]
    if min(len(recent), len(earlier)) < LEAST_ENTRIES:
        return False
    return fmean(recent) - fmean(earlier) >= MORE
