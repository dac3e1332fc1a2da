"""Runs of seconds turned into bouts, breaks, shifts and holds, from one minute to the next."""

from dataclasses import dataclass, field

from monitor.model import NS_PER_S, Activity, Posture
from monitor.model.exposure import Bout, Zone

SEATED = (Activity.SIT, Activity.UPRIGHT, Activity.RECLINE)
UP = (Activity.STAND, Activity.WALK)
AWAY = (Activity.LIE, Activity.NOT_WORN)
ZONES = (Zone.UNDER_20, Zone.FROM_20_TO_60, Zone.OVER_60)  # of the lean, if nothing else says


@dataclass(frozen=True, slots=True)
class Params:
    """Definitions, the same for all profiles: days compare."""

    # A state may be back-dated, not worn by 600 s of stillness and the window it was seen in.
    settle_s: float = 660.0  # s; a minute's dose is told so long after it. Ours
    break_s: float = 60.0  # s; of standing or walking that end a sitting bout. Ours
    beyond_s: float = 1800.0  # s; of a sitting bout, as its prompt. Ours
    bout_s: float = 5.0  # s; shorter ones are no bout. Ours
    unbroken_s: float = 2.5  # s; beats further apart have a gap between them; slow sensors: 2. Ours
    forget_s: float = 300.0  # s; without data, after which clocks start anew. Ours
    cut_rad: tuple[float, float] = (0.3491, 1.0472)  # 20 and 60 deg; ISO 11226, EN 1005-4
    exceeded: float = 1.0  # 1; of the holding time of ISO 11226:2000
    rearmed: float = 0.5  # of it; recovered so far, the next exceedance counts again. Ours


@dataclass(slots=True)
class Seconds:
    """What the seconds of one minute add up to."""

    seated_s: float = 0.0
    beyond_s: float = 0.0
    slouched_s: float = 0.0
    doubted_s: float = 0.0
    breaks: int = 0
    shifts: int = 0
    longest_static_s: float = 0.0
    longest_sitting_s: float = 0.0
    exceedances: int = 0
    bouts: list[Bout] = field(default_factory=list)


@dataclass(slots=True)
class Clocks:
    """What lasts longer than a second: the bout, the sitting bout and the hold under way.

    Seconds may be taken one by one or many alike at a time; clocks of sitting outlive a gap of
    up to `forget_s`.

    Attributes:
        stop_ns: end of the last run; None: there was none.
        activity, static_since_ns: of that one, as far as nothing has come between.
    """

    stop_ns: int | None = None
    activity: Activity = Activity.UNKNOWN
    static_since_ns: int | None = None
    bout: tuple[Activity, Zone] | None = None
    bout_s: float = 0.0
    sitting_s: float = 0.0
    up_s: float = 0.0
    armed: bool = True

    def take(
        self,
        params: Params,
        found: Seconds,
        start_ns: int,
        stop_ns: int,
        activity: Activity,
        posture: Posture,
        trusted: bool,
        zone: int,
        static_since_ns: int | None,
        hold: int,
    ) -> None:
        """Count a run, as `monitor.model.exposure.Run` has it; `zone` is an index into ZONES.

        A run that follows another begins where it ends; what begins elsewhere has a gap before.
        """
        gap_ns = 0 if self.stop_ns is None else start_ns - self.stop_ns
        # The first second after a gap is taken to have lasted one.
        if not -NS_PER_S <= gap_ns <= (params.forget_s - 1.0) * NS_PER_S:
            self.sitting_s, self.up_s, self.armed = 0.0, 0.0, True
        if gap_ns or self.stop_ns is None:
            self._close_bout(params, found)
            self.static_since_ns = None
        length_s = (stop_ns - start_ns) / NS_PER_S
        if not trusted and activity not in AWAY:
            self._close_bout(params, found)  # in which zone, nobody knows
        else:
            self._bout(params, found, activity, zone, length_s)
        self._sit(params, found, activity, posture, trusted, length_s)
        if activity not in AWAY:
            self._hold(found, activity, stop_ns, static_since_ns, hold)
        self.stop_ns, self.activity, self.static_since_ns = stop_ns, activity, static_since_ns

    def end(self, params: Params, found: Seconds) -> None:
        """The segment is over."""
        self._close_bout(params, found)
        self.activity = Activity.UNKNOWN

    def _bout(
        self, params: Params, found: Seconds, activity: Activity, zone: int, length_s: float
    ) -> None:
        bout = (activity, _zone(activity, zone))
        if bout != self.bout:
            self._close_bout(params, found)
            self.bout = bout
        self.bout_s += length_s

    def _close_bout(self, params: Params, found: Seconds) -> None:
        if self.bout is not None and self.bout_s >= params.bout_s:
            activity, zone = self.bout
            if activity not in (Activity.UNKNOWN, Activity.NOT_WORN):
                found.bouts.append(Bout(activity, zone, self.bout_s))
        self.bout, self.bout_s = None, 0.0

    def _sit(
        self,
        params: Params,
        found: Seconds,
        activity: Activity,
        posture: Posture,
        trusted: bool,
        length_s: float,
    ) -> None:
        """Count a part of the sitting bout; short times up belong to it."""
        if activity in SEATED:
            self.sitting_s += self.up_s + length_s
            self.up_s = 0.0
            found.seated_s += length_s
            over_s = max(0.0, self.sitting_s - params.beyond_s)
            # A single second counts whole.
            found.beyond_s += (
                length_s if over_s and length_s <= params.unbroken_s else min(length_s, over_s)
            )
            if posture is Posture.SLOUCHED:
                found.slouched_s += length_s
            if not trusted:
                found.doubted_s += length_s
            found.longest_sitting_s = max(found.longest_sitting_s, self.sitting_s)
        elif activity in AWAY:
            self.sitting_s = self.up_s = 0.0
        elif activity in UP and self.sitting_s:
            self.up_s += length_s
            if self.up_s >= params.break_s:
                found.breaks += 1
                self.sitting_s = self.up_s = 0.0

    def _hold(
        self,
        found: Seconds,
        activity: Activity,
        stop_ns: int,
        static_since_ns: int | None,
        hold: int,
    ) -> None:
        if static_since_ns is not None:
            static_s = (stop_ns - static_since_ns) / NS_PER_S
            found.longest_static_s = max(found.longest_static_s, static_s)
        if (
            self.static_since_ns is not None
            and self.static_since_ns != static_since_ns
            and self.activity in SEATED
            and activity in SEATED
        ):
            found.shifts += 1
        if self.armed and hold > 0:
            found.exceedances += 1
            self.armed = False
        elif hold < 0:
            self.armed = True


def _zone(activity: Activity, zone: int) -> Zone:
    if activity is Activity.LIE:
        return Zone.LIE
    if activity is Activity.RECLINE:
        return Zone.RECLINE
    return ZONES[zone]
