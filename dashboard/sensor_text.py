"""What is said where the sensor that counts is away."""

from collections.abc import Mapping

from monitor.service import Away


def away_text(away: Away | None, *, others_on: bool) -> str:
    """Why the day is not counted now, where another sensor is worn beside; else empty."""
    if away is None:
        return ""
    stands = " The other one does not stand in for it." if others_on else ""
    return f"The day is counted from the first sensor. {_AWAY[away]}{stands}"


_AWAY: Mapping[Away, str] = {
    Away.SEARCHING: "It has not been found yet.",
    Away.LOST: "It is lost and is being searched for.",
    Away.FLAT: "It is lost; its battery was nearly empty.",
    Away.SILENT: "It is connected, but sends no data.",
    Away.NOT_WORN: "It is not worn.",
    Away.CLOSED: "It has ended; start again to use it.",
}
