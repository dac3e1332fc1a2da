"""What was told and why; and when it may be told."""

import argparse
import contextlib
import json
import time
from collections import Counter
from typing import TYPE_CHECKING

from backwatch.diaries import Opened, add_database_arguments, clock_text, opened, read_date
from backwatch.errors import UserError

if TYPE_CHECKING:
    from monitor.coaching import Decision
    from monitor.store import StoredAlert, WishValue

HELP = "the alerts of a day and what became of each; snooze, calls, quiet hours, pain mode"
SNOOZE_MIN = ("5", "15", "60")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    show = verbs.add_parser("list", help="the alerts of a day, told or not, and why")
    show.add_argument("--date", metavar="YYYY-MM-DD", help="default: today")
    snooze = verbs.add_parser("snooze", help="no reminders for a while; they are held until then")
    snooze.add_argument("until", choices=[*SNOOZE_MIN, "today", "off"], help="minutes, or today")
    call = verbs.add_parser("call", help="in a call: reminders are held until it is over")
    call.add_argument("state", choices=["on", "off"])
    pain = verbs.add_parser("pain", help="pain mode: no coaching at all")
    pain.add_argument("state", choices=["on", "off"])
    says = verbs.add_parser("says", help="what you say of an alert")
    says.add_argument("alert", type=int, help="its number, as `list` shows it")
    says.add_argument("verdict", choices=["right", "wrong", "had-to"])
    sets = verbs.add_parser("set", help="a setting; without a value, back to the default")
    sets.add_argument("name", help="quiet, working, channels, apart_s, slouch_on_deg ...")
    sets.add_argument("value", nargs="*", help='such as 600, or "22:00-06:30", or page desktop')
    phase = verbs.add_parser(
        "phase", help="a phase of recovery that you or your physiotherapist set; it never advances"
    )
    phase.add_argument("label", help='such as 3; "off" ends it')
    phase.add_argument("--profile", help="the profile that goes with it: desk or manual")
    for verb in (show, snooze, call, pain, says, sets, phase):
        add_database_arguments(verb)


def run(args: argparse.Namespace) -> int:
    with opened(args) as found:
        match args.verb:
            case "list":
                return _list(args, found)
            case "snooze":
                _keep(found, "snoozed_until_ns", _until_ns(args.until, found))
            case "call":
                _keep(found, "in_call", args.state == "on" or None)
            case "pain":
                _keep(found, "pain", args.state == "on" or None)
            case "says":
                _says(args, found)
            case "phase":
                _phase(args, found)
            case "set":
                _set(args, found)
        kept = found.journal.wishes()
    print(json.dumps(kept) if args.json else _kept_words(kept))
    return 0


def _keep(found: Opened, name: str, value: "WishValue") -> None:
    found.journal.set_wish(name, value, time.time_ns())


def _until_ns(until: str, found: Opened) -> int | None:
    now_ns = time.time_ns()
    if until == "off":
        return None
    if until == "today":
        return found.queries.bounds(found.queries.local_date(now_ns)).stop_ns
    return now_ns + int(until) * 60 * 10**9


def _says(args: argparse.Namespace, found: Opened) -> None:
    from monitor.model.journal import Feedback, Verdict

    verdict = Verdict(args.verdict.replace("-", "_"))
    if not found.journal.add_feedback(Feedback(time.time_ns(), args.alert, verdict)):
        raise UserError(f"there is no alert {args.alert}; see: backwatch alerts list")


def _phase(args: argparse.Namespace, found: Opened) -> None:
    from monitor.model.journal import WORD_CHARACTERS
    from monitor.profiles import PROFILES

    if args.profile is not None and args.profile not in PROFILES:
        raise UserError(f"profile {args.profile!r} is not one of {', '.join(PROFILES)}")
    if not args.label.strip() or len(args.label) > WORD_CHARACTERS:
        raise UserError(f"phase {args.label!r}: use a word of up to {WORD_CHARACTERS} letters")
    phase: dict[str, WishValue] = {
        "label": args.label.strip(),
        "profile": args.profile,
        "since_ns": time.time_ns(),
    }
    _keep(found, "phase", None if args.label == "off" else phase)


def _set(args: argparse.Namespace, found: Opened) -> None:
    from monitor.settings import LISTS, SWITCHES, check

    value: WishValue = None
    if args.name in SWITCHES and args.value in (["on"], ["off"]):
        value = args.value == ["on"]
    elif args.value:
        value = list(args.value) if args.name in LISTS else _number(args.value)
    check(args.name, value)
    _keep(found, args.name, value)


def _number(words: list[str]) -> "WishValue":
    text = " ".join(words)
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _list(args: argparse.Namespace, found: Opened) -> int:
    from datetime import date

    day = date.today() if args.date is None else read_date("--date", args.date)
    bounds = found.queries.bounds(day)
    alerts = found.queries.alerts(day)[::-1]
    decisions = found.journal.decisions(bounds.start_ns, bounds.stop_ns)
    last = {(d.alert.rule, d.alert.at_ns): d for d in decisions if d.outcome != "cleared"}
    said = {feedback.alert_id: feedback.verdict.value for feedback in found.journal.feedback()}
    if args.json:
        print(json.dumps([_object(alert, last, said) for alert in alerts]))
        return 0
    if not alerts:
        print(f"No alerts on {day}.")
        return 0
    for alert in alerts:
        told = _object(alert, last, said)
        feedback = f"; you said: {told['feedback']}" if told["feedback"] else ""
        print(f"{alert.id:>5}  {clock_text(alert.alert.at_ns)}  {told['title']}")
        print(f"       {told['became']}{feedback}")
    counts = Counter(d.outcome.value for d in last.values())
    print(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    return 0


def _object(
    stored: "StoredAlert",
    last: "dict[tuple[str, int], Decision]",
    said: dict[int, str],
) -> dict[str, object]:
    from dashboard.texts import alert_text
    from monitor.coaching.texts import decision_words

    decision = last.get((stored.alert.rule, stored.alert.at_ns))
    return {
        "id": stored.id,
        "at_ns": stored.alert.at_ns,
        "rule": stored.alert.rule,
        "title": alert_text(stored.alert.rule, stored.alert.values).title,
        "confidence": stored.alert.values.get("confidence"),
        "outcome": None if decision is None else decision.outcome.value,
        "reason": None if decision is None else decision.reason.value,
        "became": "Told." if decision is None else decision_words(decision),
        "feedback": said.get(stored.id),
    }


def _kept_words(kept: "dict[str, WishValue]") -> str:
    if not kept:
        return "Nothing is set; everything is as it comes."
    lines = []
    for name, value in sorted(kept.items()):
        lines.append(f"{name.removesuffix('_ns')}: {_value_words(name, value)}")
    return "\n".join(lines)


def _value_words(name: str, value: object) -> str:
    """As a person reads it: an instant by the clock, a phase part by part."""
    if isinstance(value, dict):
        return ", ".join(
            f"{key.removesuffix('_ns')} {_value_words(key, one)}"
            for key, one in value.items()
            if one is not None
        )
    if name.endswith("_ns") and isinstance(value, int):
        return clock_text(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
