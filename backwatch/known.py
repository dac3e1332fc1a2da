"""The list of paired sensors, for the commands that show and change it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError, printable

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.link import Bonds, KnownSensor


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Which list: it lies beside the database."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument("--db", type=Path, metavar="FILE", help="where days are kept")


def settings(args: argparse.Namespace, *names: str) -> "Config":
    """The settings with what the command line says of these, or UserError."""
    from monitor.config import ConfigError, load_config

    try:
        return load_config(args.config, {name: getattr(args, name) for name in ("db", *names)})
    except ConfigError as error:
        raise UserError(str(error)) from error


def known_sensors(config: "Config") -> "Bonds":
    """The list."""
    from monitor.link import SENSORS_NAME, Bonds

    return Bonds(config.db.parent / SENSORS_NAME)


def words(sensor: "KnownSensor") -> str:
    """A sensor on one line."""
    from monitor.link import VENDORS

    make = VENDORS.get(sensor.make)
    parts = [f"{printable(sensor.name) or '(no name)'} {printable(sensor.address)}"]
    parts.append(printable(make.name if make else sensor.make))
    if sensor.encrypted:
        kind = "encrypted, checked by passkey" if sensor.authenticated else "encrypted"
        parts.append(f"{kind} by the system" if sensor.radio == "system" else kind)
    elif sensor.make == "backwatch":
        parts.append("not encrypted: version 1 of the protocol")
    else:
        parts.append("not encrypted by its maker's protocol")
    if sensor.radio == "virtual":
        parts.append("simulated")
    parts.append(f"paired {_date(sensor.paired_ns)}")
    parts.append("never seen since" if sensor.seen_ns is None else f"seen {_date(sensor.seen_ns)}")
    if sensor.battery_percent is not None:
        parts.append(f"battery {sensor.battery_percent} %")
    return ", ".join(parts)


def as_json(sensor: "KnownSensor") -> dict[str, object]:
    """A sensor for programs; times in nanoseconds since the epoch, UTC. No keys."""
    import dataclasses

    return dataclasses.asdict(sensor)


def _date(at_ns: int) -> str:
    from datetime import datetime

    return f"{datetime.fromtimestamp(at_ns / 1e9):%Y-%m-%d %H:%M}"
