"""Forget a paired sensor and its key."""

import argparse

from backwatch.known import add_list_arguments

HELP = "forget a paired sensor and its key"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("sensor", nargs="?", metavar="NAME|ADDRESS", help="which one")
    which.add_argument("--all", action="store_true", help="all of them")
    add_list_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where something was forgotten, or nothing was there with --all."""
    import asyncio
    import logging
    import sys

    from backwatch.errors import UserError, printable
    from backwatch.known import known_sensors, settings
    from monitor.link import LinkError, Radio

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    config = settings(args)
    bonds = known_sensors(config)
    try:
        known = bonds.known()
        if args.all:
            chosen = list(known)
        else:
            by_address = [s for s in known if s.address == args.sensor.upper()]
            chosen = by_address or [s for s in known if s.name == args.sensor]
            if not by_address and len(chosen) > 1:
                raise UserError(
                    f"{len(chosen)} paired sensors are named {args.sensor!r}: "
                    f"give one of the addresses {', '.join(s.address for s in chosen)}"
                )
            if not chosen:
                raise UserError(f"{args.sensor!r} is not paired; see what is: backwatch sensors")
        for sensor in chosen:
            bonds.forget(sensor)
            print(f"Forgotten: {printable(sensor.name)} {printable(sensor.address)}")
            if sensor.radio == "system" and sensor.encrypted:
                removed = asyncio.run(Radio(config.adapter).unpair(sensor.address))
                if not removed:
                    print(
                        "Its key is still with this computer's Bluetooth; remove it there too: "
                        f"bluetoothctl remove {printable(sensor.address)}",
                        file=sys.stderr,
                    )
    except LinkError as error:
        raise UserError(str(error)) from error
    return 0
