"""A simulated sensor in a process of its own, heard, kept and shown."""

import argparse
import asyncio
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError

if TYPE_CHECKING:
    from backwatch.session import Session

HELP = "see it all work with a simulated sensor"

NEUTRAL_S = 3.0  # s; the demo's wearer stands still for longer than that
USUAL_PORT = 8765
MOST_DEMOS = 9  # at once. Ours
DAYS = 14  # before today; two weeks to compare. Ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="end after so long; exit 0 only if all worked"
    )
    parser.add_argument("--port", type=int, help="of the page, 0 for any (default: 8765 or any)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--scenario", default="demo", help="what the wearer does")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--days",
        type=int,
        metavar="N",
        help="simulate so many days before today, in the background "
        f"(default: {DAYS}; none with --seconds)",
    )
    # Of the lengths of those days; for tests.
    parser.add_argument("--scale", type=float, default=1.0, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    import logging

    from backwatch.session import Told, session, stop_signals, until
    from backwatch.simulated import simulated_sensor
    from backwatch.story import Story, earlier_days
    from backwatch.tour import PACE
    from dashboard.demo import Demo
    from monitor.config import Config, ConfigError
    from monitor.link import SENSORS_NAME
    from monitor.store import Store

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    _check(args)
    async with simulated_sensor(args.scenario, args.seed) as sensor:
        try:
            config = Config(
                db=await asyncio.to_thread(_free_database),
                port=_port(args.port),
                adapter=sensor.adapter,
                neutral_s=NEUTRAL_S,
            )
        except ConfigError as error:
            raise UserError(str(error)) from error
        await asyncio.to_thread(_put_aside_if_broken, config.db)
        # The sensor of the last demo took its key with it.
        await asyncio.to_thread((config.db.parent / SENSORS_NAME).unlink, missing_ok=True)
        story = Story(_days(args), args.seed, toured=args.scenario == "demo", scale=args.scale)
        told = Told(words=story.watch)
        demo = Demo(lambda: story.earlier, story.tour, PACE if story.toured else None)
        async with session(config, simulated=True, told=told, demo=demo, faults=sensor) as running:
            assert running.link is not None
            store = await asyncio.to_thread(Store, config.db)
            async with earlier_days(story, running.monitor, store):
                with stop_signals() as stopped:
                    print(f"Backwatch demo, simulated sensor: open {running.link}", flush=True)
                    if not args.no_browser:
                        await _open(running.link)
                    stop = asyncio.create_task(until(stopped, args.seconds))
                    gone = asyncio.create_task(sensor.wait())
                    await asyncio.wait([stop, gone], return_when=asyncio.FIRST_COMPLETED)
                    died = gone.done() and not stop.done()
                    stop.cancel()
                    gone.cancel()
        # Judged when all is stored and closed.
        if died:
            print(f"The simulated sensor ended by itself ({sensor.returncode}).", file=sys.stderr)
            return 1
        return 0 if args.seconds is None else _judge(running)


def _check(args: argparse.Namespace) -> None:
    """Refuse what the sensor's process could only refuse in words of its own."""
    import importlib.util

    from backwatch.story import MOST_DAYS
    from simulator.errors import SimulatorError
    from simulator.scenarios import find_scenario

    if importlib.util.find_spec("bumble") is None:
        raise UserError("the demo needs bumble: pip install 'backwatch[simulator]'")
    try:
        find_scenario(args.scenario)
    except SimulatorError as error:
        raise UserError(str(error)) from error
    if args.seed < 0:
        raise UserError(f"--seed {args.seed}: give 0 or more")
    if not 0 < args.scale <= 1:
        raise UserError(f"--scale {args.scale:g}: give more than 0, and 1 at most")
    if args.days is not None and not 0 <= args.days <= MOST_DAYS:
        raise UserError(f"--days {args.days}: give a number from 0 to {MOST_DAYS}")
    if args.seconds is not None and not 0 < args.seconds < math.inf:
        raise UserError(f"--seconds {args.seconds:g}: give a number of seconds above 0")


def _days(args: argparse.Namespace) -> int:
    """Days before today; an unattended run is about the live parts alone."""
    if args.days is not None:
        return int(args.days)
    return DAYS if args.seconds is None else 0


def _free_database() -> Path:
    """A database that no other demo records into now."""
    from backwatch.session import demo_folder
    from monitor.store import Store, StoreError, StoreInUseError

    for number in range(1, MOST_DEMOS + 1):
        path = demo_folder(number) / "demo.db"
        try:
            Store(path).writer().close()
        except StoreInUseError:
            continue
        except StoreError:
            return path  # seen to next
        if number > 1:
            print(f"Another demo runs; this one keeps its days in {path.parent}", file=sys.stderr)
        return path
    raise UserError(f"{MOST_DEMOS} demos run already; end one of them")


def _put_aside_if_broken(db: Path) -> None:
    """Simulated days are worth no trouble: what cannot be opened makes room."""
    from monitor.store import Store, StoreError

    try:
        Store(db)
    except StoreError as error:
        aside = db.with_name(f"{db.name}.broken")
        if not db.is_file() or aside.exists():
            raise UserError(
                f"{error}; the demo's days are simulated: delete {db.parent}"
            ) from error
        db.rename(aside)
        print(f"The demo's database could not be used and is now {aside}.", file=sys.stderr)


def _port(wanted: int | None) -> int:
    """The wanted port; without a wish the usual one if it is free, else any."""
    if wanted is not None:
        return wanted
    from dashboard.errors import AddressError
    from dashboard.serving import listen

    try:
        listen("127.0.0.1", USUAL_PORT).close()
    except AddressError:
        return 0
    return USUAL_PORT


async def _open(link: str) -> None:
    import webbrowser

    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform != "linux":
        await asyncio.to_thread(webbrowser.open, link)


def _judge(running: "Session") -> int:
    """Name the first part that stood still."""
    counts = running.monitor.statistics()
    parts = {
        "the link: no sensor connected": counts.connections,
        "the sensor: it sent no frames": counts.frames,
        "ingest and timebase: frames gave no samples": counts.samples,
        "states: samples gave no states": counts.states,
        "alerts: nothing was worth an alert": counts.alerts,
        "the store: nothing was stored": counts.stored,
    }
    for part, count in parts.items():
        if count == 0:
            print(f"Stood still: {part}.", file=sys.stderr)
            return 1
    print(
        f"Worked: {counts.samples} samples, {counts.states} states, {counts.events} events, "
        f"{counts.alerts} alerts; {counts.stored} rows stored."
    )
    return 0
