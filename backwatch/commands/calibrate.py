"""A guided calibration in the terminal: how the sensor sits on one person at one place."""

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.commands import PLACEMENTS
from backwatch.commands.analyze import add_unit_arguments
from backwatch.errors import UserError, printable

if TYPE_CHECKING:
    from monitor.calibration import Finding, Guide, Problem, Progress
    from monitor.calibration.guide import Params
    from monitor.config import Config
    from monitor.model import Calibration, SampleChunk, SegmentEnd
    from monitor.store import Fittings

HELP = "find how the sensor sits: stand still, bow three times, sit tall, slump"

TASKS = ("stand", "bow", "sit", "slump")
REASONS = 3  # told where nothing was found, the commonest first. Ours
PATIENCE_S = 180.0  # s; the four tasks take half a minute. Ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sensor", metavar="[MAKE:]NAME|ADDRESS", help="this sensor and no other")
    parser.add_argument(
        "--adapter", help="hci0 and the like; virtual:HOST:PORT for a simulated sensor"
    )
    parser.add_argument(
        "--place", default="desk", help="a name for where you are, e.g. desk or car (default: desk)"
    )
    parser.add_argument("--placement", choices=PLACEMENTS, help="where the sensor sits")
    parser.add_argument("--no-slump", action="store_true", help="without the slump")
    parser.add_argument(
        "--use-advised", action="store_true", help="take the advised slouch threshold over, too"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=PATIENCE_S,
        metavar="S",
        help=f"give up after so long (default: {PATIENCE_S:g})",
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="REC",
        help="from a recording in place of a sensor; kept only where --sensor names its address",
    )
    parser.add_argument(
        "--marks",
        metavar="TASK=A:B,...",
        help="seconds of the file in which each task is done, e.g. stand=0:8,bow=8:25,sit=28:36; "
        "without them the tasks are looked for",
    )
    add_unit_arguments(parser)
    parser.add_argument("--list", action="store_true", help="list what is kept, and end")
    parser.add_argument("--forget", metavar="PLACE", help="let go of a place, and end")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument("--db", type=Path, metavar="FILE", help="where days are kept")
    parser.add_argument("--json", action="store_true", help="JSON lines")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where a calibration was found (or kept), 1 where none was."""
    import math

    from dashboard.fitting_text import MISFITS
    from monitor.config import ConfigError, load_config
    from monitor.service import FittingError, place_name

    if not (math.isfinite(args.seconds) and args.seconds > 0):
        raise UserError(f"--seconds {args.seconds}: give a number of seconds above 0")
    if args.marks is not None and args.file is None:
        raise UserError("--marks belongs to --file; name the recording")
    try:
        names = ("sensor", "adapter", "placement", "db")
        overrides = {name: getattr(args, name) for name in names}
        if overrides["sensor"] is not None:
            overrides["sensor"] = [overrides["sensor"]]
        config = load_config(args.config, overrides)
        place = place_name(args.place)
    except ConfigError as error:
        raise UserError(str(error)) from error
    except FittingError as error:
        raise UserError(f"--place {args.place!r}: {MISFITS[error.misfit]}") from error
    if args.list or args.forget is not None:
        return _kept(config, args)
    try:
        return _from_file(config, place, args) if args.file else _from_sensor(config, place, args)
    except FittingError as error:
        raise UserError(MISFITS[error.misfit]) from error


# From a recording


def _from_file(config: "Config", place: str, args: argparse.Namespace) -> int:
    from monitor.calibration import Guide
    from monitor.recording import RecordingError, Units, read_recording

    try:
        recording = read_recording(args.file, Units(args.acc_unit, args.gyro_unit))
    except RecordingError as error:
        raise UserError(str(error)) from error
    guide = Guide(_thresholds(config), slump=_slump(config, args))
    teller = _Teller(plain=args.json)
    items = [item for piece in recording.pieces for item in piece.samples()]
    if args.marks is None:
        for item in items[:-1]:  # the end of the file is no gap
            teller.tell(guide.push(item))
    else:
        for task, start_s, stop_s in _marks(args.marks):
            shown = _stretch(items, start_s, stop_s)
            _marked(guide, shown, task, f"{args.file}: {start_s:g} to {stop_s:g} s", teller)
    finding = guide.finding
    if finding is None:
        _missing(guide, f"in {args.file}", teller)
        return 1
    return _done(config, finding, config.sensor, place, args)


def _marks(text: str) -> list[tuple[str, float, float]]:
    marks = {}
    for part in text.split(","):
        task, _, stretch = part.partition("=")
        start, _, stop = stretch.partition(":")
        try:
            marks[task.strip()] = (float(start), float(stop))
        except ValueError:
            raise UserError(
                f"--marks {part!r} is not TASK=A:B in seconds, e.g. stand=0:8"
            ) from None
        if task.strip() not in TASKS or not marks[task.strip()][0] < marks[task.strip()][1]:
            raise UserError(
                f"--marks {part!r}: the task is one of {', '.join(TASKS)}, and A comes before B"
            )
    wanted = [task for task in TASKS if task in marks]
    if wanted[:3] != list(TASKS[:3]):
        raise UserError("--marks needs stand, bow and sit; slump may be left out")
    return [(task, *marks[task]) for task in wanted]


def _marked(
    guide: "Guide", shown: "Iterable[SampleChunk]", task: str, where: str, teller: "_Teller"
) -> None:
    """Show the guide one stretch; UserError where the task is not done in it."""
    from dashboard.fitting_text import progress_text
    from monitor.calibration import Task

    guide.expect(Task(task))
    for chunk in shown:
        if guide.state.task is Task(task):
            teller.tell(guide.push(chunk))
    if guide.state.task is Task(task):
        why = "" if guide.state.said is None else progress_text(guide.state.said)
        raise UserError(
            f"{where} is not accepted as {task}. {why or 'It ended before that was done.'}"
        )


def _stretch(
    items: "Iterable[SampleChunk | SegmentEnd]", start_s: float, stop_s: float
) -> "Iterator[SampleChunk]":
    """The samples of a stretch of the file's own clock, in tenths of a second."""
    from monitor.calibration import cut
    from monitor.model import NS_PER_S, SampleChunk

    for chunk in cut(items):
        if isinstance(chunk, SampleChunk) and (
            start_s * NS_PER_S <= chunk.segment.time_ns(chunk.first) < stop_s * NS_PER_S
        ):
            yield chunk


# From a sensor


def _from_sensor(config: "Config", place: str, args: argparse.Namespace) -> int:
    import asyncio
    import logging

    from monitor.link import LinkError

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        return asyncio.run(_listen(config, place, args))
    except LinkError as error:
        raise UserError(str(error)) from error
    except KeyboardInterrupt:
        print("Cancelled; nothing is changed.", file=sys.stderr)
        return 1


async def _listen(config: "Config", place: str, args: argparse.Namespace) -> int:
    import asyncio

    from monitor.calibration import Guide, Task
    from monitor.link import SENSORS_NAME, BleLink, Bonds, Radio
    from monitor.model import Connected
    from monitor.pipeline import Acquire

    guide, acquire = Guide(_thresholds(config), slump=_slump(config, args)), Acquire()
    teller = _Teller(plain=args.json)
    address: str | None = None
    await asyncio.to_thread(config.db.parent.mkdir, parents=True, exist_ok=True)
    radio = Radio(config.adapter, await asyncio.to_thread(Bonds, config.db.parent / SENSORS_NAME))
    try:
        await radio.check()
        link = BleLink(config.sensor, radio=radio)
        print("Looking for the sensor. Wear it as you will.", file=sys.stderr)
        try:
            async with asyncio.timeout(args.seconds):
                async for event in link:
                    if isinstance(event, Connected):
                        address = event.address
                        print(f"Connected to {printable(event.name)}.", file=sys.stderr)
                    for item in acquire.push(event):
                        teller.tell(guide.push(item))
                    if guide.state.task is Task.DONE:
                        break
        except TimeoutError:
            pass
        finally:
            link.close()
    finally:
        await radio.close()
    if address is None:
        print(
            f"No sensor was connected within {args.seconds:g} s. Is it switched on, near, and not "
            "connected to something else?",
            file=sys.stderr,
        )
        return 1
    # The slump may be left out by not doing it.
    if guide.finding is None:
        _missing(guide, f"within {args.seconds:g} s", teller)
        return 1
    return await asyncio.to_thread(_done, config, guide.finding, address, place, args)


# What is told and kept


def _thresholds(config: "Config") -> "Params":
    from monitor.profiles import PROFILES

    if config.profile not in PROFILES:
        raise UserError(f"profile {config.profile!r} is not one of {', '.join(PROFILES)}")
    return PROFILES[config.profile].guide


def _slump(config: "Config", args: argparse.Namespace) -> bool:
    from monitor.profiles import SEES_THE_CHEST

    return not args.no_slump and config.placement in SEES_THE_CHEST


class _Teller:
    """Progress as lines: for a person each instruction once, each reason when it is new."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._again: Problem | None = None
        self._task = ""
        self._text = ""
        self._share = 0.0
        self.refused: dict[Problem, int] = {}  # how often, by reason

    def tell(self, said: "Iterable[Progress]") -> None:
        for progress in said:
            if progress.again is not None and progress.again != self._again:
                self.refused[progress.again] = self.refused.get(progress.again, 0) + 1
            self._again = progress.again
            for line in [_json(progress)] if self._plain else self._words(progress):
                print(line, flush=True)

    def _words(self, progress: "Progress") -> Iterator[str]:
        from dashboard.fitting_text import INSTRUCTIONS, progress_text
        from monitor.calibration import Task

        task, text = progress.task, progress_text(progress)
        if task.value != self._task:
            if self._task:
                yield "  accepted"
            if task is not Task.DONE:
                yield f"{list(Task).index(task) + 1}. {INSTRUCTIONS[task]}"
        elif task is Task.BOW and progress.share > self._share:
            yield f"  bend {round(progress.share * 3)} of 3"
        if text and text != self._text:
            yield f"  {text}"
        self._task, self._text, self._share = task.value, text, progress.share


def _json(progress: "Progress") -> str:
    import json

    return json.dumps(
        {
            "what": "progress",
            "at_ns": progress.at_ns,
            "task": progress.task.value,
            "share": progress.share,
            "hint": None if progress.hint is None else progress.hint.value,
            "again": None if progress.again is None else progress.again.value,
            "measured_deg": progress.measured_deg,
        }
    )


def _missing(guide: "Guide", where: str, teller: _Teller) -> None:
    from dashboard.fitting_text import INSTRUCTIONS, problem_text, progress_text

    said = guide.state.said
    why = "" if said is None else progress_text(said)
    before = sorted(teller.refused, key=lambda one: -teller.refused[one])
    for problem in before[:REASONS]:
        if said is None or problem is not said.again:
            print(f"Refused on the way: {problem_text(problem)}", file=sys.stderr)
    print(
        f"No calibration was found {where}; it got as far as: "
        f"{INSTRUCTIONS[guide.state.task]} {why}".rstrip(),
        file=sys.stderr,
    )


def _done(
    config: "Config", finding: "Finding", sensor: str | None, place: str, args: argparse.Namespace
) -> int:
    import json
    import time
    from dataclasses import asdict
    from math import degrees

    from monitor.service import calibrated

    found = calibrated(finding, sensor or "", place, slouch=args.use_advised)
    if sensor is not None:
        with _fittings(config) as fittings:
            fittings.keep(found)
            fittings.choose(sensor, place, time.time_ns())  # a file's clock may be any
    if args.json:
        advised = None if found.slouch_rad is None else degrees(found.slouch_rad)
        print(
            json.dumps(
                {
                    "what": "calibration",
                    "sensor": sensor,
                    "place": place,
                    "at_ns": found.at_ns,
                    "kept": sensor is not None,
                    "body_from_sensor": list(found.mounting.body_from_sensor),
                    "sit_tall_deg": degrees(found.mounting.sit_tall_rad),
                    "advised_slouch_deg": advised,
                    "slouch_deg": None
                    if found.mounting.slouch_on_rad is None
                    else degrees(found.mounting.slouch_on_rad),
                    "quality": asdict(found.quality),
                }
            )
        )
        return 0
    print(_table(found))
    if sensor is None:
        print("Not kept: name the sensor's address with --sensor to keep it.")
    else:
        print(f"Kept as {place!r} for {sensor}; `backwatch run` uses it from now on.")
    return 0


def _table(found: "Calibration") -> str:
    from math import degrees

    quality = found.quality
    depths = ", ".join(f"{depth:.0f}°" for depth in quality.bow_depths_deg)
    lines = [
        f"standing    sway {quality.sway_dps:.1f}°/s, gyroscope bias {quality.bias_dps:.1f}°/s, "
        f"gravity {quality.gravity_mps2:.2f} m/s²",
        f"bends       {depths}; {quality.bow_share:.0%} about one axis, "
        f"axes {quality.bow_spread_deg:.0f}° apart, {quality.bow_slant_deg:.0f}° from level",
        f"sitting     {quality.sit_change_deg:.0f}° from standing, "
        f"{degrees(found.mounting.sit_tall_rad):+.0f}° forward",
    ]
    if quality.slump_deg is not None and found.slouch_rad is not None:
        used = " (in use)" if found.mounting.slouch_on_rad is not None else ""
        lines.append(
            f"slump       {quality.slump_deg:.0f}° from sitting tall; advised slouch threshold "
            f"{degrees(found.slouch_rad):.0f}°{used}"
        )
    return "\n".join(lines)


def _kept(config: "Config", args: argparse.Namespace) -> int:
    """List, or forget."""
    with _fittings(config) as fittings:
        every = fittings.calibrations(config.sensor)
        if args.forget is not None:
            gone = [
                one for one in every
                if one.place == args.forget and fittings.forget(one.sensor, one.place)
            ]  # fmt: skip
            if not gone:
                raise UserError(
                    f"nothing is kept for place {args.forget!r}; `backwatch calibrate --list` "
                    "shows what is"
                )
            return 0
        for one in every:
            print(f"{one.sensor}  {printable(one.place)}")
            if not args.json:
                print("  " + _table(one).replace("\n", "\n  "))
        if not every:
            print("Nothing is kept. `backwatch calibrate` begins.", file=sys.stderr)
    return 0


@contextlib.contextmanager
def _fittings(config: "Config") -> "Iterator[Fittings]":
    """The store's part, open for as long as a block lasts."""
    from monitor.store import Store, StoreError

    try:
        fittings = Store(config.db).fittings()
    except StoreError as error:
        raise UserError(str(error)) from error
    with contextlib.closing(fittings):
        yield fittings
