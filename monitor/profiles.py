"""Threshold profiles: versioned data that decide states, events and alerts."""

from dataclasses import dataclass

from monitor import alerts, states

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
    "desk": _profile("desk", 1, hold_speaks=False),
    "manual": _profile("manual", 1, hold_speaks=True),
}
