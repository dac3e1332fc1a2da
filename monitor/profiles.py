"""Threshold profiles: versioned data that decide states, events and alerts."""

from dataclasses import dataclass, replace
from math import pi

from monitor import alerts, states
from monitor.model import Placement
from monitor.states import belief, bends, evidence, weights

# A profile's version goes up whenever one of its thresholds changes: stored states,
# events and alerts carry it, so that old rows stay explicable.


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that can be set about interpretation, under one name."""

    name: str
    version: int
    states: states.Params
    alerts: alerts.Params

    @property
    def key(self) -> str:
        """What is stored with each result, e.g. "desk/1"."""
        return f"{self.name}/{self.version}"


def _profile(name: str, version: int, *, hold_speaks: bool) -> Profile:
    key = f"{name}/{version}"
    return Profile(
        name,
        version,
        states.Params(profile=key),
        alerts.Params(profile=key, hold_speaks=hold_speaks),
    )


PROFILES = {
    # Desk: a desk may carry the trunk, so flexed holding is shown but not spoken of.
    "desk": _profile("desk", 2, hold_speaks=False),
    "manual": _profile("manual", 2, hold_speaks=True),
}

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
        # Casale et al. 2012), so only more than that is a recline.
        activity = replace(
            activity, recline_rad=CHEST_RECLINE_RAD, recline_leave_rad=CHEST_RECLINE_RAD * 0.8
        )
    if placement not in SEES_THE_CHEST:
        activity = replace(activity, slouch_on_rad=pi, recline_rad=-pi)
        bending = bends.at_the_pelvis(bending)
    return replace(profile, states=replace(profile.states, activity=activity, bending=bending))
