"""A stored day read again with another profile."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.diaries import add_database_arguments, opened, read_date
from backwatch.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from backwatch.diaries import Opened
    from monitor.exposure import Score
    from monitor.exposure.plain import Plain
    from monitor.profiles import Profile
    from monitor.rescoring import Difference, Rescoring
    from monitor.supplied import Supplied

# Ends of names, and the units they stand for; what ends in _per_h says so itself.
UNITS = {"share": "share", "degps": "deg/s", "deg": "deg", "s": "s"}

HELP = "read the stored samples of a day with another profile and show what would differ"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_database_arguments(parser)
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="default: the last day with samples")
    parser.add_argument(
        "--profile",
        metavar="NAME|FILE.toml",
        help="desk, manual or training, or a file of thresholds (docs/rescore.md)",
    )
    parser.add_argument(
        "--placement",
        help="upper_back, low_back, chest or waist (default: what is stored with the samples)",
    )


def run(args: argparse.Namespace) -> int:
    from monitor.store import raw_mountings

    supplied = _supplied(args.profile)
    if supplied is not None:
        args.profile = supplied.profile.name
    with opened(args, made=False) as found:
        profile = _named(found.config.profile) if supplied is None else supplied.profile
        day = _day(args.date, found)
        bounds = found.queries.bounds(day)
        stretch = (bounds.start_ns, bounds.stop_ns)
        db = found.config.db
        if not raw_mountings(db, *stretch, simulated=args.simulated):
            args.simulated = True
    with opened(args, made=False) as found:
        again = _rescore(found, day, profile, args, supplied)
    overruled = () if supplied is None else _overruled(supplied, again)
    print(json.dumps(_object(again, overruled)) if args.json else _table(again, overruled))
    return 0


def _rescore(
    found: "Opened",
    day: "date",
    profile: "Profile",
    args: argparse.Namespace,
    supplied: "Supplied | None",
) -> "Rescoring":
    from monitor.model import Placement
    from monitor.rescoring import NothingKeptError, rescore

    asked, usual = args.placement, found.config.placement
    try:
        return rescore(
            found.config.db,
            found.queries,
            day,
            profile,
            # Samples of before placements were stored: as the settings say now.
            lambda stored: Placement(stored) if stored and asked is None else usual,
            simulated=args.simulated,
        )
    except NothingKeptError as error:
        raise UserError(str(error)) from error
    except (ArithmeticError, IndexError, ValueError) as error:
        if supplied is None:
            raise
        raise UserError(
            f"nothing can be read with the thresholds of {profile.key} together ({error}); put "
            "them nearer to the usual ones (docs/thresholds.md)"
        ) from error


def _supplied(text: str | None) -> "Supplied | None":
    """The profile of a file, where one is named; names of profiles have neither dot nor slash."""
    from monitor.supplied import ProfileFileError, read_profile

    if text is None or not (text.endswith(".toml") or Path(text).is_file()):
        return None
    try:
        return read_profile(Path(text))
    except ProfileFileError as error:
        raise UserError(str(error)) from error


def _named(text: str) -> "Profile":
    from monitor.profiles import PROFILES

    name, _, version = text.partition("/")
    if name not in PROFILES:
        raise UserError(
            f"profile {text!r} is not one of {', '.join(PROFILES)}, and no file of thresholds "
            "(FILE.toml, docs/rescore.md)"
        )
    profile = PROFILES[name]
    if version and text != profile.key:
        raise UserError(
            f"profile {text!r} is not kept: this program has {profile.key}; give the thresholds "
            "that differ in a file (docs/rescore.md)"
        )
    return profile


def _day(text: str | None, found: "Opened") -> "date":
    from monitor.store import raw_hours

    hours = raw_hours(found.config.db)
    if not hours:
        raise UserError(f"{found.config.db}: no samples are kept beside it; nothing can be read")
    if text is None:
        return found.queries.local_date(hours[-1])
    day = read_date("--date", text)
    try:
        found.queries.bounds(day)
    except ValueError as error:
        raise UserError(f"--date {text!r} is not a date like 2026-09-21") from error
    return day


def _overruled(supplied: "Supplied", again: "Rescoring") -> tuple[str, ...]:
    """Thresholds of a file that where the sensor is worn decides."""
    from monitor.model import Placement
    from monitor.profiles import placed

    found = {
        path
        for place in again.placements
        for calibrated in (False, True)
        for path in supplied.overruled(
            placed(supplied.profile, Placement(place), calibrated=calibrated)
        )
    }
    return tuple(sorted(found))


# As JSON


def _object(found: "Rescoring", overruled: tuple[str, ...]) -> dict[str, object]:
    from monitor.exposure import habit_scores, plain_exposure

    def plain(group: "Mapping[str, Difference]") -> dict[str, object]:
        return {
            name: _beside(round(figure.stored, 3), round(figure.rescored, 3))
            for name, figure in group.items()
        }

    stored, again = plain_exposure(found.stored_exposure), plain_exposure(found.exposure)
    return {
        "date": found.date.isoformat(),
        "simulated": found.simulated,
        "profile": found.profile,
        "stored_profiles": list(found.stored_profiles),
        "overruled_by_placement": list(overruled),
        "placements": list(found.placements),
        "stored_placements": list(found.stored_placements),
        "covered_s": round(found.covered_s, 3),
        "shaken_s": round(found.shaken_s, 3),
        "seconds": plain(found.seconds),
        "events": plain(found.events),
        "alerts": plain(found.alerts),
        "exposure": {name: _compared(stored[name], again[name]) for name in stored},
        "scores": [
            _score_object(*pair)
            for pair in zip(
                habit_scores(found.stored_exposure), habit_scores(found.exposure), strict=True
            )
        ],
    }


def _beside(stored: "Plain", rescored: "Plain") -> dict[str, object]:
    out: dict[str, object] = {"stored": stored, "rescored": rescored}
    if isinstance(stored, int | float) and isinstance(rescored, int | float):
        out["difference"] = round(rescored - stored, 3)
    return out


def _compared(stored: "Plain", rescored: "Plain") -> dict[str, object]:
    """Both, number by number where it is a table in both."""
    if isinstance(stored, dict) and isinstance(rescored, dict):
        return {name: _beside(stored[name], rescored[name]) for name in stored}
    return _beside(stored, rescored)


def _score_object(stored: "Score", again: "Score") -> dict[str, object]:
    from monitor.exposure import plain_score

    was, now = plain_score(stored), plain_score(again)
    return {
        "kind": now["kind"],
        "label": now["label"],
        "points": _beside(was["points"], now["points"]),
        "why_null": _beside(was["why_null"], now["why_null"]),
        "lines": _beside(was["lines"], now["lines"]),
    }


# In words


def _table(found: "Rescoring", overruled: tuple[str, ...]) -> str:
    from dashboard.texts import duration_words

    who = "of a simulated day, " if found.simulated else ""
    then = ", ".join(found.stored_profiles) or "nothing"
    where = ", ".join(found.placements).replace("_", " ")
    was = ", ".join(one or "not noted" for one in found.stored_placements).replace("_", " ")
    lines = [
        f"{found.date}: {duration_words(found.covered_s)} of samples {who}stored with {then}, "
        f"read again with {found.profile}",
        f"  worn at: {was}; read as: {where}",
    ]
    if found.shaken_s:
        lines.append(f"  vibrating for {found.shaken_s:.1f} s, which is left out as it was")
    lines += [f"  not used where the sensor is worn: {path}" for path in overruled]
    lines += ["", f"  {'':<38}{'stored':>10}{'again':>10}{'difference':>12}"]
    for title, group, digits in (
        ("states, s", found.seconds, 1),
        ("events", found.events, 0),
        ("alerts", found.alerts, 0),
    ):
        lines.append(f"  {title}")
        for name, figure in group.items():
            if figure.stored or figure.rescored:
                lines.append(_row(name, figure.stored, figure.rescored, digits))
    lines += ["  exposure", *_exposure_rows(found), *_score_rows(found)]
    return "\n".join([*lines, "", "Nothing stored was changed."])


def _exposure_rows(found: "Rescoring") -> "Iterator[str]":
    from monitor.exposure import HOLDS, plain_exposure

    stored, again = plain_exposure(found.stored_exposure), plain_exposure(found.exposure)
    for name, was in stored.items():
        now = again[name]
        pairs = [(_label(name), was, now)]
        if isinstance(was, dict) or isinstance(now, dict):
            parts = was if isinstance(was, dict) else now if isinstance(now, dict) else {}
            pairs = [
                (
                    _label(name, part),
                    was[part] if isinstance(was, dict) else None,
                    now[part] if isinstance(now, dict) else None,
                )
                for part in parts
            ]
        for label, one, other in pairs:
            shown = [value for value in (one, other) if isinstance(value, int | float)]
            if name != "coverage" and any(shown):
                yield _row(label, _number(one), _number(other), _digits(name, *shown))
    if found.stored_exposure.dose.hold_exceedances or found.exposure.dose.hold_exceedances:
        yield f"    {HOLDS}"


def _score_rows(found: "Rescoring") -> "Iterator[str]":
    from monitor.exposure import LABEL, habit_scores

    yield f"  points ({LABEL})"
    for stored, again in zip(
        habit_scores(found.stored_exposure), habit_scores(found.exposure), strict=True
    ):
        yield _row(stored.kind, stored.points, again.points, 1)
        lost = [{line.name: line.lost for line in score.lines} for score in (stored, again)]
        for name in lost[0] | lost[1]:
            if any(one.get(name) for one in lost):
                yield _row(f"  lost by {name}", lost[0].get(name), lost[1].get(name), 1)
        why = dict.fromkeys(one.why_none for one in (stored, again) if one.points is None)
        yield from (f"      none: {reason}" for reason in why)


def _row(name: str, stored: float | None, again: float | None, digits: int) -> str:
    def text(value: float | None) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    change = "" if stored is None and again is None else "not both"
    if stored is not None and again is not None:
        same = text(stored) == text(again)
        change = "same" if same else f"{again - stored:+.{digits}f}"
    return f"    {name.replace('_', ' '):<36}{text(stored):>10}{text(again):>10}{change:>12}"


def _label(name: str, part: str = "") -> str:
    """A name of docs/analysis.md with its unit behind what it is of."""
    unit = next((one for one in UNITS if name.endswith(f"_{one}")), "")
    stem = name.removesuffix(f"_{unit}") if unit else name
    stem = f"{stem.removesuffix('_over')}_{part}" if part else stem
    return f"{stem}, {UNITS[unit]}" if unit else stem


def _number(value: "Plain") -> float | None:
    return value if isinstance(value, int | float) else None


def _digits(name: str, *values: float) -> int:
    """Shares need more than seconds; counts are whole."""
    if all(isinstance(value, int) for value in values):
        return 0
    return 3 if "share" in name else 1
