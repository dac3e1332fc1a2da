"""Ten seconds: how are you; and what was noted before."""

import argparse
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from backwatch.diaries import add_database_arguments, clock_text, opened, read_date
from backwatch.errors import printable

if TYPE_CHECKING:
    from monitor.diary import Beside, Entry

HELP = "note how you are; or show what was noted, beside what was measured"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pain", type=int, metavar="0-10", help="0 is none")
    parser.add_argument("--stiffness", type=int, metavar="0-10", help="0 is none")
    parser.add_argument("--spasm", action="store_true", help="now")
    parser.add_argument(
        "--trigger", action="append", default=[], metavar="WORDS", help="what went before; repeat"
    )
    parser.add_argument("--note", default="", metavar="WORDS")
    parser.add_argument("--show", action="store_true", help="show the last two weeks")
    parser.add_argument("--from", dest="first", metavar="YYYY-MM-DD", help="show from this day on")
    add_database_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from datetime import date, timedelta

    from monitor.diary import SEE_SOMEONE, entries, gone_up
    from monitor.model.journal import CheckIn

    with opened(args) as found:
        if args.show or args.first is not None:
            today = date.today()
            first = (
                today - timedelta(days=13)
                if args.first is None
                else read_date("--from", args.first)
            )
            noted = entries(found.queries, found.journal, first, today)
            print(json.dumps([_object(entry) for entry in noted]) if args.json else _words(noted))
            return 0
        now_ns = time.time_ns()
        said = CheckIn(
            now_ns, args.pain, args.stiffness, args.spasm, tuple(args.trigger), args.note
        )
        found.journal.add_check_in(said)
        lately = found.journal.check_ins(now_ns - 40 * 86_400 * 10**9, now_ns + 1)
        worse = gone_up(lately, now_ns)
    if args.json:
        print(json.dumps({"noted_ns": now_ns, "see_someone": worse}))
    else:
        print("Noted." + (f" {SEE_SOMEONE}" if worse else ""))
    return 0


def _object(entry: "Entry") -> dict[str, object]:
    return {**asdict(entry.said), "before": asdict(entry.before), "day": asdict(entry.day)}


def _words(noted: "list[Entry]") -> str:
    if not noted:
        return "Nothing was noted. Note something: backwatch check-in --pain 2"
    lines = []
    for entry in noted:
        said = entry.said
        what = [
            *([] if said.pain is None else [f"pain {said.pain}"]),
            *([] if said.stiffness is None else [f"stiffness {said.stiffness}"]),
            *(["spasm"] if said.spasm else []),
            *said.triggers,
            *([said.note] if said.note else []),
        ]
        lines.append(f"{clock_text(said.at_ns)}  {printable(', '.join(what))}")
        lines.append(f"    two hours before: {_beside(entry.before)}")
        lines.append(f"    that day so far:  {_beside(entry.day)}")
    lines.append("What stands beside an entry came before it; that does not make it the reason.")
    return "\n".join(lines)


def _beside(beside: "Beside") -> str:
    from dashboard.texts import duration_words

    if beside.worn_s < 60.0:
        return "nothing was measured"
    return (
        f"worn {duration_words(beside.worn_s)}, seated {duration_words(beside.seated_s)}, "
        f"leaning forward {duration_words(beside.slouched_s)}, "
        f"{beside.bends_30} bends, {beside.lifts} of them like a lift"
    )
