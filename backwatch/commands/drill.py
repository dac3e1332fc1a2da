"""Ten slow bends in the terminal, each told as it is over."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from monitor.config import Config
    from monitor.drill import Drill
    from monitor.pipeline import Step

HELP = "practise ten slow bends: speed, turn and share of the knees, bend by bend"
MOST = 50  # bends; more is no drill. Ours
PATIENCE_S = 300.0  # s; ten slow bends take two minutes. Ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sensor", metavar="[MAKE:]NAME|ADDRESS", help="this sensor and no other")
    parser.add_argument(
        "--adapter", help="hci0 and the like; virtual:HOST:PORT for a simulated sensor"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=PATIENCE_S,
        metavar="S",
        help=f"end after so long (default: {PATIENCE_S:g})",
    )
    parser.add_argument(
        "--bends", type=int, metavar="N", help=f"end after so many, 1 to {MOST} (default: 10)"
    )
    parser.add_argument("--show", action="store_true", help="show the drills kept, and end")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument("--db", type=Path, metavar="FILE", help="where days are kept")
    parser.add_argument("--json", action="store_true", help="JSON lines")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where all bends were seen, 1 where it ended before."""
    import asyncio
    import math

    from monitor.config import ConfigError, load_config

    if not (math.isfinite(args.seconds) and args.seconds > 0):
        raise UserError(f"--seconds {args.seconds}: give a number of seconds above 0")
    if args.bends is not None and not 1 <= args.bends <= MOST:
        raise UserError(f"--bends {args.bends}: give a number from 1 to {MOST}")
    overrides = {name: getattr(args, name) for name in ("sensor", "adapter", "db")}
    if overrides["sensor"] is not None:
        overrides["sensor"] = [overrides["sensor"]]
    try:
        config = load_config(args.config, overrides)
    except ConfigError as error:
        raise UserError(str(error)) from error
    if args.show:
        return _show(config, args)
    return asyncio.run(_drill(config, args))


async def _drill(config: "Config", args: argparse.Namespace) -> int:
    import asyncio
    import time

    from backwatch.session import Told, session, stop_signals, until
    from dashboard.drill import record_words
    from monitor.drill import BENDS, STOP, Drill, how

    if await asyncio.to_thread(_in_pain, config):
        raise UserError("pain mode is on; switch it off first: backwatch alerts pain off")
    drill = Drill(time.time_ns(), wanted=args.bends or BENDS)
    simulated = (config.adapter or "").startswith("virtual:")
    with stop_signals() as ended:
        told = Told(lambda step: _lines(drill, step, ended, args), _tell)
        print(f"{how(drill.wanted)} {STOP}", file=sys.stderr, flush=True)
        async with session(config, simulated=simulated, told=told, page=False) as running:
            await until(ended, args.seconds)
    heard = running.monitor.statistics().connections
    record = drill.record()
    if record.bends:
        await asyncio.to_thread(_keep, config, drill)
        words = record_words(record)
        _tell(json.dumps({"what": "drill", "stopped": record.stopped}) if args.json else words)
    elif not heard:
        raise UserError("no sensor was heard; see which are near: backwatch scan")
    else:
        print("No bend past 30° was seen; nothing is kept.", file=sys.stderr)
    return 1 if record.stopped else 0


def _lines(
    drill: "Drill", step: "Step", ended: "asyncio.Event", args: argparse.Namespace
) -> "Iterator[str]":
    from dataclasses import asdict

    from dashboard.drill import bend_words

    for event in step.events:
        bend = drill.push(event)
        if bend is None:
            continue
        words = f"{len(drill.bends):2}. {bend_words(bend, drill.slow_degps)}"
        yield json.dumps({"what": "bend", **asdict(bend)}) if args.json else words
    if drill.done:
        ended.set()


def _in_pain(config: "Config") -> bool:
    import contextlib

    from monitor.store import Store, StoreError

    try:
        with contextlib.closing(Store(config.db).journal()) as journal:
            return bool(journal.wishes().get("pain"))
    except StoreError as error:
        raise UserError(str(error)) from error


def _keep(config: "Config", drill: "Drill") -> None:
    import contextlib

    from monitor.store import Store

    with contextlib.closing(Store(config.db).journal()) as journal:
        journal.add_drill(drill.record())


def _show(config: "Config", args: argparse.Namespace) -> int:
    import contextlib
    from dataclasses import asdict

    from backwatch.diaries import clock_text
    from dashboard.drill import bend_words, record_words
    from monitor.store import Store, StoreError

    try:
        with contextlib.closing(Store(config.db).journal()) as journal:
            records = journal.drills()
    except StoreError as error:
        raise UserError(str(error)) from error
    if args.json:
        for record in records:
            print(json.dumps(asdict(record)))
    elif not records:
        print("No drill was kept. Do one: backwatch drill")
    else:
        for record in records:
            print(f"{clock_text(record.at_ns)}  {record_words(record)}")
            for number, bend in enumerate(record.bends, 1):
                print(f"  {number:2}. {bend_words(bend, record.slow_degps)}")
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)
