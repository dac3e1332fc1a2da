"""The numbers that decided an alert, with their thresholds as of then."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from dashboard.reasons import Reasons, reasons_for
from monitor.coaching import RULES
from monitor.model import NS_PER_S, Alert, Severity
from monitor.profiles import PROFILES, personal, profile_of
from monitor.states.bends import technique_index

DESK = PROFILES["desk"]
AT = 1_790_000_000 * NS_PER_S
DEEP = {
    "peak_sagittal_deg": 85.0, "peak_bend_velocity_degps": 110.0, "turn_deg": 20.0,
    "peak_lateral_deg": -12.0,
}  # fmt: skip
TURNED = {**DEEP, "peak_sagittal_deg": 55.0, "peak_bend_velocity_degps": 40.0, "turn_deg": 40.0}


def why(rule: str, values: Mapping[str, float], key: str = DESK.key) -> Reasons:
    alert = Alert(AT, rule, Severity.INFO, AT - NS_PER_S, key, values)
    return reasons_for(alert, profile_of(key))


def told(reasons: Reasons) -> list[tuple[float | None, float | None, str, bool]]:
    return [(one.measured, one.threshold, one.unit, one.decided) for one in reasons.numbers]


@pytest.mark.parametrize(
    ("rule", "values", "first"),
    [
        ("static", {"duration_s": 1200.0, "threshold_s": 1200.0}, (1200.0, 1200.0, "s", True)),
        ("sitting", {"duration_s": 1801.0, "threshold_s": 1800.0}, (1801.0, 1800.0, "s", True)),
        ("hold", {"angle_deg": 40.0, "dose": 1.01, "duration_s": 152.0}, (101.0, 100.0, "%", True)),
        ("repetitive", {"per_min": 2.2, "threshold_per_min": 2.0}, (2.2, 2.0, "1/min", True)),
        ("limit", {"angle_deg": 37.0, "threshold_deg": 36.0}, (37.0, 36.0, "deg", True)),
        ("jolt", {"peak_g": 3.14, "posture_change_deg": 4.0}, (3.1, 2.5, "g", True)),
        ("fall", {"peak_g": 4.0, "posture_change_deg": 80.0}, (4.0, 2.2, "g", True)),
        ("fall", {"peak_g": 1.9, "posture_change_deg": 80.0}, (1.9, 1.7, "g", True)),
        ("lift", {**DEEP, **technique_index(dict(DEEP))}, (63.7, 60.0, "of 100", True)),
        ("lift", {**TURNED, **technique_index(dict(TURNED))}, (40.0, 30.0, "deg", True)),
        ("break_soon", {"due_s": 30.0}, (30.0, 30.0, "s", True)),
    ],
)
def test_the_number_that_decided_comes_first_with_its_threshold(
    rule: str, values: dict[str, float], first: tuple[float, float, str, bool]
) -> None:
    assert told(why(rule, values))[0] == first


def test_a_slouch_is_told_by_its_length_or_by_its_share() -> None:
    values = {"angle_deg": 24.0, "threshold_s": 60.0, "threshold_deg": 20.0}
    long = why("slouch", {**values, "duration_s": 61.0, "share_of_window": 0.1})
    often = why("slouch", {**values, "duration_s": 12.0, "share_of_window": 0.72})

    assert told(long)[0] == (61.0, 60.0, "s", True)
    assert told(often)[0] == (72.0, 70.0, "%", True)
    assert often.numbers[0].title == "Share of the last 10 min"
    assert (24.0, 20.0, "deg", False) in told(often)


def test_a_hold_says_how_long_it_lasted_and_what_would_have_been_accepted() -> None:
    found = why("hold", {"angle_deg": 40.0, "dose": 1.01, "duration_s": 152.0})

    assert found.numbers[0].title == "Of the 2 min that ISO 11226 accepts at this lean"
    assert told(found)[1:] == [(152.0, None, "s", False), (40.0, 20.0, "deg", False)]
    assert [line.deg for line in found.lines] == [20.0]


def test_a_lift_has_the_four_parts_of_its_index_and_which_made_it_demanding() -> None:
    deep = why("lift", {**DEEP, **technique_index(dict(DEEP))})
    turned = why("lift", {**TURNED, **technique_index(dict(TURNED))})

    assert [(part.name, part.measured) for part in deep.parts] == [
        ("depth", 85.0), ("velocity", 110.0), ("turn", 20.0), ("side", -12.0),
    ]  # fmt: skip
    assert sum(part.points for part in deep.parts) == pytest.approx(63.7, abs=0.2)
    assert [part.name for part in deep.parts if part.demanding] == ["depth"]
    assert [part.name for part in turned.parts if part.demanding] == ["turn"]


def test_points_that_were_given_otherwise_are_not_shown_beside_the_limits_of_now() -> None:
    parts = technique_index(dict(DEEP)) | {"index_depth": 12.0}

    assert why("lift", {**DEEP, **parts}).parts == ()


def test_thresholds_of_a_version_that_is_not_known_are_not_guessed() -> None:
    old = "desk/1"
    lift = why("lift", {**DEEP, "index": 70.0}, old)
    jolt = why("jolt", {"peak_g": 3.0, "posture_change_deg": 4.0}, old)

    assert told(lift) == [
        (70.0, None, "of 100", False), (20.0, None, "deg", False), (85.0, None, "deg", False),
    ]  # fmt: skip
    assert lift.lines == ()
    assert [one.threshold for one in jolt.numbers] == [None, None]
    assert told(why("static", {"duration_s": 9.0, "threshold_s": 8.0}, old)) == [
        (9.0, 8.0, "s", True)  # kept with the alert
    ]


@pytest.mark.parametrize("rule", [*RULES, "of_a_newer_version"])
@pytest.mark.parametrize("key", [DESK.key, "desk/1", "", "+,=", "desk/9+limit_deg=x", "nan"])
def test_an_alert_without_numbers_has_an_answer_too(rule: str, key: str) -> None:
    assert all(one.measured is None for one in why(rule, {}, key).numbers)


def test_a_key_names_the_profile_with_the_thresholds_of_its_person() -> None:
    own = personal(DESK, {"slouch_s": 30.0, "limit_deg": 40.0})
    tour = replace(DESK, name="tour", alerts=replace(DESK.alerts, profile="tour/2", static_s=16.0))
    mine = personal(tour, {"slouch_s": 30.0})

    assert profile_of(own.alerts.profile) == own
    assert profile_of("tour/2") is None
    assert profile_of("tour/2", tour) is tour
    assert profile_of(mine.alerts.profile, mine) is mine
    # What is the person's own now was not theirs then.
    assert profile_of("tour/2", mine) is None
    assert profile_of("desk/9+slouch_s=1e9") is None
