"""A named scenario and a seed to a file of motion with the truth beside it."""

import argparse
import sys
from pathlib import Path

from backwatch.commands import PLACEMENTS
from backwatch.errors import UserError

HELP = "make a recording of a simulated back, with the truth beside it"


LONGEST_HOURS = 168  # a week


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help="which one; see --list")
    parser.add_argument("--list", action="store_true", help="name the scenarios and end")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--hours", type=float, metavar="H", help="length in hours")
    length.add_argument("--seconds", type=float, metavar="S", help="length in seconds")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="0 or more; default 0")
    parser.add_argument("--rate", type=float, default=100.0, metavar="HZ", help="default 100")
    parser.add_argument(
        "--placement", choices=PLACEMENTS, default="upper_back", help="where the sensor sits"
    )
    parser.add_argument(
        "--specimen",
        type=int,
        default=0,
        metavar="N",
        help="another sensor on the same person: same seed, other placement; default 0",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.parquet", help="where to write")
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")


def run(args: argparse.Namespace) -> int:
    from simulator.scenarios import SCENARIOS

    if args.list:
        width = max(map(len, SCENARIOS))
        for scenario in SCENARIOS.values():
            minutes = scenario.natural_s / 60
            print(f"{scenario.name:<{width}}  {minutes:5.0f} min  {scenario.description}")
        return 0
    if args.scenario is None:
        raise UserError(f"name a SCENARIO: {', '.join(SCENARIOS)}")
    if args.out is None:
        raise UserError("say where to write with --out FILE.parquet")
    if args.out.exists() and not args.force:
        raise UserError(f"{args.out} is there already; choose another name, or add --force")
    return _write(args)


def _write(args: argparse.Namespace) -> int:
    from monitor.model import Placement
    from simulator.errors import SimulatorError
    from simulator.recording import write_recording
    from simulator.scenarios import simulate

    placement = Placement(args.placement)
    hours = args.hours if args.hours is not None else (args.seconds or 0) / 3600
    if hours > LONGEST_HOURS:
        raise UserError(f"{hours:g} hours are more than {LONGEST_HOURS}; simulate them in parts")
    try:
        blocks = simulate(
            args.scenario,
            hours=args.hours,
            seconds=args.seconds,
            seed=args.seed,
            rate_hz=args.rate,
            placement=placement,
            specimen=args.specimen,
        )
        samples = write_recording(
            args.out,
            blocks,
            scenario=args.scenario,
            seed=args.seed,
            rate_hz=args.rate,
            placement=placement,
        )
    except SimulatorError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{args.out}: cannot be written: {error.strerror or error}") from error
    print(
        f"{args.out}: {samples} samples, {samples / args.rate / 60:.1f} min of {args.scenario}",
        file=sys.stderr,
    )
    return 0
