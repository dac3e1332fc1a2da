"""A stored day read again with another profile."""

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError

if TYPE_CHECKING:
    from datetime import date

    from monitor.rescoring import Difference, Rescoring

HELP = "read the stored samples of a day with another profile and show what would differ"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument("--db", type=Path, metavar="FILE", help="where days are kept")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="default: the last day with samples")
    parser.add_argument("--profile", help="threshold profile: desk, manual or training")
    parser.add_argument(
        "--placement",
        help="upper_back, low_back, chest or waist (default: what is stored with the samples)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    from monitor.config import ConfigError, load_config
    from monitor.model import Placement
    from monitor.profiles import PROFILES
    from monitor.rescoring import NothingKeptError, rescore
    from monitor.store import Store, StoreError, raw_hours, raw_mountings

    try:
        config = load_config(
            args.config, {name: getattr(args, name) for name in ("db", "profile", "placement")}
        )
        if config.profile not in PROFILES:
            raise UserError(f"profile {config.profile!r} is not one of {', '.join(PROFILES)}")
        if not config.db.is_file():
            raise UserError(f"{config.db}: there is no such database; name it with --db")
        if not raw_hours(config.db):
            raise UserError(f"{config.db}: no samples are kept beside it, so nothing can be read")
        store = Store(config.db)
        with closing(store.queries()) as queries:
            day = _day(args.date, queries.local_date(raw_hours(config.db)[-1]))
            bounds = queries.bounds(day)
        stretch = (bounds.start_ns, bounds.stop_ns)
        simulated = not raw_mountings(config.db, *stretch, simulated=False)
        with closing(store.queries(simulated=simulated)) as queries:
            found = rescore(
                config.db,
                queries,
                day,
                PROFILES[config.profile],
                # Samples of before placements were stored: as the settings say now.
                lambda stored: (
                    Placement(stored) if stored and args.placement is None else config.placement
                ),
                simulated=simulated,
            )
    except (ConfigError, StoreError, NothingKeptError) as error:
        raise UserError(str(error)) from error
    print(json.dumps(_object(found)) if args.json else _table(found))
    return 0


def _day(text: str | None, last: "date") -> "date":
    from datetime import date

    from monitor.store.days import day_bounds

    if text is None:
        return last
    try:
        day = date.fromisoformat(text)
        day_bounds(day)
    except ValueError as error:
        raise UserError(f"--date {text!r} is not a date like 2026-09-21") from error
    return day


def _object(found: "Rescoring") -> dict[str, object]:
    def plain(group: dict[str, "Difference"]) -> dict[str, dict[str, float]]:
        return {
            name: {
                "stored": round(figure.stored, 3),
                "rescored": round(figure.rescored, 3),
                "difference": round(figure.rescored - figure.stored, 3),
            }
            for name, figure in group.items()
        }

    return {
        "date": found.date.isoformat(),
        "simulated": found.simulated,
        "profile": found.profile,
        "stored_profiles": list(found.stored_profiles),
        "placements": list(found.placements),
        "stored_placements": list(found.stored_placements),
        "covered_s": round(found.covered_s, 3),
        "seconds": plain(dict(found.seconds)),
        "events": plain(dict(found.events)),
        "alerts": plain(dict(found.alerts)),
    }


def _table(found: "Rescoring") -> str:
    from dashboard.texts import duration_words

    who = "of a simulated day, " if found.simulated else ""
    then = ", ".join(found.stored_profiles) or "nothing"
    where = ", ".join(found.placements).replace("_", " ")
    was = ", ".join(one or "not noted" for one in found.stored_placements).replace("_", " ")
    lines = [
        f"{found.date}: {duration_words(found.covered_s)} of samples {who}stored with {then}, "
        f"read again with {found.profile}",
        f"  worn at: {was}; read as: {where}",
        "",
        f"  {'':<22}{'stored':>12}{'again':>12}{'difference':>12}",
    ]
    groups = (
        ("states, s", found.seconds, ".1f"),
        ("events", found.events, ".0f"),
        ("alerts", found.alerts, ".0f"),
    )
    for title, group, form in groups:
        lines.append(f"  {title}")
        for name, figure in group.items():
            if not (figure.stored or figure.rescored):
                continue
            change = figure.rescored - figure.stored
            said = f"{change:+{form}}" if round(change, 1) else "same"
            lines.append(
                f"    {name.replace('_', ' '):<20}{figure.stored:>12{form}}"
                f"{figure.rescored:>12{form}}{said:>12}"
            )
    return "\n".join(lines) + "\n\nNothing stored was changed."
