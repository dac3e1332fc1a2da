"""A shared sensor lent for a shift, taken back, and left with nothing of the person on it."""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.diaries import Opened, add_database_arguments, clock_text, opened
from backwatch.errors import UserError, printable

if TYPE_CHECKING:
    from monitor.model.journal import Handover
    from monitor.store import Writer

HELP = "lend a shared sensor for a shift, take it back, hand over and erase what it saw"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    out = verbs.add_parser("hand-out", help="lend a sensor for a shift")
    out.add_argument("sensor", help="its address")
    out.add_argument("--to", required=True, metavar="WORD", help="a number or word; no name needed")
    back = verbs.add_parser(
        "take-back", help="it is back: write all of the shift to a file, then erase it here"
    )
    back.add_argument("sensor", help="its address")
    how = back.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--export", type=Path, metavar="FILE.zip", help="for the person to take; never overwritten"
    )
    how.add_argument("--no-export", action="store_true", help="the person wants none: only erase")
    how.add_argument(
        "--later", action="store_true", help="only note that it is back; erase it another time"
    )
    show = verbs.add_parser("list", help="who has, and had, which sensor")
    code = verbs.add_parser("qr", help="a QR code that opens the form of a sensor on the page")
    code.add_argument("sensor", help="its address")
    code.add_argument("--page", default="http://127.0.0.1:8765", metavar="URL", help="of the page")
    code.add_argument("--out", type=Path, metavar="FILE.svg", required=True)
    for verb in (out, back, show):
        add_database_arguments(verb)


def run(args: argparse.Namespace) -> int:
    if args.verb == "qr":
        return _qr(args)
    with opened(args) as found:
        match args.verb:
            case "hand-out":
                shift = found.journal.hand_out(args.sensor, _word(args.to), time.time_ns())
                _tell(args, shift, f"{args.sensor} is lent to {printable(shift.person)}.")
            case "take-back":
                _take_back(args, found)
            case "list":
                _list(args, found)
    return 0


def _word(text: str) -> str:
    from monitor.model.journal import PERSON_CHARACTERS

    if not text.strip() or len(text) > PERSON_CHARACTERS:
        raise UserError(f"--to {text!r}: use a number or word of up to {PERSON_CHARACTERS} letters")
    return text.strip()


def _take_back(args: argparse.Namespace, found: Opened) -> None:
    from monitor.store import StoreInUseError
    from monitor.store.writer import Writer

    if args.later:
        shift = found.journal.take_back(args.sensor, time.time_ns()) or _left(args, found)
        _tell(args, shift, f"{args.sensor} is back. What it saw is still here.")
        return
    try:
        writer = Writer(found.config.db)  # nothing is recorded meanwhile
    except StoreInUseError as error:
        raise UserError(
            f"{found.config.db}: a Backwatch is recording into it; take the sensor back on its "
            "page, or stop it first"
        ) from error
    with writer:
        _hand_over(args, found, writer)


def _hand_over(args: argparse.Namespace, found: Opened, writer: "Writer") -> None:
    from monitor.link import forget_tapes
    from monitor.takeout import WHAT_STAYS, TakenError, prove, take_out

    shift = found.journal.take_back(args.sensor, time.time_ns()) or _left(args, found)
    assert shift.stop_ns is not None
    lines = []
    if args.export is not None:
        try:
            taken = take_out(
                found.config.db, found.journal, shift, args.export, stop_ns=shift.stop_ns
            )
            prove(found.config.db, found.journal, shift, taken, stop_ns=shift.stop_ns)
        except TakenError as error:
            raise UserError(str(error)) from error
        if taken.written:
            again = " again, of what was still here" if shift.exported_ns is not None else ""
            lines.append(f"Everything of the shift is in {args.export}{again}.")
            found.journal.note_export(shift.id, time.time_ns(), taken.digest)
        else:
            lines.append(f"{args.export} was made before, and is whole.")
    writer.wipe(shift, time.time_ns())
    try:
        forget_tapes(found.config.db, (shift.start_ns, time.time_ns()))
    except OSError as error:
        raise UserError(
            f"it is erased here but for a tape; delete that yourself: {error}"
        ) from error
    erased = next(one for one in found.journal.handovers() if one.id == shift.id)
    _tell(args, erased, "\n".join([*lines, "It is erased here.", WHAT_STAYS]))


def _left(args: argparse.Namespace, found: Opened) -> "Handover":
    """The shift that is over and still here."""
    for shift in found.journal.handovers():
        if shift.address == args.sensor and shift.stop_ns is not None and shift.erased_ns is None:
            return shift
    raise UserError(f"sensor {args.sensor} is not out; see: backwatch kit list")


def _list(args: argparse.Namespace, found: Opened) -> None:
    shifts = found.journal.handovers()
    if args.json:
        print(json.dumps([asdict(shift) for shift in shifts]))
        return
    if not shifts:
        print("No sensor was lent. Lend one: backwatch kit hand-out SENSOR --to 17")
    for shift in shifts:
        until = "          is out" if shift.stop_ns is None else clock_text(shift.stop_ns)
        state = "" if shift.stop_ns is None else "  erased" if shift.erased_ns else "  still here"
        person = printable(shift.person)
        print(f"{shift.address}  {person:<20}  {clock_text(shift.start_ns)} - {until}{state}")


def _qr(args: argparse.Namespace) -> int:
    from dashboard.qr import kit_svg

    if args.out.exists():
        raise UserError(f"{args.out} exists; name another file")
    try:
        args.out.write_bytes(kit_svg(args.page, args.sensor))
    except (OSError, ValueError) as error:
        raise UserError(f"--out {args.out}: {error}") from error
    print(f"{args.out} opens {args.sensor} on {args.page}.")
    return 0


def _tell(args: argparse.Namespace, shift: "Handover", words: str) -> None:
    print(json.dumps(asdict(shift)) if args.json else words)
