"""What a person has set, read back or refused in a line."""

from datetime import time

import pytest

from monitor.coaching import Channel, Hours, Manners, Wishes
from monitor.coaching.settings import (
    SettingError,
    check,
    hours_text,
    read_hours,
    read_manners,
    read_wishes,
)


def test_nothing_set_is_the_default() -> None:
    assert read_manners({}) == Manners()
    assert read_wishes({}, trial_silent=False) == Wishes()


def test_what_is_set_takes_the_place_of_the_default() -> None:
    manners = read_manners(
        {
            "apart_s": 600,
            "most_per_day": 10,
            "quiet": ["22:00-06:30"],
            "working": ["Mon,Fri 09:00-17:00"],
            "channels": ["page"],
            "snoozed_until_ns": 5,
        }
    )

    assert (manners.apart_s, manners.most_per_day) == (600.0, 10)
    assert manners.quiet == (Hours(time(22), time(6, 30)),)
    assert manners.working == (Hours(time(9), time(17), (0, 4)),)
    assert manners.channels == {Channel.PAGE}


def test_a_switch_of_the_page_is_on_or_off_and_no_manner() -> None:
    check("page_sound", True)
    with pytest.raises(SettingError, match="neither true nor false"):
        check("page_sound", "loud")

    assert read_manners({"page_sound": True}) == Manners()


def test_nobody_has_a_first_day_in_a_simulation() -> None:
    assert not read_manners({}, simulated=True).baseline


@pytest.mark.parametrize("text", ["22:00-06:30", "Mon,Tue 09:00-17:00", "Sun 00:00-23:59"])
def test_hours_survive_their_text(text: str) -> None:
    assert hours_text(read_hours("quiet", text)) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("apart_s", 5),
        ("apart_s", "long"),
        ("apart_s", True),
        ("most_per_hour", 2.5),
        ("quiet", "22:00-06:30"),
        ("quiet", ["22:00"]),
        ("quiet", ["22:00-22:00"]),
        ("quiet", ["Someday 09:00-10:00"]),
        ("quiet", [7]),
        ("channels", ["telepathy"]),
        ("channels", "page"),
        ("volume", 11),
        ("plan", ["later Ten bridges"]),
        ("plan", ["15:00"]),
        ("plan", "15:00 Ten bridges"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingError, match=name):
        check(name, value)


def test_a_call_counts_whether_said_or_seen() -> None:
    said = read_wishes({"in_call": True}, trial_silent=False)
    seen = read_wishes({}, trial_silent=False, seen=Wishes(in_call=True))

    assert said.in_call
    assert seen.in_call
    assert read_wishes({"pain": True}, trial_silent=True) == Wishes(pain=True, trial_silent=True)
