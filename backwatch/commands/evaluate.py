"""Interpretation scored on labelled recordings and simulated people."""

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from backwatch.evaluation.figures import Figure
    from backwatch.evaluation.record import Record

HELP = "score the interpretation on labelled recordings and simulated people"

DOCUMENT = Path("docs") / "validation.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--datasets",
        type=Path,
        default=os.environ.get("BACKWATCH_DATASETS"),
        metavar="DIR",
        help="folder with one folder a data set; default: BACKWATCH_DATASETS, or ../shared/data",
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these sets")
    parser.add_argument("--quick", action="store_true", help="a few subjects of each set")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes; default 1")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument(
        "--write",
        type=Path,
        metavar="FILE.md",
        help="record the figures and write the document from them",
    )
    doing.add_argument(
        "--check",
        action="store_true",
        help="fail if a figure is below its floor or docs/validation.md is stale",
    )
    doing.add_argument(
        "--leave-out",
        nargs="*",
        choices=("bends", "falls", "walking", "observer"),
        metavar="GRID",
        help="choose thresholds anew without each person, of these grids or all (slow), and stop",
    )
    doing.add_argument(
        "--learn",
        action="store_true",
        help="fit weights to ever more people, for the learning curves, and stop",
    )
    parser.add_argument(
        "--raise-floors", action="store_true", help="with --write: draw floors after the figures"
    )


def run(args: argparse.Namespace) -> int:
    from backwatch.evaluation.run import SETS, evaluate
    from monitor.recording import RecordingError

    names = args.only or SETS
    for name in names:
        if name not in SETS:
            raise UserError(f"--only {name!r} is not one of {', '.join(SETS)}")
    if args.write is not None and args.quick:
        raise UserError("--write wants every subject; leave --quick out")
    if args.raise_floors and args.write is None:
        raise UserError("--raise-floors goes with --write")
    if args.jobs < 1:
        raise UserError(f"--jobs {args.jobs} makes no sense; give 1 or more")

    def say(what: str) -> None:
        print(f"  {what}", file=sys.stderr, flush=True)

    datasets = _datasets(args.datasets)
    try:
        if args.leave_out is not None:
            return _leave_out(args.leave_out, datasets, say)
        if args.learn:
            return _learn(datasets, say)
        record = evaluate(names, datasets, quick=args.quick, jobs=args.jobs, say=say)
    except RecordingError as error:
        raise UserError(str(error)) from error
    if args.check:
        return _check(record, quick=args.quick)
    if args.write is not None:
        _write(args.write, record, floors=args.raise_floors)
    if args.json:
        from backwatch.evaluation.record import as_data

        print(json.dumps(as_data(record), allow_nan=False))
    elif args.write is None:
        _print(record)
    return 0


def _leave_out(names: list[str], datasets: Path, say: "Callable[[str], None]") -> int:
    """Choose thresholds without each person, and keep what was chosen."""
    from backwatch.evaluation.choosing import CHOSEN, write_choices
    from backwatch.evaluation.grids import GRIDS
    from backwatch.evaluation.trying import choices

    for choice in choices(datasets, names or list(GRIDS), say):
        write_choices([choice])
        print(f"{choice.grid.name}: chosen without {len(choice.without) - 1} people; {CHOSEN}")
    return 0


def _learn(datasets: Path, say: "Callable[[str], None]") -> int:
    """Draw the learning curves anew, and keep them."""
    from backwatch.evaluation.learning import LEARNING, learn, write_curves

    write_curves(learn(datasets, say))
    print(LEARNING)
    return 0


def _datasets(given: Path | None) -> Path:
    if given is not None:
        return Path(given)
    return Path(__file__).parents[2].parent / "shared" / "data"


def _write(document: Path, record: "Record", *, floors: bool) -> None:
    from backwatch.evaluation import record as recorded
    from backwatch.evaluation.choosing import read_choices
    from backwatch.evaluation.learning import read_curves
    from backwatch.evaluation.report import render
    from backwatch.evaluation.run import SETS
    from backwatch.evaluation.training import trained_parts

    whole = recorded.merged(recorded.read_record(), record, SETS)
    recorded.write_record(whole)
    if floors:
        drawn = recorded.raised(recorded.read_floors(), whole)
        recorded.FLOORS.write_text(json.dumps(drawn, indent=1) + "\n", encoding="utf-8")
    try:
        document.write_text(
            render(
                recorded.read_record(),
                recorded.read_floors(),
                trained_parts(),
                read_choices(),
                read_curves(),
            ),
            encoding="utf-8",
        )
    except OSError as error:
        raise UserError(f"{document}: cannot be written: {error.strerror or error}") from error


def _check(record: "Record", *, quick: bool) -> int:
    """Say on stderr what is below its floor or stale; 1 if anything is."""
    wrong = check(record, quick=quick)
    for sentence in wrong:
        print(f"backwatch: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def check(record: "Record", *, quick: bool) -> list[str]:
    """What is wrong with the recorded figures and the document, given fresh figures.

    Args:
        quick: the fresh figures are of few subjects, so compare subject by subject.
    """
    from backwatch.evaluation.choosing import read_choices
    from backwatch.evaluation.grids import stale_choices
    from backwatch.evaluation.learning import read_curves
    from backwatch.evaluation.record import (
        below,
        changed,
        changed_subjects,
        read_floors,
        read_record,
    )
    from backwatch.evaluation.report import is_stale, render
    from backwatch.evaluation.training import trained_parts

    known, floors = read_record(), read_floors()
    again = "run backwatch evaluate --write docs/validation.md"
    wrong = [sentence for figures in known.figures.values() for sentence in below(figures, floors)]
    document = Path(__file__).parents[2] / DOCUMENT
    wrong += [
        f"{name}: thresholds were chosen from another grid; run backwatch evaluate --leave-out"
        for name in stale_choices()
    ]
    if is_stale(document, render(known, floors, trained_parts(), read_choices(), read_curves())):
        wrong.append(f"{DOCUMENT} is not what the recorded figures say; {again}")
    for name, fresh in record.figures.items():
        there = known.figures.get(name, [])
        if quick:
            stale = changed_subjects(fresh, there)
        else:
            wrong += below(fresh, floors)
            by_key = {figure.key: figure for figure in there}
            stale = [
                figure.key
                for figure in fresh
                if figure.key not in by_key or changed(figure, by_key[figure.key])
            ]
        if stale:
            wrong.append(f"{DOCUMENT} is stale: {', '.join(stale[:5])} changed; {again}")
    return list(dict.fromkeys(wrong))


def _print(record: "Record") -> None:
    from backwatch.evaluation.choosing import code, read_choices

    before = [name for name, one in read_choices().items() if one["code"] != code()]
    if before:
        print(
            f"{', '.join(before)}: chosen without each person by an earlier state of the path; "
            "backwatch evaluate --leave-out chooses anew"
        )
    for name, figures in record.figures.items():
        print(name)
        for figure in figures:
            print(_line(figure))
    for rows in record.reliabilities.values():
        for reliability in rows:
            print(f"{reliability.what}: {reliability.off:.3f} off, {reliability.counted}")
            for band in reliability.bands:
                print(f"  said {band.said:.2f}, right {band.right:.2f}, of {band.share:.2f}")
    if record.likenesses:
        print("likeness")
    for one in record.likenesses:
        print(
            f"  {'' if one.alike else 'DIFFERS':8}{one.movement}, {one.measure}: real "
            f"{one.real.middle:.3g} ({one.real.low:.3g}-{one.real.high:.3g}), simulated "
            f"{one.simulated.middle:.3g} ({one.simulated.low:.3g}-{one.simulated.high:.3g})"
        )


def _line(figure: "Figure") -> str:
    mark = {True: "reached", False: "MISSED", None: ""}[figure.reached]
    beside = "; ".join(f"{other.name} {other.value:.3f}" for other in figure.beside)
    target = "" if figure.reach is None else f" target {figure.reach:.3f}"
    alone = sum(math.isfinite(value) for value in figure.subjects.values())
    interval = f"[{figure.low:.3f}, {figure.high:.3f}]"
    if math.isnan(figure.low):
        interval = "[one person]" if alone == 1 else f"[{alone} people]"
    return (
        f"  {mark:8}{figure.key:44}{figure.value:8.3f} {interval} "
        f"{figure.unit}{target}  {figure.counted}{'  | ' + beside if beside else ''}"
    )
