"""docs/thresholds.md says what the profiles decide by, and the path decides by nothing else."""

import re
from dataclasses import fields, replace

import pytest

from monitor.alerts import Alerts
from monitor.model import NS_PER_S, Activity, Beat, Posture, StateChange
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Interpret
from monitor.profiles import PROFILES, Profile
from monitor.thresholds import thresholds
from tools.thresholds import OUT, text

AXES = mounting_from_axes("+x", "-z")


def test_the_document_is_what_the_profiles_say():
    assert OUT.read_text(encoding="utf-8") == text(), "run python tools/thresholds.py"


def test_every_threshold_says_where_it_comes_from():
    """By the comment beside it, or by the description of its group."""
    silent = [
        f"{row.group}.{row.name}"
        for row in thresholds(PROFILES["desk"])
        if not row.said and "ADR" not in row.title
    ]

    assert silent == []


def test_thresholds_of_our_own_are_counted():
    ours = [row for row in thresholds(PROFILES["desk"]) if row.ours]

    assert {"slouch_on_rad", "slip_rad"} - {row.name for row in ours} == {"slip_rad"}
    assert "flexed_after_s" not in {row.name for row in ours}  # ISO 11226
    assert f"{len(ours)} of them are ours" in text()


def wearing(profile: Profile) -> dict[str, object]:
    """What an `Interpret` decides by, by the name in the profile."""
    made = Interpret(profile, AXES, 3.0)
    made.rezero(0, "page")  # type: ignore[arg-type]  # who asks does not matter
    assert made._rezeroing is not None
    return {
        "states": made.states.params,
        "alerts": made.alerts.params,
        "orientation": made.orientation.params,
        "hints": made.hints.params,
        "doses": made.doses.params,
        "slip": made.slip.params,
        "doubt": made.doubt.params,
        "rezero": made._rezeroing.params,
    }


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("orientation", "settle_s", 2.5),
        ("hints", "not_worn_s", 61.0),
        ("doses", "break_s", 61.0),
        ("slip", "slip_rad", 0.3),
        ("doubt", "settle_s", 6.0),
        ("rezero", "still_s", 2.5),
    ],
)
def test_the_path_decides_by_the_profile(group, name, value):
    profile = PROFILES["desk"]
    changed = replace(profile, **{group: replace(getattr(profile, group), **{name: value})})

    assert getattr(wearing(changed)[group], name) == value


def test_every_group_of_a_profile_is_put_to_use_somewhere():
    elsewhere = {"neutral", "guide", "trunk"}  # files, the guide, two sensors
    groups = {field.name for field in fields(Profile)} - {"name", "version"}

    assert groups == set(wearing(PROFILES["desk"])) | elsewhere


def seconds_until_told(profile: Profile) -> int:
    alerts = Alerts(profile.alerts)
    alerts.push(StateChange(0, Activity.SIT, Posture.SLOUCHED, 0.9, profile.key))
    for second in range(1, 200):
        beat = Beat(second * NS_PER_S, Activity.SIT, Posture.SLOUCHED, 0.3, None, 0.0)
        if any(alert.rule == "slouch" for alert in alerts.push(beat)):
            return second
    return 0


def test_training_tells_of_leaning_forward_after_ten_seconds():
    told = {name: seconds_until_told(profile) for name, profile in PROFILES.items()}

    assert told == {"desk": 60, "manual": 60, "training": 10}


def test_every_document_named_in_the_code_is_here():
    """A source nobody can open is none."""
    root = OUT.parents[1]
    packages = ("backwatch", "dashboard", "firmware_protocol", "monitor", "simulator", "tools")
    there = {
        path.name
        for folder in ("docs", *packages)
        for path in (root / folder).rglob("*.md")
        if "node_modules" not in path.parts
    } | {path.name for path in root.glob("*.md")}
    named = {
        (name, str(path.relative_to(root)))
        for package in packages
        for suffix in ("py", "c", "h")
        for path in (root / package).rglob(f"*.{suffix}")
        if "node_modules" not in path.parts
        for name in re.findall(r"\b([a-z0-9][\w-]*\.md)\b", path.read_text(encoding="utf-8"))
    }

    assert {(name, where) for name, where in named if name not in there} == set()
    assert "spec.md" in {name for name, _ in named}  # it does look
