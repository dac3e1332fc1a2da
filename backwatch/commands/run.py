"""A live sensor to states, events and alerts, stored and shown."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from backwatch.errors import UserError

if TYPE_CHECKING:
    from backwatch.session import Session

HELP = "hear a sensor, keep what it says, and show it on a page"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path_arguments(parser, several=True)
    parser.add_argument(
        "--sensor",
        action="append",
        metavar="[MAKE:]NAME|ADDRESS",
        help="this sensor and no other; of another make: movesense:, movella:, witmotion: or "
        "capture2go:, alone for the first one found. Given again: worn beside the first, which "
        "the day is counted from; --placement, --up, --forward and --neutral then once for all, "
        "or once for each",
    )
    parser.add_argument(
        "--adapter", help="hci0 and the like; virtual:HOST:PORT for a simulated sensor"
    )
    parser.add_argument("--db", type=Path, metavar="FILE", help="where days are kept")
    parser.add_argument(
        "--host",
        help="address the page listens on; 0.0.0.0 for "
        "phones in your network, too (default: this machine only)",
    )
    parser.add_argument("--port", type=int, help="port of the page, 0 for any (default: 8765)")
    parser.add_argument("--no-page", action="store_true", help="without the page")
    parser.add_argument(
        "--record",
        type=Path,
        metavar="TAPE",
        help="also keep what the radio said, undecoded; of a second sensor beside it, with -2",
    )
    parser.add_argument(
        "--haptics",
        help="when the sensor may vibrate: off, alerts (while this computer hears it; default) "
        "or out_of_range (that, and by a coarse rule of its own while none does)",
    )
    parser.add_argument(
        "--rate",
        type=float,
        metavar="HZ",
        dest="rate_hz",
        help="let the sensor measure at this rate (default: as it is)",
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="end after so long")


def add_path_arguments(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """What decides how samples are read; the same for `replay`, which reads one sensor."""
    action = "append" if several else "store"
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument("--profile", help="threshold profile: desk, manual or training")
    parser.add_argument("--placement", action=action, help="upper_back, low_back, chest or waist")
    parser.add_argument(
        "--up", action=action, metavar="AXIS", help="sensor axis that points up (default: +x)"
    )
    parser.add_argument(
        "--forward",
        action=action,
        metavar="AXIS",
        help="sensor axis out of the chest (default: -z)",
    )
    parser.add_argument(
        "--neutral",
        action=action,
        type=float,
        metavar="S",
        dest="neutral_s",
        help="stand still for the first S seconds: that posture is the zero",
    )
    if several:
        parser.add_argument(
            "--place",
            action="append",
            help="use the calibration of this place (see calibrate); none: without one "
            "(default: the place chosen last)",
        )
    parser.add_argument("--json", action="store_true", help="results as JSON lines")


def run(args: argparse.Namespace) -> int:
    import asyncio

    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    import logging
    import sys

    from backwatch.session import Told, session, stop_signals, until
    from backwatch.telling import json_lines, word_lines
    from monitor.config import Config, ConfigError, load_config

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("monitor").setLevel(logging.INFO)  # a sensor lost, a sensor back
    names = set(Config.__dataclass_fields__) & set(vars(args))
    try:
        config = load_config(args.config, {name: getattr(args, name) for name in names})
    except ConfigError as error:
        raise UserError(str(error)) from error
    simulated = (config.adapter or "").startswith("virtual:")
    told = Told(json_lines if args.json else word_lines, _tell, args.record)
    async with session(config, simulated=simulated, told=told, page=not args.no_page) as running:
        with stop_signals() as stopped:
            if running.link is not None:
                _show(running, sys.stderr if args.json else sys.stdout)
            in_time = await until(stopped, args.seconds)
    if in_time and not running.monitor.statistics().connections:
        raise UserError("no sensor was heard; see which are near: backwatch scan")
    return 0


def _show(running: "Session", out: TextIO) -> None:
    """Print the links, and a code for a phone where somebody can see it."""
    from dashboard.qr import terminal_code

    print(f"Open {running.link}", file=out)
    for link in running.elsewhere:
        print(f"On another device of this network: {link}", file=out)
    if running.elsewhere:
        print("It is plain http: whoever is in this network can read along.", file=out)
        if out.isatty():
            print(terminal_code(running.elsewhere[0]), file=out)
    out.flush()


def _tell(line: str) -> None:
    print(line, flush=True)
