"""A profile and a mounting turned into what a sensor may vibrate for by itself."""

import logging
import math
from collections.abc import Callable

import numpy as np

from firmware_protocol.codes import Pattern, RuleKind
from firmware_protocol.control import SetNeutral, SetRule
from monitor.coaching import Manners
from monitor.link import CannotError, Orders
from monitor.model import Haptics, Mounting
from monitor.profiles import Profile, slouch_rad

log = logging.getLogger(__name__)

RULES = 4  # spec.md section 16.3
VECTOR_ONE = 16384  # 2^14; spec.md section 16.2
SLOUCH = 0  # index of the rule


def device_rules(profile: Profile, mounting: Mounting, haptics: Haptics) -> tuple[SetRule, ...]:
    """All rules of a sensor: the slouch of the profile, where it sits so that it can see one.

    The sensor knows neither sitting nor walking, and no upper end of a slouch: it is coarser
    than the alert of the same name, and keeps the same pauses. What is not wanted is off.
    """
    alerts, manners = profile.alerts, Manners()
    on_rad, off_rad = slouch_rad(profile, mounting)
    sees = mounting.forward_known and on_rad < math.pi
    rules = [_off(index) for index in range(RULES)]
    if haptics is Haptics.OUT_OF_RANGE and sees:
        tall_rad = mounting.sit_tall_rad
        on_ddeg = min(1799, max(1, round(math.degrees(tall_rad + on_rad) * 10)))
        rules[SLOUCH] = SetRule(
            id=0,
            index=SLOUCH,
            kind=RuleKind.FORWARD,
            on_ddeg=on_ddeg,
            off_ddeg=min(on_ddeg, max(0, round(math.degrees(tall_rad + off_rad) * 10))),
            dwell_100ms=round(alerts.slouch_s * 10),
            cooldown_s=round(manners.apart_s),
            most_per_hour=manners.most_per_hour,
            pattern=Pattern.POSTURE,
            times=1,
            flags=0,  # silent while a host is there, which knows better
        )
    return tuple(rules)


def device_neutral(mounting: Mounting) -> SetNeutral:
    """Up and forward in sensor axes, as the mounting has them."""
    forward, _, up = np.rint(np.asarray(mounting.matrix()) * VECTOR_ONE).astype(int).tolist()
    return SetNeutral(0, *up, *forward)


def brief(orders: Orders, profile: Profile, haptics: Haptics) -> Callable[[Mounting], None]:
    """What tells a sensor of each mounting; only what differs goes over the air."""

    def tell(mounting: Mounting) -> None:
        orders.set_neutral(device_neutral(mounting))
        orders.set_rules(device_rules(profile, mounting, haptics))

    return tell


def _off(index: int) -> SetRule:
    """A rule that does nothing; a host before us may have left one."""
    return SetRule(
        id=0,
        index=index,
        kind=RuleKind.OFF,
        on_ddeg=1,
        off_ddeg=0,
        dwell_100ms=0,
        cooldown_s=0,
        most_per_hour=0,
        pattern=Pattern.EVENT,
        times=1,
        flags=0,
    )


async def vibrate(orders: Orders, pattern: Pattern) -> bool:
    """Whether a connected sensor has begun to play; a sensor that cannot is no failure."""
    try:
        await orders.play(pattern)
    except CannotError as error:
        log.debug("%s", error)
        return False
    return True


__all__ = ["brief", "device_neutral", "device_rules", "vibrate"]
