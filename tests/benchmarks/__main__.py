"""Prints how fast, how small and how exact: `make bench`.

python -m tests.benchmarks                      # all, some minutes
python -m tests.benchmarks --only radio --json
"""

import argparse
import json
import logging
import os
import sys
import traceback

from tests.benchmarks import (
    browsing,
    clock,
    interpretation,
    page,
    radio,
    reports,
    skdh,
    soak,
    storing,
)
from tests.benchmarks.figures import Figure, Subject, as_json, missing, table

FAILED = "not finished"
MODULES = (interpretation, skdh, storing, reports, page, browsing, clock, radio, soak)
SUBJECTS: tuple[Subject, ...] = tuple(module.SUBJECT for module in MODULES)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    names = [subject.name for subject in SUBJECTS]
    parser.add_argument("--only", action="append", choices=names, help="may be repeated")
    parser.add_argument("--json", action="store_true", help="for scripts; progress on stderr")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: whether it runs at all")
    args = parser.parse_args(argv)
    if os.getloadavg()[0] > 0.5 * (os.cpu_count() or 1):
        print(f"Others use this machine too (load {os.getloadavg()[0]:.1f}).", file=sys.stderr)
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        told = _measured([s for s in SUBJECTS if not args.only or s.name in args.only], args)
    finally:
        logging.disable(disabled)
    if args.json:
        print(json.dumps(as_json(told), indent=1))
    failed = any(figure.name == FAILED for figures in told.values() for figure in figures)
    return 1 if failed else 0


def _measured(subjects: list[Subject], args: argparse.Namespace) -> dict[str, list[Figure]]:
    told: dict[str, list[Figure]] = {}
    for subject in subjects:
        if args.json:
            print(subject.title, file=sys.stderr)
        told[subject.name] = figures = []
        try:
            figures.extend(subject.measure(args.quick))
        except Exception:  # the others are worth having
            traceback.print_exc()
            figures.append(missing(FAILED, "", "it failed; see above"))
        if not args.json:
            print(table(subject, told[subject.name]), flush=True)
    return told


if __name__ == "__main__":
    sys.exit(main())
