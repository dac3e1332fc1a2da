"""Threshold profiles: versioned data that decide states, events and alerts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import degrees, pi, radians
from types import MappingProxyType
from typing import Any

from monitor import alerts, states
from monitor.calibration import RezeroParams
from monitor.calibration.doubt import Params as DoubtParams
from monitor.calibration.guide import Params as GuideParams
from monitor.calibration.neutral import Params as NeutralParams
from monitor.calibration.slip import Params as SlipParams
from monitor.exposure.clocks import Params as DoseParams
from monitor.model import Mounting, Placement
from monitor.orientation import Params as OrientationParams
from monitor.states import belief, bends, evidence, weights
from monitor.states.hints import Params as HintParams
from monitor.trunk import Params as TrunkParams

# A profile's version goes up whenever one of its thresholds changes: stored states,
# events and alerts carry it, so that old rows stay explicable.


@dataclass(frozen=True, slots=True)
class Profile:
    """Every threshold that decides results or alerts, under one name; docs/thresholds.md."""

    name: str
    version: int
    states: states.Params
    alerts: alerts.Params
    orientation: OrientationParams = field(default_factory=OrientationParams)
    hints: HintParams = field(default_factory=HintParams)
    doses: DoseParams = field(default_factory=DoseParams)
    slip: SlipParams = field(default_factory=SlipParams)
    doubt: DoubtParams = field(default_factory=DoubtParams)
    rezero: RezeroParams = field(default_factory=RezeroParams)
    neutral: NeutralParams = field(default_factory=NeutralParams)
    guide: GuideParams = field(default_factory=GuideParams)
    trunk: TrunkParams = field(default_factory=TrunkParams)

    @property
    def key(self) -> str:
        """What is stored with each result, e.g. "desk/1"."""
        return f"{self.name}/{self.version}"


TRAINING_SLOUCH_S = 10.0  # s; products cue after 3 s to 10 min (Lumo Lift), 5 s (Backbone). Ours


def _profile(name: str, version: int, **alerting: Any) -> Profile:
    key = f"{name}/{version}"
    return Profile(
        name,
        version,
        states.Params(profile=key),
        alerts.Params(profile=key, **alerting),
    )


PROFILES = {
    # Desk: a desk may carry the trunk, so flexed holding is shown but not spoken of.
    "desk": _profile("desk", 9, hold_speaks=False),
    "manual": _profile("manual", 9, hold_speaks=True),
    # Training: as desk, for practice: leaning forward is told of after ten seconds.
    "training": _profile("training", 9, hold_speaks=False, slouch_s=TRAINING_SLOUCH_S),
}

CHEST_DECIDED = 0.75  # belief; at 0.7 more is named and less of it right. chest_desk, ADR 13
CHEST_STEPS_S = 5.0  # s; fidgets look like two to four steps there. chest_desk
CHEST_RECLINE_RAD = -0.4363  # rad; 25 deg backward. Ours
SEES_THE_CHEST = (Placement.UPPER_BACK, Placement.CHEST)


LOOKS = {
    # Upper and low back: no recordings say how sitting looks there, so only movements tell.
    Placement.UPPER_BACK: evidence.Params(),
    Placement.LOW_BACK: evidence.Params(),
    Placement.CHEST: weights.CHEST,
    Placement.WAIST: weights.WAIST,
}


def placed(profile: Profile, placement: Placement, *, calibrated: bool = False) -> Profile:
    """The profile for a sensor worn there, with its zero taken from standing or not.

    At the pelvis neither a slouch nor a recline can be told from sitting: sitting down tips
    the pelvis back by 12 to 34 deg (hapt_waist, Reyes-Ortiz et al. 2016). Both stay silent.
    Bends lean less there, and sink by the knees alone.
    """
    looking = LOOKS[placement]
    if not calibrated and not set(looking.features) <= set(evidence.SPECTRAL):
        looking = evidence.Params()
    believing = belief.placed(
        replace(profile.states.activity.believing, looking=looking), placement
    )
    activity = replace(profile.states.activity, believing=believing)
    bending = profile.states.bending
    if placement is Placement.CHEST:
        # Sitting at a desk turns a chest strap by up to 22 deg in any direction (chest_desk,
        # Casale et al. 2012), so only more than that is a recline. It turns as far in somebody
        # who rises, and talking people step: walking off says nothing of the chair there.
        activity = replace(
            activity,
            recline_rad=CHEST_RECLINE_RAD,
            recline_leave_rad=CHEST_RECLINE_RAD * 0.8,
            stood_s=0.0,
            decided=CHEST_DECIDED,
            steps_s=CHEST_STEPS_S,
            walk_sure=0.85,  # of the time told walking there. chest_desk
        )
    if placement not in SEES_THE_CHEST:
        activity = replace(activity, slouch_on_rad=pi, recline_rad=-pi)
        bending = bends.at_the_pelvis(bending)
    return replace(profile, states=replace(profile.states, activity=activity, bending=bending))


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of a profile that a person may make their own.

    Attributes:
        name: the unit in it.
        title: in words.
        low, high: what is allowed.
        source: where range and default come from.
        read: its value in a profile, in the unit of the name.
        write: the profile with another value.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    source: str
    read: Callable[[Profile], float]
    write: Callable[[Profile, float], Profile]

    def check(self, value: object) -> None:
        """Raises ValueError where the value is not allowed."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.name}: {value!r} is not a number")
        if not self.low <= value <= self.high:
            raise ValueError(
                f"{self.name}: {value:g} is not allowed; use {self.low:g} to {self.high:g} "
                f"{self.unit}"
            )


def _of_alerts(
    name: str, title: str, low: float, high: float, source: str, unit: str = "s"
) -> Threshold:
    def read(profile: Profile) -> float:
        return float(getattr(profile.alerts, name))

    def write(profile: Profile, value: float) -> Profile:
        changes: dict[str, Any] = {name: value}
        return replace(profile, alerts=replace(profile.alerts, **changes))

    return Threshold(name, title, unit, low, high, source, read, write)


def _slouch_on_deg(profile: Profile) -> float:
    return degrees(profile.states.activity.slouch_on_rad)


def _with_slouch_on_deg(profile: Profile, value: float) -> Profile:
    before = profile.states.activity
    # The way back keeps its share of the way there: 8 of 12 deg.
    off_rad = radians(value) * before.slouch_off_rad / before.slouch_on_rad
    activity = replace(before, slouch_on_rad=radians(value), slouch_off_rad=off_rad)
    return replace(profile, states=replace(profile.states, activity=activity))


THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        one.name: one
        for one in (
            Threshold(
                "slouch_on_deg",
                "Leaning forward counts from this angle over sitting tall",
                "deg",
                5.0,
                30.0,
                "ours: no threshold is published for one sensor on the upper back",
                _slouch_on_deg,
                _with_slouch_on_deg,
            ),
            _of_alerts("slouch_s", "Leaning forward for", 5.0, 600.0, "ours"),
            _of_alerts("sitting_s", "Seated without a break for", 1200.0, 3600.0,
                       "ours, after reviews of breaks (Waongenngarm 2018 and 2021)"),
            _of_alerts("standing_s", "Standing for", 600.0, 7200.0, "ours"),
            _of_alerts("static_s", "In one position for", 600.0, 3600.0, "ours"),
            _of_alerts("limit_deg", "Your own limit of leaning forward; a cue comes at 90 % of it",
                       20.0, 120.0, "you; off unless set", "deg"),
        )
    }
)  # fmt: skip


def slouch_rad(profile: Profile, mounting: Mounting) -> tuple[float, float]:
    """The leans over sitting tall at which a slouch begins and ends [rad].

    The person's own comes first, then what their calibration found, then the profile's; where
    the profile sees no slouch, there is none.
    """
    activity, found_rad = profile.states.activity, mounting.slouch_on_rad
    on_rad, off_rad = activity.slouch_on_rad, activity.slouch_off_rad
    own = "slouch_on_deg=" in profile.states.profile  # see `personal`
    if found_rad is None or own or on_rad >= pi:
        return on_rad, off_rad
    return found_rad, found_rad * off_rad / on_rad


def personal(profile: Profile, values: Mapping[str, float]) -> Profile:
    """The profile with a person's own thresholds; its key names them.

    Raises:
        ValueError: there is no such threshold, or the value is out of its range.
    """
    for name, value in sorted(values.items()):
        found = THRESHOLDS.get(name)
        if found is None:
            raise ValueError(f"{name}: not a threshold; known are {', '.join(THRESHOLDS)}")
        found.check(value)
        profile = found.write(profile, value)
    if not values:
        return profile
    own = ",".join(f"{name}={value:g}" for name, value in sorted(values.items()))
    key = f"{profile.key}+{own}"
    return replace(
        profile,
        states=replace(profile.states, profile=key),
        alerts=replace(profile.alerts, profile=key),
    )


def profile_of(key: str, *others: Profile) -> Profile | None:
    """The profile that a result was read with, by the key stored with it; None: not known here.

    Thresholds of a version that is not here any more cannot be told from its name.

    Args:
        others: profiles besides those of every day, such as the one in force in a demo.
    """
    for profile in others:
        if profile.alerts.profile == key:
            return profile
    base, _, own = key.partition("+")
    try:
        values = (
            {
                name: float(value)
                for name, _, value in (one.partition("=") for one in own.split(","))
            }
            if own
            else {}
        )
        for profile in (*PROFILES.values(), *others):
            if profile.alerts.profile == base:
                return personal(profile, values)
    except ValueError:
        pass
    return None
