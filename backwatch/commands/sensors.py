"""List the paired sensors."""

import argparse

from backwatch.known import add_list_arguments

HELP = "list the paired sensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_list_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(args: argparse.Namespace) -> int:
    import json
    import logging
    import sys

    from backwatch.errors import UserError
    from backwatch.known import as_json, known_sensors, settings, words
    from monitor.link import LinkError

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        sensors = known_sensors(settings(args)).known()
    except LinkError as error:
        raise UserError(str(error)) from error
    if args.json:
        print(json.dumps([as_json(sensor) for sensor in sensors]))
    else:
        for sensor in sensors:
            print(words(sensor))
    if not sensors:
        print(
            "No sensor is paired. `backwatch run` pairs with the first one it finds; "
            "`backwatch pair` lets you choose.",
            file=sys.stderr,
        )
    return 0
