"""Verdicts turned into thresholds to try, and thresholds into profiles."""

from math import radians

import pytest

from monitor.coaching.advice import advise
from monitor.model import Alert, Severity
from monitor.model.journal import Verdict
from monitor.profiles import PROFILES, THRESHOLDS, personal

RIGHT, WRONG, HAD_TO = Verdict.RIGHT, Verdict.WRONG, Verdict.HAD_TO
IN_FORCE = {name: (one.read(PROFILES["desk"]), one.high) for name, one in THRESHOLDS.items()}


def judged(rule: str, *said: tuple[float, Verdict]) -> list[tuple[Alert, Verdict]]:
    return [
        (Alert(0, rule, Severity.INFO, 0, "desk/1", {"angle_deg": angle}), verdict)
        for angle, verdict in said
    ]


def test_wrong_ones_at_small_angles_suggest_a_larger_one() -> None:
    said = judged("slouch", *[(13.5, WRONG)] * 5, *[(21.0, RIGHT)] * 5)
    (advice,) = advise(said, IN_FORCE)

    assert (advice.name, advice.now) == ("slouch_on_deg", pytest.approx(12.0, abs=0.01))
    assert 13.5 < advice.value <= 21.0
    assert advice.why == "You called 5 of 10 wrong; from 14° on it would have been 0."


def test_angles_are_judged_over_sitting_tall() -> None:
    said = [
        (Alert(0, "slouch", Severity.INFO, 0, "desk/1", values), verdict)
        for values, verdict in (
            *[({"angle_deg": 23.5, "sit_tall_deg": 10.0}, WRONG)] * 5,
            *[({"angle_deg": 31.0, "sit_tall_deg": 10.0}, RIGHT)] * 5,
        )
    ]
    (advice,) = advise(said, IN_FORCE)

    assert 13.5 < advice.value <= 21.0


@pytest.mark.parametrize(
    "said",
    [
        [],
        judged("slouch", *[(13.0, WRONG)] * 7),  # too few
        judged("slouch", *[(13.0, RIGHT)] * 20),
        judged("slouch", *[(13.0, HAD_TO)] * 20),
        judged("slouch", *[(25.0, WRONG), (14.0, RIGHT)] * 5),  # angles do not tell them apart
        judged("sitting", *[(0.0, WRONG)] * 4, *[(0.0, RIGHT)] * 4),
        judged("fall", *[(0.0, WRONG)] * 20),
    ],
)
def test_most_verdicts_suggest_nothing(said: list) -> None:
    assert advise(said, IN_FORCE) == []


def test_a_reminder_mostly_called_wrong_could_wait_longer() -> None:
    (advice,) = advise(judged("sitting", *[(0.0, WRONG)] * 6, *[(0.0, RIGHT)] * 2), IN_FORCE)

    assert (advice.name, advice.now, advice.value) == ("sitting_s", 1800.0, 2280.0)


def test_no_threshold_is_suggested_beyond_its_range() -> None:
    at_most = {**IN_FORCE, "sitting_s": (3600.0, 3600.0)}

    assert advise(judged("sitting", *[(0.0, WRONG)] * 9), at_most) == []


@pytest.mark.parametrize("name", THRESHOLDS)
def test_a_threshold_made_ones_own_is_in_force_and_in_the_key(name: str) -> None:
    threshold = THRESHOLDS[name]
    profile = personal(PROFILES["desk"], {name: threshold.high})

    assert threshold.read(profile) == pytest.approx(threshold.high)
    assert profile.states.profile == profile.alerts.profile
    assert profile.states.profile == f"{PROFILES['desk'].key}+{name}={threshold.high:g}"


def test_the_way_back_keeps_its_share() -> None:
    activity = personal(PROFILES["desk"], {"slouch_on_deg": 18.0}).states.activity

    assert activity.slouch_off_rad == pytest.approx(radians(12.0), rel=1e-3)


def test_nothing_of_ones_own_is_the_profile_itself() -> None:
    assert personal(PROFILES["desk"], {}) is PROFILES["desk"]


@pytest.mark.parametrize("values", [{"slouch_on_deg": 4.0}, {"sitting_s": 9999.0}, {"mood": 1.0}])
def test_what_is_not_allowed_is_named(values: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        personal(PROFILES["desk"], values)
