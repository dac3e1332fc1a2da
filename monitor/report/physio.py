"""Days, movements and notes turned into one file that a person hands to their physiotherapist.

Nothing is in it that they did not choose, and nothing in it is interpreted.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from monitor.model import EventKind
from monitor.report.forms import CSV_COLUMNS, NoTypstError, as_csv, as_object, as_pdf
from monitor.report.report import Report
from monitor.sheet import sheet_row
from monitor.store import Journal, Queries

Cell = str | int | float | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be in the file, or be left out.

    Attributes:
        about: what it is, for people.
        unasked: in the file unless the person says otherwise.
        columns: of its table, each with what it is.
        rows: of a stretch of days.
    """

    name: str
    about: str
    unasked: bool
    columns: Mapping[str, str]
    rows: Callable[[Queries, Journal, date, date], list[Row]]


@dataclass(frozen=True, slots=True)
class Content:
    """What a part would put into the file.

    Attributes:
        files: their names in it.
        rows: of its table.
    """

    part: Part
    files: tuple[str, ...]
    rows: int


def contents(queries: Queries, journal: Journal, first: date, last: date) -> list[Content]:
    """What there is of a stretch of days, part by part, before anything is written."""
    return [
        Content(part, files_of(part), len(part.rows(queries, journal, first, last)))
        for part in PARTS.values()
    ]


def files_of(part: Part) -> tuple[str, ...]:
    """The names that the part has in the file."""
    table = f"{part.name}.csv"
    return (table, "report.json", "report.pdf") if part.name == "days" else (table,)


def chosen_parts(names: Collection[str] | None) -> list[Part]:
    """Those named; None: those that are in it unasked.

    Raises:
        ValueError: there is no such part, or none is named.
    """
    if names is None:
        return [part for part in PARTS.values() if part.unasked]
    unknown = sorted(set(names) - set(PARTS))
    if unknown:
        raise ValueError(f"{unknown[0]}: not a part; there are {', '.join(PARTS)}")
    if not names:
        raise ValueError(f"name at least one part: {', '.join(PARTS)}")
    return [part for part in PARTS.values() if part.name in names]


def for_physio(report: Report, queries: Queries, journal: Journal, parts: Iterable[Part]) -> bytes:
    """A zip file: the tables as CSV, the report as JSON and PDF, and what each column is."""
    archive = io.BytesIO()
    readme = [_HEAD.format(first=report.first, last=report.last)]
    if report.simulated:
        readme.append("These days are simulated. Nobody wore a sensor.\n")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for part in parts:
            rows = part.rows(queries, journal, report.first, report.last)
            if part.name == "days":
                file.writestr("days.csv", as_csv(report))
                file.writestr("report.json", json.dumps(as_object(report), indent=1))
                readme.append("report.json: the same days, all figures. Units are in the names.")
                with suppress(NoTypstError):
                    file.writestr("report.pdf", as_pdf(report))
                    readme.append("report.pdf: the same days on paper.")
            else:
                file.writestr(f"{part.name}.csv", _table(part.columns, rows))
            readme.append(f"\n{part.name}.csv: {part.about}; {len(rows)} rows.")
            readme += [f"  {name}: {words}" for name, words in part.columns.items()]
        file.writestr("README.txt", "\n".join([*readme, "", _FOOT]))
    return archive.getvalue()


_HEAD = """From Backwatch: {first} to {last}, handed over by the person it is about.

Times are local. Empty cells were not said or not measured.
Angles are those of the trunk against upright, by one sensor, good to about 5 degrees.
Changes of a movement below 15 degrees are no clear change.
"""
_FOOT = """What was measured stands beside what was said; one is not the reason of the other.
Backwatch is not a medical device. It diagnoses nothing.
"""


def _table(columns: Mapping[str, str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows(map(sheet_row, rows))  # None is empty
    return text.getvalue()


def _days(queries: Queries, _: Journal, first: date, last: date) -> list[Row]:
    recorded = [day for day, totals in queries.days(first, last) if totals.covered_s > 0]
    return [(day.isoformat(),) for day in recorded]


def _movements(queries: Queries, journal: Journal, first: date, last: date) -> list[Row]:
    return [
        (
            _time(queries, one.at_ns),
            one.movement.value,
            _rounded(one.peak_deg),
            _yes(one.pain),
            _yes(one.stopped),
        )
        for one in journal.movements()
        if first <= queries.local_date(one.at_ns) <= last
    ]


def _drills(queries: Queries, journal: Journal, first: date, last: date) -> list[Row]:
    return [
        (
            _time(queries, bend.at_ns),
            _rounded(drill.slow_degps),
            _rounded(bend.peak_deg),
            _rounded(bend.down_degps),
            _rounded(bend.up_degps),
            _rounded(bend.turn_deg),
            None if bend.knees_share is None else round(bend.knees_share, 2),
        )
        for drill in journal.drills()
        if first <= queries.local_date(drill.at_ns) <= last
        for bend in drill.bends
    ]


def _lifts(queries: Queries, journal: Journal, first: date, last: date) -> list[Row]:
    tags = journal.tags()
    rows: list[Row] = []
    for day in (first + timedelta(days=i) for i in range((last - first).days + 1)):
        for stored in reversed(queries.events(day)):
            event, tag = stored.event, tags.get(stored.id)
            if event.kind is not EventKind.LIFT:
                continue
            rows.append(
                (
                    _time(queries, event.start_ns),
                    *(_rounded(event.values.get(name)) for name in _LIFT_VALUES),
                    _yes("demanding" in event.flags),
                    "" if tag is None else tag.task,
                    "" if tag is None else tag.zone,
                )
            )
    return rows


def _check_ins(queries: Queries, journal: Journal, first: date, last: date) -> list[Row]:
    start_ns, stop_ns = queries.bounds(first).start_ns, queries.bounds(last).stop_ns
    return [
        (
            _time(queries, one.at_ns),
            one.pain,
            one.stiffness,
            _yes(one.spasm),
            "; ".join(one.triggers),
            one.note,
        )
        for one in journal.check_ins(start_ns, stop_ns)
    ]


def _own(_: Queries, journal: Journal, __: date, ___: date) -> list[Row]:
    wishes = journal.wishes()
    phase, limit = wishes.get("phase"), wishes.get("limit_deg")
    label = phase.get("label") if isinstance(phase, dict) else None
    if label is None and limit is None:
        return []
    return [(str(label or ""), limit if isinstance(limit, int | float) else None)]


def _time(queries: Queries, at_ns: int) -> str:
    return f"{queries.local(at_ns):%Y-%m-%d %H:%M}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


_LIFT_VALUES = ("peak_sagittal_deg", "peak_bend_velocity_degps", "turn_deg", "peak_lateral_deg",
                "index")  # fmt: skip

PARTS: Mapping[str, Part] = MappingProxyType(
    {
        part.name: part
        for part in (
            Part("days", "a row a day: seated, leaning, bends, breaks, what was not seen", True,
                 CSV_COLUMNS, _days),
            Part("movements", "movements of the guided check", True,
                 {"time": "when", "movement": "which one",
                  "peak_deg": "largest angle from standing still [deg]; empty: stopped",
                  "pain": "whether the person said that it hurt",
                  "stopped": "ended early by the person"}, _movements),
            Part("drills", "slow bends that were practised, bend by bend", True,
                 {"time": "when", "slow_degps": "speed up to which it was slow [deg/s]",
                  "peak_deg": "how far forward [deg]",
                  "down_degps": "largest speed on the way down [deg/s]",
                  "up_degps": "on the way up [deg/s]", "turn_deg": "turned while bent [deg]",
                  "knees_share": "of the way down from the knees, 0 to 1"}, _drills),
            Part("own", "the phase and the limit that are set now", True,
                 {"phase": "as the person or you named it",
                  "limit_deg": "of leaning forward, set by the person [deg]"}, _own),
            Part("lifts", "bends that look like a lift, with tasks and zones", False,
                 {"time": "when", "peak_sagittal_deg": "how far forward [deg]",
                  "peak_bend_velocity_degps": "largest speed on the way down [deg/s]",
                  "turn_deg": "turned while bent [deg]",
                  "peak_lateral_deg": "leaning to the right, left negative [deg]",
                  "index": "0 to 100, higher is more demanding; our own index",
                  "demanding": "flagged by the profile", "task": "as the person named it",
                  "zone": "as the person named it"}, _lifts),
            Part("check_ins", "how the person said they were, with notes", False,
                 {"time": "when", "pain": "0 none to 10", "stiffness": "0 none to 10",
                  "spasm": "said to be one now", "triggers": "what went before, in their words",
                  "note": "in their words"}, _check_ins),
        )
    }
)  # fmt: skip
