"""One file for a physiotherapist, with what the person chooses and nothing else."""

import argparse
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.diaries import add_database_arguments, opened, read_date, report_of
from backwatch.errors import UserError

if TYPE_CHECKING:
    from monitor.report import Content, Part

HELP = "a file to hand to your physiotherapist; without --out, only what would be in it"
WEEKS = 4  # unless dates are named. Ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE.zip", help="write it; never overwritten")
    parser.add_argument(
        "--parts",
        nargs="+",
        metavar="PART",
        help="these and no others: days, movements, drills, own, lifts, check_ins "
        "(default: the first four)",
    )
    parser.add_argument(
        "--from", metavar="YYYY-MM-DD", dest="first", help=f"default: {WEEKS} weeks before the last"
    )
    parser.add_argument("--to", metavar="YYYY-MM-DD", dest="last", help="default: today")
    add_database_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from monitor.private import write_private
    from monitor.report import chosen_parts, contents, for_physio

    last = date.today() if args.last is None else read_date("--to", args.last)
    first = last - timedelta(days=7 * WEEKS - 1)
    if args.first is not None:
        first = read_date("--from", args.first)
    with opened(args, made=False) as found:
        report = report_of(found, first, last, args)
        chosen = chosen_parts(args.parts)
        told = contents(found.queries, found.journal, first, last)
        if args.json:
            print(json.dumps([_object(one, chosen) for one in told]))
        else:
            print(f"{first} to {last}:")
            for one in told:
                kept = "in it    " if one.part in chosen else "left out "
                print(f"  {kept} {one.part.name:<10} {one.rows:>5}  {one.part.about}")
        if args.out is None:
            return 0
        content = for_physio(report, found.queries, found.journal, chosen)
    if args.out.exists():
        raise UserError(f"{args.out} exists; name another file")
    try:
        write_private(args.out, content)
    except OSError as error:
        raise UserError(f"{args.out}: cannot be written ({error.strerror})") from error
    if not args.json:
        print(f"{args.out}: {len(content)} bytes. Nothing was sent anywhere.")
    return 0


def _object(content: "Content", chosen: "list[Part]") -> dict[str, object]:
    part = content.part
    return {
        "part": part.name,
        "about": part.about,
        "in_it": part in chosen,
        "files": content.files,
        "rows": content.rows,
    }
