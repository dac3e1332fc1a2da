"""Put a simulated sensor on the air."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError, printable
from backwatch.passkey import parse_passkey

if TYPE_CHECKING:
    from backwatch.fault_console import Console
    from simulator.air import Air
    from simulator.peripheral import Peripheral
    from simulator.security import Security
    from simulator.vendors.peripheral import VendorPeripheral

HELP = "put a simulated sensor on a virtual air, or on a real one through bumble"

LONGEST_LINE = 4096  # bytes of a command; what is longer is cut. Ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        default="backwatch",
        metavar="MAKE",
        help="backwatch (default), movesense, movella, witmotion or capture2go",
    )
    parser.add_argument("--scenario", default="demo", help="what its wearer does")
    parser.add_argument(
        "--seed", type=int, default=0, help="same seed: same motion, same address, same faults"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[:ARGS]",
        help="let something go wrong, such as lost-frames:0.02 or reboot:at=20; may be repeated",
    )
    parser.add_argument(
        "--list-faults", action="store_true", help="print all faults, one a line, and end"
    )
    parser.add_argument("--name", help="name to advertise, at most 29 bytes")
    parser.add_argument(
        "--passkey", metavar="N", help="the six digits on its label; without, it pairs unasked"
    )
    parser.add_argument(
        "--bonds",
        type=Path,
        metavar="FILE",
        help="keep its bonds there; without, it forgets them when it ends",
    )
    parser.add_argument(
        "--pairing",
        type=float,
        default=60.0,
        metavar="S",
        help="once it has a bond, it can be paired for so long after its start (default: 60)",
    )
    parser.add_argument(
        "--protocol",
        type=int,
        default=2,
        choices=(1, 2),
        help="1: an old device, without control and encryption",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--air", metavar="HOST:PORT", help="join an air that is there")
    where.add_argument("--transport", metavar="T", help="any bumble transport, such as usb:0")
    where.add_argument(
        "--port",
        metavar="P",
        type=int,
        default=7300,
        help="serve an air of its own on this port (default: 7300; 0: any that is free)",
    )
    parser.add_argument(
        "--exit-with-stdin", action="store_true", help="end when standard input does"
    )
    parser.add_argument(
        "--commands",
        action="store_true",
        help="begin and clear faults while it runs, by lines on standard input: "
        "start NAME[:ARGS], clear N or clear; each is answered with a line of JSON",
    )
    parser.add_argument("--json", action="store_true", help="no hint beside the READY line")


def run(args: argparse.Namespace) -> int:
    """Runs until SIGINT or SIGTERM, or until the transport is lost.

    Prints one line of JSON once the sensor is on the air: ready, port, adapter, address, name.
    """
    if args.list_faults:
        from simulator.faults import listing

        print(listing())
        return 0
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    try:
        from bumble.core import BaseBumbleError

        from simulator.air import Air
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "bumble":
            raise
        raise UserError(
            "a simulated sensor needs bumble: pip install 'backwatch[simulator]'"
        ) from (error)
    from backwatch.fault_console import Console
    from simulator.errors import SimulatorError

    power_up = _sensor(args)
    async with contextlib.AsyncExitStack() as stack:
        transport = args.transport
        at = args.air
        air: Air | None = None
        if transport is None:
            if at is None:
                try:
                    air = await stack.enter_async_context(Air(args.port))
                except (OSError, OverflowError) as error:
                    raise UserError(f"--port {args.port}: {error}; try --port 0") from error
                at = f"127.0.0.1:{air.port}"
            transport = f"tcp-client:{at}"
        try:
            peripheral: Peripheral | VendorPeripheral = await stack.enter_async_context(
                power_up(transport, air)
            )
        except SimulatorError as error:
            raise UserError(str(error)) from error
        except (OSError, ValueError, ImportError, BaseBumbleError) as error:
            raise UserError(f"no sensor on {transport}: {error}") from error
        _print_ready(args.device, peripheral.name, peripheral.address, at, hint=not args.json)
        if not args.json and args.device == "backwatch" and args.protocol == 2 and not args.bonds:
            print("It forgets its pairing when it ends; --bonds FILE keeps it.", file=sys.stderr)
        for other in peripheral.others:
            print(f"Beside it: {printable(other)}", file=sys.stderr)
        console: Console | None = None
        if args.commands:
            console = await stack.enter_async_context(Console(peripheral, args.seed, _say))
        if args.commands or args.exit_with_stdin:
            _follow_stdin(loop, console, stop if args.exit_with_stdin else None)
        stopped = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(peripheral.ended())
        await asyncio.wait([stopped, ended], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        ended.cancel()
        if stop.is_set():
            return 0
        raise UserError(f"{peripheral.address} has left the air: {ended.result()}")


def _sensor(
    args: argparse.Namespace,
) -> Callable[[str, "Air | None"], "Peripheral | VendorPeripheral"]:
    """The sensor that was asked for, to be put on a transport; or UserError."""
    import numpy as np

    from simulator.device import Device, DeviceParams
    from simulator.errors import SimulatorError
    from simulator.faults import parse_fault
    from simulator.peripheral import Peripheral
    from simulator.scenarios import count_stream
    from simulator.vendors import MODELS
    from simulator.vendors.peripheral import VendorPeripheral

    address = _static_address(np.random.default_rng(args.seed).bytes(6))
    number = address[-5:].replace(":", "")
    make = MODELS.get(args.device)
    security = _security(args)
    if make is None and args.device != "backwatch":
        known = ", ".join(["backwatch", *MODELS])
        raise UserError(f"--device {args.device!r} is not known; use one of {known}")
    params = DeviceParams()
    rate_hz = 1 / params.period_s if make is None else make.NATIVE_HZ
    try:
        faults = [parse_fault(text) for text in args.fault]
        counts = count_stream(args.scenario, args.seed, rate_hz)
    except SimulatorError as error:
        raise UserError(str(error)) from error

    def power_up(transport: str, air: "Air | None") -> Peripheral | VendorPeripheral:
        if make is not None:
            name = args.name or make.NAME + ("" if make.NAME[-1] in "_E" else " ") + number
            return VendorPeripheral(
                transport,
                make(),
                counts,
                name=name,
                address=address,
                faults=faults,
                seed=args.seed,
                air=air,
            )
        # Anew at each power-up, by intent.
        device = Device(int(np.random.default_rng().integers(1, 2**32)), params)
        name = args.name or f"Backwatch {number}"
        return Peripheral(
            transport,
            device,
            counts,
            name=name,
            address=address,
            control=args.protocol == 2,
            security=security,
            faults=faults,
            seed=args.seed,
            air=air,
        )

    return power_up


def _security(args: argparse.Namespace) -> "Security":
    """How it is protected, or UserError."""
    import math

    from simulator.security import Security

    secured = args.passkey is not None or args.bonds is not None
    if secured and (args.device != "backwatch" or args.protocol != 2):
        raise UserError("--passkey and --bonds are for a backwatch sensor of protocol 2")
    if not (math.isfinite(args.pairing) and args.pairing >= 0):
        raise UserError(f"--pairing {args.pairing}: give a number of seconds, 0 for never again")
    passkey = None if args.passkey is None else parse_passkey(args.passkey)
    return Security(passkey=passkey, bonds=args.bonds, pairing_s=args.pairing)


def _print_ready(device: str, name: str, address: str, air: str | None, *, hint: bool) -> None:
    adapter = f"virtual:{air}" if air else None
    ready = {
        "ready": True,
        "port": int(air.rpartition(":")[2]) if air else None,
        "adapter": adapter,
        "address": address,
        "name": name,
    }
    print(json.dumps(ready), flush=True)
    if adapter and hint:
        make = "" if device == "backwatch" else f" --device {device}"
        print(f"Hear it with: backwatch scan --adapter {adapter}{make}", file=sys.stderr)


def _static_address(random: bytes) -> str:
    """A static random address: its two highest bits are set (Core 5.4, Vol 6 Part B, 1.3.2.1)."""
    return ":".join(f"{byte:02X}" for byte in (random[0] | 0xC0, *random[1:6]))


def _say(line: str) -> None:
    print(line, flush=True)


def _follow_stdin(
    loop: asyncio.AbstractEventLoop, console: "Console | None", stop: asyncio.Event | None
) -> None:
    """Hand its lines to the console, where there is one; its end stops, where that is wanted."""

    def tell(call: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(call, *args)

    def follow() -> None:
        # Not through sys.stdin: its lock would be held while the interpreter shuts down.
        held = b""
        with contextlib.suppress(OSError):
            while read := os.read(0, 4096):
                *lines, held = (held + read).split(b"\n")
                held = held[:LONGEST_LINE]
                for line in lines if console is not None else ():
                    assert console is not None
                    tell(console.take, line.decode("utf-8", "replace"))
        if stop is not None:
            tell(stop.set)

    threading.Thread(target=follow, name="stdin", daemon=True).start()
