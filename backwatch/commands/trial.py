"""A trial of one person: does it help?"""

import argparse
import json
import time
from typing import TYPE_CHECKING

from backwatch.diaries import Opened, add_database_arguments, clock_text, opened, read_date
from backwatch.errors import UserError

if TYPE_CHECKING:
    from monitor.trial import HabitResult, Plan

HELP = "find out whether alerts change your habits: silent half-days, drawn beforehand"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    start = verbs.add_parser("start", help="draw and store a plan, before its first day")
    start.add_argument(
        "--habit", default="slouch", help="the one it is about: slouch, static, bends or breaks"
    )
    start.add_argument("--first", metavar="YYYY-MM-DD", help="first day (default: tomorrow)")
    start.add_argument("--days", type=int, default=20, help="with alerts, an even number")
    start.add_argument("--before", type=int, default=5, help="silent days before them")
    start.add_argument("--faded", type=int, default=6, help="days of fewer alerts, an even number")
    start.add_argument("--after", type=int, default=5, help="silent days at the end")
    start.add_argument("--all-week", action="store_true", help="weekends count too")
    start.add_argument("--seed", type=int, help="of all chance (default: drawn anew)")
    status = verbs.add_parser("status", help="which part it is in, and until when")
    result = verbs.add_parser("result", help="what can be said, once it can")
    end = verbs.add_parser("end", help="end it early")
    end.add_argument("--why", default="", metavar="WORDS")
    for verb in (start, status, result, end):
        add_database_arguments(verb)


def run(args: argparse.Namespace) -> int:
    with opened(args) as found:
        if args.verb == "start":
            return _start(args, found)
        number, plan, ended_ns = _last(found)
        if args.verb == "end":
            return _end(args, found, number)
        if args.verb == "status":
            return _status(args, number, plan, ended_ns)
        return _result(args, found, plan, ended_ns)


def _start(args: argparse.Namespace, found: Opened) -> int:
    import secrets
    from datetime import date, timedelta

    from monitor.trial import HABITS, Design, draw

    if args.habit not in HABITS:
        raise UserError(f"--habit {args.habit!r} is not one of {', '.join(HABITS)}")
    first = (
        date.today() + timedelta(days=1) if args.first is None else read_date("--first", args.first)
    )
    weekdays = tuple(range(7)) if args.all_week else Design().weekdays
    design = Design(args.before, args.days, args.faded, args.after, weekdays)
    seed = secrets.randbelow(2**31) if args.seed is None else args.seed
    plan = draw(design, args.habit, seed, first)
    number = found.journal.start_trial(plan, time.time_ns())
    if args.json:
        print(json.dumps({"trial": number, **_plan_object(plan)}))
        return 0
    print(
        f"Trial {number} is drawn and stored: {plan.half_days[0].day} to "
        f"{plan.half_days[-1].day}, about your {HABITS[args.habit].words}.\n"
        f"Its answer is due on {clock_text(plan.known_ns)}, and not shown before."
    )
    return 0


def _last(found: Opened) -> "tuple[int, Plan, int | None]":
    trials = found.journal.trials()
    if not trials:
        raise UserError("there is no trial; draw one: backwatch trial start")
    number, plan, ended_ns, _ = trials[-1]
    return number, plan, ended_ns


def _end(args: argparse.Namespace, found: Opened, number: int) -> int:
    if not found.journal.end_trial(number, time.time_ns(), args.why):
        raise UserError(f"trial {number} has been ended before")
    print(json.dumps({"ended": number}) if args.json else f"Trial {number} is over.")
    return 0


def _status(args: argparse.Namespace, number: int, plan: "Plan", ended_ns: int | None) -> int:
    now_ns = time.time_ns()
    unit = plan.at(now_ns)
    phase = "ended" if ended_ns is not None else None if unit is None else unit.phase.value
    if args.json:
        told = {"trial": number, "phase": phase, "silent": bool(unit and unit.silent)}
        print(json.dumps({**told, **_plan_object(plan)}))
        return 0
    if ended_ns is not None:
        print(f"Trial {number} was ended on {clock_text(ended_ns)}.")
    elif now_ns < plan.start_ns:
        print(f"Trial {number} begins on {plan.half_days[0].day}.")
    elif now_ns >= plan.stop_ns:
        print(f"Trial {number} is over: backwatch trial result")
    elif unit is None:
        print(f"Trial {number}: today does not count.")
    else:
        # Which half-days are silent is not told beforehand.
        print(f"Trial {number}: {unit.phase.value}, this {unit.half.value}.")
    return 0


def _result(args: argparse.Namespace, found: Opened, plan: "Plan", ended_ns: int | None) -> int:
    from monitor.profiles import SEES_THE_CHEST
    from monitor.report import trial_values
    from monitor.trial import ASSUMPTIONS, results, words

    seen = trial_values(
        found.queries,
        plan,
        until_ns=ended_ns,
        slouch_seen=found.config.placement in SEES_THE_CHEST,
    )
    now_ns = time.time_ns()
    told = results(plan, seen, now_ns)
    if args.json:
        print(json.dumps([_result_object(result) for result in told]))
        return 0
    lines = [words(told[0]), ""]
    if told[0].effect is not None:
        lines += ["Beside, and proving nothing:", *(f"  {words(one)}" for one in told[1:]), ""]
    if ended_ns is not None and ended_ns < plan.known_ns:
        lines += ["It was ended early: an interval is right only if that was not for its sake.", ""]
    print("\n".join([*lines, "What it takes for granted:", *(f"  - {a}" for a in ASSUMPTIONS)]))
    return 0


def _plan_object(plan: "Plan") -> dict[str, object]:
    return {
        "habit": plan.habit,
        "seed": plan.seed,
        "first": plan.half_days[0].day.isoformat(),
        "last": plan.half_days[-1].day.isoformat(),
        "known_ns": plan.known_ns,
    }


def _result_object(result: "HabitResult") -> dict[str, object]:
    from dataclasses import asdict

    from monitor.trial import words

    return {
        "habit": result.habit.name,
        "unit": result.habit.unit,
        "named_beforehand": result.first,
        "answer": result.answer.value,
        "effect": None if result.effect is None else asdict(result.effect),
        "lost_pairs": result.lost_pairs,
        "means": [asdict(mean) for mean in result.means],
        "words": words(result),
    }
