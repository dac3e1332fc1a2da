"""Rows for a CSV file turned into rows in which a spreadsheet finds no formula."""

from collections.abc import Iterable

# What spreadsheets take for the beginning of a formula, or skip before one: OWASP, "CSV
# Injection". The wide ones are read as the others in some languages.
BEGINS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  # the wide ones


def sheet_row(row: Iterable[object]) -> list[object]:
    """The cells as they are, except that texts like a formula begin with an apostrophe.

    Numbers are never texts like a formula: they stay.
    """
    return [
        f"'{cell}" if isinstance(cell, str) and cell[:1] in BEGINS_FORMULA else cell for cell in row
    ]
