"""Stored days as a report: in words, JSON, CSV or PDF."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.diaries import add_database_arguments, opened, read_date, report_of
from backwatch.errors import UserError

if TYPE_CHECKING:
    from datetime import date

    from monitor.report import Report

HELP = "a week, or any days, as a report: words, JSON, CSV or PDF"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_database_arguments(parser)
    parser.add_argument("--profile", help="whose habits are scored: desk or manual")
    parser.add_argument("--placement", help="upper_back, low_back, chest or waist")
    days = parser.add_mutually_exclusive_group()
    days.add_argument(
        "--week", metavar="YYYY-MM-DD", help="the week of this day (default: the present one)"
    )
    days.add_argument("--day", metavar="YYYY-MM-DD", help="this day only")
    days.add_argument(
        "--from", metavar="YYYY-MM-DD", dest="first", help="from this day on, with --to"
    )
    parser.add_argument("--to", metavar="YYYY-MM-DD", dest="last", help="up to this day, included")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="a row a day")
    form.add_argument("--pdf", type=Path, metavar="FILE", help="write a PDF")


def run(args: argparse.Namespace) -> int:
    from monitor.report import NoTypstError, as_csv, as_object, as_pdf

    with opened(args, made=False) as found:
        first, last = _days(args)
        report = report_of(found, first, last, args)
    if args.pdf is not None:
        try:
            _write(args.pdf, as_pdf(report))
        except NoTypstError as error:
            raise UserError(str(error)) from error
    elif args.csv:
        sys.stdout.write(as_csv(report))
    else:
        print(json.dumps(as_object(report)) if args.json else _words(report))
    return 0


def _days(args: argparse.Namespace) -> "tuple[date, date]":
    from datetime import date

    from monitor.report import week_of

    if (args.first is None) != (args.last is None):
        raise UserError("--from and --to belong together: name the first and the last day")
    if args.first is not None:
        return read_date("--from", args.first), read_date("--to", args.last)
    if args.day is not None:
        day = read_date("--day", args.day)
        return day, day
    return week_of(date.today() if args.week is None else read_date("--week", args.week))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error
    print(f"{path}: {len(content)} bytes")


def _words(report: "Report") -> str:
    from monitor.report import DAY_COLUMNS, DAYS_ABOUT, sheet

    words = sheet(report)
    said = [f"{words.title}, {words.period}", *words.notes, "", *words.summary]
    if words.suggestion:
        said += ["", f"One thing to try: {words.suggestion}"]
    tables = (
        ("Where points went", (("What", "Mean of a day", "Points lost"), *words.lines)),
        ("Day by day", (DAY_COLUMNS, *words.days)),
        ("Leaning", (("What", "Time", "Share of worn time"), *words.exposure)),
        ("What was not seen", (("What", "For how long"), *words.unknown)),
    )
    for title, rows in tables:
        if len(rows) > 1:
            said += ["", title, *_aligned(rows)]
            if title == "Day by day":
                said += [f"  {DAYS_ABOUT}"]
    return "\n".join([*said, "", words.small_print])


def _aligned(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
