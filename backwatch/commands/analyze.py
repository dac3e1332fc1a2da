"""Recorded motion to what the person did."""

import argparse
import json
import math
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from backwatch.commands import PLACEMENTS
from backwatch.errors import UserError, printable

if TYPE_CHECKING:
    from backwatch.two_sensors import Both
    from monitor.analysis import Analysis, Options, Series
    from monitor.recording import Recording

HOLD_SHOWN = 0.1  # of the holding time of ISO 11226; less is every second bend. Ours

HELP = "read files of recorded motion and say what the person did"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="Parquet or CSV")
    parser.add_argument("--up", metavar="AXIS", help="sensor axis that points up, e.g. +x")
    parser.add_argument(
        "--forward", metavar="AXIS", help="sensor axis that points out of the chest, e.g. -z"
    )
    parser.add_argument(
        "--neutral",
        metavar="A:B",
        help="seconds of the file whose mean posture is the zero, e.g. 0:3",
    )
    parser.add_argument(
        "--neutral-unchecked",
        action="store_true",
        help="take these seconds even where somebody moves, bends or lies in them",
    )
    parser.add_argument(
        "--axes-unchecked",
        action="store_true",
        help="read a file even where walking speaks against the named axes",
    )
    parser.add_argument(
        "--placement", choices=PLACEMENTS, default="upper_back", help="where the sensor sits"
    )
    add_unit_arguments(parser)
    parser.add_argument(
        "--profile", default="desk", help="threshold profile: desk, manual or training"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, in order")
    parser.add_argument(
        "--series", type=Path, metavar="OUT.parquet", help="write the angles at the input rate"
    )
    parser.add_argument(
        "--pelvis",
        type=Path,
        metavar="FILE",
        help="recording of a second sensor at the low back: adds the trunk between both",
    )
    parser.add_argument("--pelvis-up", metavar="AXIS", help="default: as --up")
    parser.add_argument("--pelvis-forward", metavar="AXIS", help="default: as --forward")
    parser.add_argument(
        "--pelvis-later",
        type=float,
        default=0.0,
        metavar="S",
        help="seconds to add to its clock to make it that of FILE; default 0",
    )


def add_unit_arguments(parser: argparse.ArgumentParser) -> None:
    """What the columns of a file are in; the same wherever files are read."""
    parser.add_argument(
        "--acc-unit", choices=("m/s2", "g"), help="of ax ay az (default: m/s2, checked)"
    )
    parser.add_argument(
        "--gyro-unit",
        choices=("rad/s", "deg/s"),
        help="of gx gy gz (default: rad/s, checked against the turning of gravity)",
    )


def run(args: argparse.Namespace) -> int:
    from monitor.analysis import Options, analyze, as_json
    from monitor.model import Placement
    from monitor.orientation import MountingError
    from monitor.profiles import PROFILES
    from monitor.recording import RecordingError, Units, read_recording

    if args.profile not in PROFILES:
        raise UserError(f"profile {args.profile!r} is not one of {', '.join(PROFILES)}")
    if args.series is not None and len(args.files) > 1:
        raise UserError("--series takes one FILE at a time")
    if args.series is not None and args.series.resolve() == args.files[0].resolve():
        raise UserError(f"--series {args.series} would replace the recording; choose another file")
    _check_pelvis(args)
    options = Options(
        PROFILES[args.profile],
        Placement(args.placement),
        _axis(args.up, "--up"),
        _axis(args.forward, "--forward"),
        _stretch(args.neutral),
        neutral_checked=not args.neutral_unchecked,
        axes_checked=not args.axes_unchecked,
    )
    failed = False
    for path in args.files:
        series: list[Series] | None = None if args.series is None else []
        both: Both | None = None
        try:
            recording = read_recording(path, Units(args.acc_unit, args.gyro_unit))
            if args.pelvis is None:
                analysis = analyze(recording, options, series)
            else:
                both = _with_pelvis(args, recording, options, series)
                analysis = both.chest
        except (RecordingError, MountingError) as error:
            message = str(error)
            where = "" if str(path) in message else f"{path}: "
            print(f"backwatch: {printable(where + message)}", file=sys.stderr)
            failed = True
            continue
        if series is not None:
            _write_series(args.series, series)
        if args.json:
            out = as_json(analysis)
            if both is not None:
                from backwatch.two_sensors import as_json as both_as_json

                out["trunk"] = both_as_json(both)
            print(json.dumps(out, allow_nan=False))
        else:
            print(_table(analysis) if both is None else _table(analysis) + _trunk_table(both))
    return 2 if failed else 0


def _check_pelvis(args: argparse.Namespace) -> None:
    if args.pelvis is None:
        for name in ("pelvis_up", "pelvis_forward"):
            if getattr(args, name) is not None:
                raise UserError(f"--{name.replace('_', '-')} says nothing without --pelvis FILE")
        return
    if len(args.files) > 1:
        raise UserError("--pelvis takes one FILE at a time")
    if args.pelvis.resolve() == args.files[0].resolve():
        raise UserError(f"--pelvis {args.pelvis} is FILE itself; name the other sensor's recording")
    if args.placement not in ("upper_back", "chest"):
        raise UserError("--pelvis goes with a sensor at the upper_back or chest as FILE")
    if not math.isfinite(args.pelvis_later):
        raise UserError(f"--pelvis-later {args.pelvis_later} is no number of seconds")


def _with_pelvis(
    args: argparse.Namespace,
    recording: "Recording",
    options: "Options",
    series: "list[Series] | None",
) -> "Both":
    from dataclasses import replace

    from backwatch.two_sensors import analyze_both
    from monitor.model import Placement
    from monitor.recording import Units, read_recording

    neutral_s = options.neutral_s
    if neutral_s is not None:
        neutral_s = (neutral_s[0] - args.pelvis_later, neutral_s[1] - args.pelvis_later)
    pelvis_options = replace(
        options,
        placement=Placement.LOW_BACK,
        up=_axis(args.pelvis_up or args.up, "--pelvis-up"),
        forward=_axis(args.pelvis_forward or args.forward, "--pelvis-forward"),
        neutral_s=neutral_s,
    )
    return analyze_both(
        recording,
        options,
        read_recording(args.pelvis, Units(args.acc_unit, args.gyro_unit)),
        pelvis_options,
        later_s=args.pelvis_later,
        series=series,
    )


def _axis(text: str | None, option: str) -> str | None:
    if text is None:
        return None
    axis = text if text[:1] in "+-" else f"+{text}"
    if axis not in {f"{sign}{name}" for sign in "+-" for name in "xyz"}:
        raise UserError(f"{option} {text!r} is not an axis; write one of +x -x +y -y +z -z")
    return axis


def _stretch(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    start, _, stop = text.partition(":")
    try:
        stretch = (float(start), float(stop))
    except ValueError:
        raise UserError(f"--neutral {text!r} is not two numbers of seconds like 0:3") from None
    if not -math.inf < stretch[0] < stretch[1] < math.inf:
        raise UserError(f"--neutral {text!r}: the first second must come before the second")
    return stretch


def _write_series(path: Path, series: "list[Series]") -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet

    names = ("time_s", "sagittal_deg", "lateral_deg", "inclination_deg")
    columns = {name: np.concatenate([getattr(part, name) for part in series]) for name in names}
    table = pa.table(columns).replace_schema_metadata({"schema": "1"})
    try:
        pyarrow.parquet.write_table(table, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error


def _table(analysis: "Analysis") -> str:
    """What a person wants to know, in words and columns."""
    from monitor.analysis import coverage, metrics, seconds_by_activity
    from monitor.exposure import HOLDS

    ns = 1e9
    lines = [
        f"{analysis.recording.path}",
        f"  {_clock(analysis.duration_s)} recorded, angles told of {coverage(analysis):.0%}; "
        f"mounting: {analysis.mounting.source}; profile {analysis.profile.key}",
    ]
    lines += [
        textwrap.fill(f"  not known: {sentence}", 96, subsequent_indent="    ")
        for sentence in analysis.unknown
    ]
    seconds = seconds_by_activity(analysis)
    slouched = seconds.pop("slouched")
    total = sum(seconds.values()) or 1.0
    lines += _doubts(analysis)
    lines.append("")
    for name, value in seconds.items():
        if value > 0:
            lines.append(
                f"  {name.replace('_', ' '):<10} {_clock(value):>10}  {value / total:4.0%}"
            )
    if slouched > 0:
        lines.append(f"  {'slouched':<10} {_clock(slouched):>10}  {slouched / total:4.0%}")
    numbers = metrics(analysis)
    over = numbers["lean_over_s"]
    assert isinstance(over, dict)
    over_20, over_60 = _clock(over["over_20_deg"]), _clock(over["over_60_deg"])
    lines += [
        "",
        f"  leaning over 20° {over_20}, over 60° {over_60}; {numbers['bends']} bends, "
        f"{numbers['lifts']} like a lift, {numbers['demanding_lifts']} of them demanding",
    ]
    dose = numbers["flexed_hold_dose_max"]
    assert isinstance(dose, float)
    if dose >= HOLD_SHOWN:
        lines.append(
            textwrap.fill(
                f"held bent for up to {dose:.1f} of the holding time; {HOLDS}",
                96,
                initial_indent="  ",
                subsequent_indent="    ",
            )
        )
    if analysis.events:
        lines += ["", "  time        what           lean   turn  flags"]
    for event in sorted(analysis.events, key=lambda event: event.start_ns):
        lean, turn = (
            f"{event.values[name]:.0f}°" if name in event.values else ""
            for name in ("peak_sagittal_deg", "turn_deg")
        )
        lines.append(
            f"  {_clock(event.start_ns / ns):<11} {event.kind.value.replace('_', ' '):<13}"
            f"{lean:>6}{turn:>7}"
            f"  {', '.join(event.flags).replace('_', ' ')}".rstrip()
        )
    return "\n".join(lines) + "\n"


def _trunk_table(both: "Both") -> str:
    """What the second sensor adds."""
    lines = [
        "",
        f"  trunk, between {both.chest.recording.path.name} and {both.pelvis.path.name}: "
        f"{_clock(both.known_s)} seen by both",
    ]
    lines += [
        textwrap.fill(f"  not known: {sentence}", 96, subsequent_indent="    ")
        for sentence in both.unknown
    ]
    job = both.factors()
    if job is not None:
        lines += [
            "",
            f"  four motion factors of the lifts, without load: {job.least:.1f} to {job.most:.1f} "
            "of 1; no probability and no risk",
        ]
        for factor in job.factors:
            value = "not known" if factor.value is None else f"{factor.value:.1f}"
            lines.append(
                f"    {factor.name.replace('_', ' '):<30}{value:>10}"
                f"   groups of jobs {factor.low:g} and {factor.high:g}"
            )
    if both.lifts:
        lines += ["", "  time        what        flexion  aside deg/s  twist deg/s  seen"]
    for lift in sorted(both.lifts, key=lambda lift: lift.event.start_ns):
        flexion, aside, twist = (
            f"{lift.values[name]:.0f}" if name in lift.values else "-"
            for name in (
                "max_flexion_deg",
                "max_lateral_velocity_degps",
                "average_twist_velocity_degps",
            )
        )
        lines.append(
            f"  {_clock(lift.event.start_ns / 1e9):<11} {lift.event.kind.value:<10}"
            f"{flexion:>9}{aside:>13}{twist:>13}{lift.coverage:>6.0%}"
        )
    return "\n".join(lines) + "\n"


def _doubts(analysis: "Analysis") -> list[str]:
    """How far the angles can be off, and from when on they are not to be trusted."""
    from monitor.analysis import uncertainty_deg

    lines, within = [], uncertainty_deg(analysis)
    if within is not None:
        usual, widest = within["median"], within["p95"]
        lines.append(
            f"  angles within ±{usual:.0f}° mostly, ±{widest:.0f}° at times; their zero within "
            f"±{within['zero']:.0f}°"
        )
    for trust in analysis.trust:
        at, moved_deg = _clock(trust.at_ns / 1e9), math.degrees(trust.moved_rad)
        lines.append(
            f"  {at}: the sensor sits where it should again"
            if trust.trusted
            else f"  {at}: the sensor seems to have moved by {moved_deg:.0f}°; no angle is "
            "told from here on"
        )
    return lines


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
