"""List the sensors in range."""

import argparse

HELP = "list the sensors in range"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--adapter",
        metavar="A",
        help="hci0, virtual:HOST:PORT or bumble:TRANSPORT; default: this machine's own Bluetooth",
    )
    parser.add_argument(
        "--device",
        default="backwatch",
        metavar="MAKE",
        help="backwatch (default), movesense, movella, witmotion or capture2go",
    )
    parser.add_argument(
        "--seconds", metavar="S", type=float, default=5.0, help="how long to listen (default: 5)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where a sensor was found, 1 where none was."""
    import asyncio
    import dataclasses
    import json
    import math
    import sys

    from backwatch.errors import UserError, printable
    from monitor.link import VENDORS, LinkError, discover

    if not (math.isfinite(args.seconds) and args.seconds > 0):
        raise UserError(f"--seconds {args.seconds}: give a number of seconds above 0")
    vendor = VENDORS.get(args.device)
    if vendor is None:
        raise UserError(f"--device {args.device!r} is not known; use one of {', '.join(VENDORS)}")
    try:
        found = asyncio.run(discover(args.adapter, args.seconds, vendor))
    except LinkError as error:
        raise UserError(str(error)) from error
    if args.json:
        print(json.dumps([dataclasses.asdict(sensor) for sensor in found]))
    else:
        for sensor in found:
            print(f"{sensor.address}  {sensor.rssi_dbm:4d} dBm  {printable(sensor.name)}")
    if not found:
        print(
            f"No {vendor.name} sensor was heard in {args.seconds:g} s. Is it switched on, near, "
            "and not connected to something else?",
            file=sys.stderr,
        )
    return 0 if found else 1
