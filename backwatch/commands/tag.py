"""A bend or lift given its task and place."""

import argparse
import json
import time

from backwatch.diaries import add_database_arguments, opened
from backwatch.errors import UserError

HELP = "say what a bend or lift belonged to"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("event", type=int, help="its number, as the API and the page show it")
    parser.add_argument("--task", default="", metavar="WORDS", help="such as unloading")
    parser.add_argument("--zone", default="", metavar="WORDS", help="such as dock 3")
    add_database_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from monitor.model.journal import Tag

    with opened(args) as found:
        tag = Tag(args.event, time.time_ns(), args.task, args.zone)
        if not found.journal.add_tag(tag):
            raise UserError(f"there is no bend or lift {args.event}")
    told = {"event": args.event, "task": args.task, "zone": args.zone}
    print(
        json.dumps(told) if args.json else f"{args.event}: {args.task or '-'}, {args.zone or '-'}"
    )
    return 0
