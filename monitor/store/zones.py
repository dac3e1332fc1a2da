"""The time zone that days are kept in, turned into a name that other programs know."""

import os
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.model import NS_PER_S

HALF_YEAR_S = 183 * 86_400
LOCALTIME = Path("/etc/localtime")  # on Linux and macOS; leads into the zone files


def zone_name(at_ns: int, zone: tzinfo | None = None) -> str:
    """Such as "Europe/Berlin"; "+02:00", how far it is ahead at `at_ns`, where no name is known.

    Args:
        zone: None is this computer's own.
    """
    at_s = at_ns // NS_PER_S
    name = zone.key if isinstance(zone, ZoneInfo) else None
    if zone is None:
        found = _found()
        name = found if _is_ours(found, at_s) else None
    if name is not None:
        return name
    offset = datetime.fromtimestamp(at_s, zone).astimezone(zone).utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _found() -> str:
    """What this computer's zone may be called; empty where nothing says it."""
    led = os.environ.get("TZ", "").removeprefix(":") or os.fspath(LOCALTIME.resolve())
    return led.rpartition("zoneinfo/")[2].removeprefix("posix/")


def _is_ours(name: str, at_s: int) -> bool:
    """Whether a zone of that name has the clock of this computer, in summer and winter."""
    zone = _named(name)
    return zone is not None and all(
        datetime.fromtimestamp(each, zone).utcoffset()
        == datetime.fromtimestamp(each).astimezone().utcoffset()
        for each in (at_s, at_s + HALF_YEAR_S)
    )


@lru_cache(maxsize=8)
def _named(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
