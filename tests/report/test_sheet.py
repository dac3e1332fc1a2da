"""What a spreadsheet does with our rows: nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sheet import sheet_row


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1"]
)
def test_a_text_like_a_formula_is_a_text(text: str) -> None:
    assert sheet_row([text]) == ["'" + text]


@given(st.lists(st.none() | st.integers() | st.floats(allow_nan=False) | st.booleans()))
def test_what_is_no_text_stays_as_it_is(row: list[object]) -> None:
    assert sheet_row(row) == row


@given(st.lists(st.text(), min_size=1))
def test_no_text_of_a_row_begins_a_formula_and_none_is_lost(row: list[str]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(sheet_row(row))
    (read,) = csv.reader(io.StringIO(text.getvalue(), newline=""))

    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read)
    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in row]
