"""Check a sensor against the protocol's specification, from outside."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backwatch.conformance import Check

HELP = "check a sensor against the protocol's specification (for makers of firmware)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sensor", metavar="X", help="address or advertised name; default: the first that is heard"
    )
    parser.add_argument(
        "--adapter",
        metavar="A",
        help="hci0, virtual:HOST:PORT or bumble:TRANSPORT; default: this machine's own Bluetooth",
    )
    parser.add_argument(
        "--passkey", metavar="N", help="the six digits on the label, where the sensor has one"
    )
    parser.add_argument(
        "--only",
        metavar="WHICH",
        action="append",
        default=[],
        help="a check by name, a group (hello) or a section (12.3); may be repeated",
    )
    parser.add_argument(
        "--destructive",
        action="store_true",
        help="also checks that erase the sensor's samples, patterns, rules and neutral posture",
    )
    parser.add_argument(
        "--listen",
        metavar="S",
        type=float,
        default=10.0,
        help="how much of the live stream is judged (default: 10 s)",
    )
    parser.add_argument(
        "--protocol",
        type=int,
        choices=[1, 2],
        default=2,
        help="the version that the device must have (default: 2)",
    )
    parser.add_argument("--list", action="store_true", help="list the checks, and end")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where the device conforms, 1 where it does not."""
    import asyncio
    import math

    from backwatch.conformance import choose
    from backwatch.conformance.report import listing
    from backwatch.errors import UserError
    from backwatch.passkey import parse_passkey
    from monitor.link import LinkError

    try:
        checks = choose(args.only, destructive=args.destructive or args.list)
    except LookupError as error:
        raise UserError(
            f"--only {error.args[0]!r} names no check, group or section; see them with --list"
        ) from error
    if args.list:
        print(listing(checks))
        return 0
    if not checks:
        raise UserError("--only names destructive checks alone; add --destructive to run them")
    if not (math.isfinite(args.listen) and args.listen >= 1):
        raise UserError(f"--listen {args.listen}: give at least 1 second")
    passkey = None if args.passkey is None else parse_passkey(args.passkey)
    try:
        return asyncio.run(_run(args, checks, passkey))
    except LinkError as error:
        raise UserError(str(error)) from error


async def _run(args: argparse.Namespace, checks: "tuple[Check, ...]", passkey: int | None) -> int:
    import json

    from backwatch.conformance import Bench, Patience, conforms, protocol_of, run_checks
    from backwatch.conformance.report import as_json, line, summary
    from backwatch.errors import printable
    from monitor.link.probe import Probe

    probe = Probe(args.sensor, args.adapter, passkey=passkey)
    bench = Bench(probe, Patience(listen_s=args.listen))
    verdicts = []
    try:
        device = await bench.find()
        if not args.json:
            print(f"{device.address}  {printable(device.name)}", flush=True)
        async for verdict in run_checks(bench, checks):
            verdicts.append(verdict)
            if not args.json:
                print(line(verdict), flush=True)
    finally:
        await probe.close()
    found = protocol_of(verdicts)
    if args.json:
        print(json.dumps(as_json(device, verdicts), indent=1, ensure_ascii=False))
    else:
        print(summary(verdicts))
        if found < args.protocol:
            print("That is less than version 2, which is asked for unless --protocol 1 is given.")
    return 0 if conforms(verdicts) and found >= args.protocol else 1
