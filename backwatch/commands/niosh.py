"""A lift described in numbers to its recommended weight limit."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError

if TYPE_CHECKING:
    from monitor.calculators import Lift, LiftingIndex

HELP = "revised NIOSH lifting equation, from what you enter"
WINDOW_S = 900.0  # s; the equation's rate is that of a quarter of an hour, NIOSH 94-110
SEEN_SHARE = 0.9  # 1; of it that has to be measured. Ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--load", type=float, required=True, metavar="KG", help="what is lifted")
    parser.add_argument(
        "--h", type=float, required=True, metavar="CM", help="hands ahead of the ankles"
    )
    parser.add_argument(
        "--v", type=float, required=True, metavar="CM", help="hands above the floor, at the start"
    )
    parser.add_argument("--d", type=float, required=True, metavar="CM", help="how far up or down")
    parser.add_argument(
        "--a", type=float, default=0.0, metavar="DEG", help="load to the side of straight ahead"
    )
    parser.add_argument(
        "--coupling", choices=("good", "fair", "poor"), required=True, help="how the hands hold"
    )
    parser.add_argument(
        "--duration", type=float, required=True, metavar="H", help="hours of such lifting"
    )
    parser.add_argument("--rate", type=float, metavar="PER_MIN", help="lifts a minute")
    parser.add_argument(
        "--from-analysis",
        type=Path,
        metavar="FILE.json",
        help="take the rate from `backwatch analyze --json`: its busiest quarter of an hour",
    )
    parser.add_argument("--one-handed", action="store_true", help="lifted with one hand")
    parser.add_argument("--seated", action="store_true", help="seated or kneeling")
    parser.add_argument("--unstable", action="store_true", help="the load moves, as liquid does")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    from monitor.calculators import CalculatorError, Coupling, Lift, lifting_index

    rate, origin = _rate(args.rate, args.from_analysis)
    lift = Lift(
        load_kg=args.load,
        horizontal_cm=args.h,
        vertical_cm=args.v,
        distance_cm=args.d,
        asymmetry_deg=args.a,
        coupling=Coupling(args.coupling),
        duration_h=args.duration,
        rate_per_min=rate,
        one_handed=args.one_handed,
        seated_or_kneeling=args.seated,
        unstable=args.unstable,
    )
    try:
        found = lifting_index(lift)
    except CalculatorError as error:
        raise UserError(str(error)) from error
    print(json.dumps(_object(lift, found, origin)) if args.json else _table(lift, found, origin))
    return 0


def _rate(entered: float | None, analysis: Path | None) -> tuple[float, str]:
    """Lifts a minute, and where that comes from."""
    if entered is not None:
        return entered, "entered"
    if analysis is None:
        raise UserError("name the lifts a minute with --rate, or a file with --from-analysis")
    try:
        found = json.loads(analysis.read_text(encoding="utf-8").partition("\n")[0])
        lifts = sorted(float(e["start_s"]) for e in found["events"] if e["kind"] == "lift")
        seen = [
            (float(state["start_s"]), float(state["stop_s"]))
            for state in found["states"]
            if state["activity"] not in ("unknown", "not_worn")
        ]
    except OSError as error:
        raise UserError(f"{analysis}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{analysis}: not what `backwatch analyze --json` writes; write it with "
            "`backwatch analyze --json FILE > OUT.json`"
        ) from error
    busiest = _busiest(lifts, seen)
    if busiest is None:
        minutes = sum(stop - start for start, stop in seen) / 60
        raise UserError(
            f"{analysis}: the rate of this equation is that of {WINDOW_S / 60:g} minutes, and "
            f"there are none measured without long gaps ({minutes:.3g} min in all); analyze a "
            "longer recording, or count the lifts and use --rate"
        )
    lifted, minutes = busiest
    return lifted / minutes, (
        f"measured: {lifted} lift-like bends in the busiest {minutes:.3g} min of {analysis.name}; "
        "some lifts are always missed, so where it matters, count them and use --rate"
    )


def _busiest(lifts: list[float], seen: list[tuple[float, float]]) -> tuple[int, float] | None:
    """Lifts and measured minutes of the quarter of an hour with the highest rate.

    Args:
        lifts: instants, ascending [s].
        seen: stretches that were measured, in order [s].
    """
    if not seen:
        return None
    last_s = max(seen[0][0], seen[-1][1] - WINDOW_S)
    best: tuple[int, float] | None = None
    for start_s in sorted({min(start_s, last_s) for start_s in (seen[0][0], *lifts)}):
        stop_s = start_s + WINDOW_S
        measured_s = sum(max(0.0, min(stop, stop_s) - max(start, start_s)) for start, stop in seen)
        if measured_s < SEEN_SHARE * WINDOW_S:
            continue
        count = sum(start_s <= lift < stop_s for lift in lifts)
        if best is None or count / measured_s > best[0] / (best[1] * 60):
            best = (count, measured_s / 60)
    return best


def _object(lift: "Lift", found: "LiftingIndex", origin: str) -> dict[str, object]:
    from dashboard.lifting_text import MULTIPLIERS, lifting_text

    return {
        "recommended_kg": round(found.recommended_kg, 3),
        "index": None if found.index is None else round(found.index, 3),
        "band": found.band.value,
        "multipliers": {name: round(getattr(found, name), 4) for name in MULTIPLIERS},
        "rate_per_min": round(lift.rate_per_min, 3),
        "rate_from": origin,
        "sentence": lifting_text(lift, found),
    }


def _table(lift: "Lift", found: "LiftingIndex", origin: str) -> str:
    from dashboard.lifting_text import lifting_text

    rows = (
        ("HM", found.horizontal, f"hands {lift.horizontal_cm:g} cm ahead of the ankles"),
        ("VM", found.vertical, f"hands {lift.vertical_cm:g} cm above the floor"),
        ("DM", found.distance, f"moved {lift.distance_cm:g} cm up or down"),
        ("AM", found.asymmetry, f"{lift.asymmetry_deg:g}° to the side"),
        (
            "FM",
            found.frequency,
            f"{lift.rate_per_min:.3g} lifts a minute ({origin}), {lift.duration_h:g} h",
        ),
        ("CM", found.coupling, f"{lift.coupling.value} grip"),
    )
    index = "none" if found.index is None else f"{found.index:.2f}"
    return "\n".join(
        [
            f"  {'LC':<4}{'23 kg':>7}  where everything else is at its best",
            *(f"  {name:<4}{value:>7.3f}  {word}" for name, value, word in rows),
            f"  {'RWL':<4}{found.recommended_kg:>4.2f} kg  recommended weight limit",
            f"  {'LI':<4}{index:>7}  lifting index, {found.band.value.replace('_', ' ')}",
            "",
            lifting_text(lift, found),
        ]
    )
