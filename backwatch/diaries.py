"""The database of a person, opened for what they say and set."""

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError

if TYPE_CHECKING:
    from datetime import date

    from monitor.config import Config
    from monitor.report import Report
    from monitor.store import Journal, Queries


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal and the days beside it."""

    config: "Config"
    journal: "Journal"
    queries: "Queries"


def add_database_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument("--db", type=Path, metavar="FILE", help="where days are kept")
    parser.add_argument(
        "--simulated", action="store_true", help="the simulated days, kept apart from real ones"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


@contextlib.contextmanager
def opened(args: argparse.Namespace, *, made: bool = True) -> Iterator[Opened]:
    """The database that the arguments name; made where there is none yet, if it may be.

    Raises:
        UserError: it cannot be used, or a value cannot be.
    """
    from monitor.config import ConfigError, load_config
    from monitor.store import Store, StoreError

    try:
        names = [name for name in ("db", "profile", "placement") if name in vars(args)]
        config = load_config(args.config, {name: getattr(args, name) for name in names})
        if not made and not config.db.is_file():
            raise UserError(f"{config.db}: there is no such database; name it with --db")
        store = Store(config.db)
        with (
            contextlib.closing(store.journal()) as journal,
            contextlib.closing(store.queries(simulated=args.simulated)) as queries,
        ):
            yield Opened(config, journal, queries)
    except (ConfigError, StoreError, ValueError) as error:
        raise UserError(str(error)) from error


def report_of(found: Opened, first: "date", last: "date", args: argparse.Namespace) -> "Report":
    """The report of these days, by the profile and placement that the settings name.

    Raises:
        UserError: there is no such profile.
    """
    from monitor.profiles import PROFILES, SEES_THE_CHEST
    from monitor.report import kind_of, make_report

    if found.config.profile not in PROFILES:
        raise UserError(f"profile {found.config.profile!r} is not one of {', '.join(PROFILES)}")
    return make_report(
        found.queries,
        first,
        last,
        kind=kind_of(found.config.profile),
        simulated=args.simulated,
        slouch_seen=found.config.placement in SEES_THE_CHEST,
    )


def read_date(option: str, text: str) -> "date":
    """A date of the command line, or UserError."""
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{option} {text!r} is not a date like 2026-09-21") from error


def clock_text(at_ns: int) -> str:
    """An instant as a person reads it here: "2026-09-21 14:13"."""
    from datetime import datetime

    return f"{datetime.fromtimestamp(at_ns / 1e9):%Y-%m-%d %H:%M}"
