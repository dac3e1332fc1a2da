"""Pair with a sensor, so that it and no other is used."""

import argparse
from typing import TYPE_CHECKING

from backwatch.known import add_list_arguments

if TYPE_CHECKING:
    from monitor.link import KnownSensor

HELP = "pair with a sensor, so that it and no other is used"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sensor",
        metavar="[MAKE:]NAME|ADDRESS",
        help="this one; default: the one in range that is not paired yet",
    )
    parser.add_argument(
        "--adapter",
        metavar="A",
        help="hci0, virtual:HOST:PORT or bumble:TRANSPORT; default: this machine's own Bluetooth",
    )
    parser.add_argument("--passkey", metavar="N", help="the six digits on its label, if it has any")
    parser.add_argument(
        "--seconds", metavar="S", type=float, default=5.0, help="how long to look (default: 5)"
    )
    add_list_arguments(parser)
    parser.add_argument("--json", action="store_true", help="the sensor as JSON")


def run(args: argparse.Namespace) -> int:
    import asyncio
    import json
    import logging
    import math
    import sys

    from backwatch.errors import UserError
    from backwatch.known import as_json, known_sensors, settings, words
    from backwatch.passkey import parse_passkey
    from monitor.link import LinkError, Radio, pair

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if not (math.isfinite(args.seconds) and args.seconds > 0):
        raise UserError(f"--seconds {args.seconds}: give a number of seconds above 0")
    passkey = None if args.passkey is None else parse_passkey(args.passkey)
    config = settings(args, "adapter")

    async def paired() -> "tuple[KnownSensor, bool]":
        radio = Radio(config.adapter, known_sensors(config))
        try:
            return await pair(radio, args.sensor, passkey=passkey, seconds=args.seconds)
        finally:
            await radio.close()

    try:
        sensor, before = asyncio.run(paired())
    except LinkError as error:
        raise UserError(str(error)) from error
    if args.json:
        print(json.dumps(as_json(sensor)))
    else:
        print(f"{'Already paired' if before else 'Paired'}: {words(sensor)}")
        if not before:
            print("From now on `backwatch run` uses paired sensors only.", file=sys.stderr)
    return 0
