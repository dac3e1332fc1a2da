"""Whether the benchmarks still run; what they measure here, with tiny sizes, means nothing."""

import json
import math

import pytest

from tests.benchmarks import skdh
from tests.benchmarks.__main__ import SUBJECTS, main
from tests.benchmarks.browsing import ClocksDifferError, late_ms
from tests.benchmarks.figures import Figure, Subject, table
from tests.benchmarks.live import Stream, angle_deg

SMOKED = (
    "browsing",
    "clock",
    "interpretation",
    "page",
    "radio",
    "reports",
    "skdh",
    "storing",
)  # tests/faults has the soak


@pytest.mark.parametrize("name", SMOKED)
def test_a_subject_gives_figures_with_names_and_units(name, capsys):
    assert main(["--quick", "--json", "--only", name]) == 0

    told = json.loads(capsys.readouterr().out)
    (figures,) = told["subjects"].values()
    assert list(told["subjects"]) == [name]
    assert len({figure["name"] for figure in figures}) == len(figures) > 0
    for figure in figures:
        assert figure["value"] is None or math.isfinite(figure["value"])
        assert figure["value"] is not None or figure["note"]
        budget = figure["most"] is not None or figure["least"] is not None
        assert (figure["kept"] is not None) == (budget and figure["value"] is not None)


def test_a_subject_that_fails_is_told_and_the_others_go_on(capsys, monkeypatch):
    def fails(_):
        yield Figure("first", 1.0, "s")
        raise ValueError("no such thing")

    works = Subject("works", "Works", lambda _: [Figure("second", 2.0, "s")])
    subjects = (Subject("fails", "Fails", fails), works)
    monkeypatch.setattr("tests.benchmarks.__main__.SUBJECTS", subjects)

    assert main(["--json"]) == 1

    told = json.loads(capsys.readouterr().out)["subjects"]
    assert [figure["name"] for figure in told["fails"]] == ["first", "not finished"]
    assert [figure["name"] for figure in told["works"]] == ["second"]


def test_a_python_without_their_library_is_told_and_nothing_fails(capsys, monkeypatch):
    monkeypatch.setenv(skdh.PYTHON, "no such python")

    assert main(["--quick", "--only", "skdh"]) == 0

    assert "No such file or directory: 'no such python'" in capsys.readouterr().out


def test_all_subjects_have_names_of_their_own():
    assert {*SMOKED, "soak"} == {subject.name for subject in SUBJECTS}


def test_the_table_says_what_was_missed():
    subject = Subject("x", "Title", lambda _: [])

    text = table(
        subject,
        [
            Figure("fast", 2.0, "ms", most=1.0),
            Figure("wide", 2.0, "m", least=1.0),
            Figure("unknown", math.nan, "s", most=1.0, note="no radio"),
        ],
    )

    lines = {line.split()[0]: line for line in text.splitlines()[3:]}
    assert "MISSED" in lines["fast"]
    assert "kept" in lines["wide"]
    assert "not measured" in lines["unknown"]
    assert "no radio" in lines["unknown"]


SENT = Stream(t0_s=100.0, hz=10.0, count=5, cpu=0.0)
PAGE_S = 90.0  # when the page's clock began


def test_an_angle_is_late_by_what_it_took_from_its_sample_on():
    seen = [
        [angle_deg(0), 10.002, 10.016],
        [angle_deg(2), 10.25, None],
        [angle_deg(3), 10.31, 11.3],
    ]

    found = late_ms(SENT, seen, PAGE_S)

    assert found == [pytest.approx((2.0, 16.0)), pytest.approx((10.0, 1000.0))]


def test_an_angle_that_was_there_before_its_sample_is_not_told_as_a_delay():
    with pytest.raises(ClocksDifferError):
        late_ms(SENT, [[angle_deg(1), 10.099, 10.2]], PAGE_S)
