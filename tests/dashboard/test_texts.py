"""The words of alerts."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.texts import alert_text, duration_words

RULES = [
    "slouch", "static", "sitting", "standing", "lift", "repetitive", "hold", "fall", "jolt",
]  # fmt: skip
CLAIMS = re.compile(
    r"prevent|treat|spasm|injur|risk|pain|diagnos|therap|heal|danger|bad|wrong|poor|correct", re.I
)
VALUES = st.dictionaries(
    st.sampled_from(
        ["angle_deg", "duration_s", "threshold_s", "share_of_window", "peak_sagittal_deg",
         "turn_deg", "per_min", "peak_g"]
    ),
    st.floats(0, 1e5),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "values", "title"),
    [
        ("slouch", {"duration_s": 870.0, "threshold_s": 60.0}, "Leaning forward for 14 min"),
        (
            "slouch",
            {"duration_s": 5.0, "threshold_s": 60.0},
            "Leaning forward for most of the last minutes",
        ),
        ("static", {"duration_s": 1200.0}, "In one position for 20 min"),
        ("sitting", {"duration_s": 1800.0}, "Seated or standing still for 30 min"),
        ("standing", {"duration_s": 4200.0}, "Standing for 1 h 10 min"),
        ("lift", {"peak_sagittal_deg": 84.6}, "A demanding bend: 85° forward"),
        (
            "lift",
            {"peak_sagittal_deg": 60.0, "turn_deg": 40.0},
            "A demanding bend: 60° forward, turned while bent",
        ),
        ("repetitive", {"per_min": 2.42}, "2.4 deep bends a minute"),
        ("hold", {"angle_deg": 41.0}, "Staying bent at 41°"),
        ("fall", {}, "A movement like a fall"),
        ("jolt", {"peak_g": 3.14}, "A jolt of 3.1 g"),
        ("new_rule", {}, "Noticed: new rule"),
    ],
)
def test_an_alert_says_what_was_measured(
    rule: str, values: Mapping[str, float], title: str
) -> None:
    assert alert_text(rule, values).title == title


@given(st.sampled_from(RULES), VALUES)
def test_whatever_the_numbers_the_words_are_neutral_and_there_is_one_action(
    rule: str, values: dict[str, float]
) -> None:
    text = alert_text(rule, values)

    assert text.title
    assert not CLAIMS.search(f"{text.title} {text.action}")
    assert text.action.endswith(".")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
    ],
)
def test_durations_are_rounded_down(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
