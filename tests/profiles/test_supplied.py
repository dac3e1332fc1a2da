"""A file of thresholds is a profile, or says in one line why it is none."""

import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Placement
from monitor.profiles import PROFILES, placed
from monitor.supplied import LARGEST_BYTES, ProfileFileError, read_profile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "My Own.toml"


def test_what_is_named_differs_and_the_rest_is_that_of_the_base(file: Path) -> None:
    file.write_text(
        'base = "manual"\nversion = 3\n'
        "[alerts]\nsitting_s = 1200\nhold_speaks = false\n"
        "[states.activity]\nslouch_on_deg = 9\nslouch_off_rad = 0.1\n"
        "[states.bending]\nlift_descent_s = [0.2, 2.5]\n"
        "[states.bending.knees]\nsquat_m = 0.3\n"
    )
    found = read_profile(file)
    profile, base = found.profile, PROFILES["manual"]

    assert profile.key == profile.states.profile == profile.alerts.profile == "my-own/3"
    assert (profile.alerts.sitting_s, profile.alerts.hold_speaks) == (1200.0, False)
    assert profile.states.activity.slouch_on_rad == pytest.approx(math.radians(9))
    assert profile.states.activity.slouch_off_rad == 0.1
    assert profile.states.bending.lift_descent_s == (0.2, 2.5)
    assert profile.states.bending.knees.squat_m == 0.3
    assert profile.states.walking == base.states.walking
    assert profile.alerts.slouch_s == base.alerts.slouch_s
    assert len(found.changed) == 6


def test_an_empty_file_is_its_base_under_another_name(file: Path) -> None:
    file.write_text("")
    profile = read_profile(file).profile

    assert profile.key == "my-own/1"
    assert profile.states.bending == PROFILES["desk"].states.bending


def test_what_the_place_of_the_sensor_decides_is_said(file: Path) -> None:
    file.write_text("[states.activity]\nrecline_deg = -20\nslouch_on_deg = 9\n")
    found = read_profile(file)

    assert found.overruled(placed(found.profile, Placement.UPPER_BACK)) == []
    assert found.overruled(placed(found.profile, Placement.CHEST)) == [
        "states.activity.recline_rad"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("garbage", "is no TOML"),
        ("[states.activity]\nslouch_on_degg = 3", "is slouch_on_deg meant?"),
        ("[states.activity]\nslouch_on_deg = 700", "use 1.2 to 120, the usual is 12"),
        ("[states.activity]\nslouch_on_deg = nan", "write a number"),
        ("[states.activity]\nslouch_on_deg = 3\nslouch_on_rad = 0.1", "said twice"),
        ("[states.holding]\nreference_s = 2.5", "write a whole number"),
        ("[states.bending]\nlift_descent_s = [3, 1]", "the smaller number comes first"),
        ("[states.bending]\nlift_descent_s = 1", "write 2 numbers"),
        ("states = 3", "write [states]"),
        ("[alerts]\nsitting_s = true", "write a number"),
        ("[alerts]\nhold_speaks = 1", "write true or false"),
        ("[alerts]\nsitting_s = -5", "out of range"),
        ("[states]\nprofile = 'x'", "states.profile is no threshold"),
        ("[states.activity.believing.looking]\nweights = [1]", "is no threshold"),
        ("name = '../x'", "name = '../x'"),
        ("version = 0", "a whole number from 1 on"),
        ("base = 'gym'", "one of desk, manual, training"),
        ("# " + "x" * LARGEST_BYTES, "that is no profile"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_profile_says_why(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(ProfileFileError) as found:
        read_profile(file)

    assert str(found.value).startswith(f"{file}: ")
    assert message in str(found.value)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.toml"):
        with pytest.raises(ProfileFileError, match="cannot be read"):
            read_profile(path)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_profile_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "p.toml"
    path.write_bytes(content)

    with suppress(ProfileFileError):
        assert read_profile(path).profile.key
