"""Calibrations and zeros as the API tells them."""

from math import degrees

from pydantic import Field

from dashboard.fitting_text import INSTRUCTIONS, progress_text, rezero_text
from dashboard.schemas import Schema
from monitor.calibration import Task
from monitor.model import NS_PER_S, Calibration, Quality, Rezeroed
from monitor.service import CalibrationNow
from monitor.store import ZeroNote

NS_PER_MS = NS_PER_S // 1000


class StartSchema(Schema):
    """What to calibrate for."""

    place: str = Field(description="Named by the person, e.g. desk or car.", max_length=200)
    slump: bool = Field(True, description="Whether to ask for a slump, for an advised threshold.")


class PlaceNameSchema(Schema):
    """A place by its name."""

    place: str = Field(description="As it was named.", max_length=200)


class AcceptSchema(Schema):
    """What of a calibration to take over."""

    use_advised_slouch: bool = Field(
        False, description="Take the advised slouch threshold in place of the profile's."
    )


class QualitySchema(Schema):
    """What a calibration measured of itself."""

    sway_dps: float = Field(description="RMS rate while standing still [deg/s].")
    bias_dps: float = Field(description="Of the gyroscope [deg/s]; 0 without one.")
    gravity_mps2: float = Field(description="Measured while standing [m/s^2].")
    bow_share: float = Field(description="Of the bows' rotation about one axis, 0 to 1.")
    bow_depths_deg: list[float] = Field(description="Of each bow [deg].")
    bow_spread_deg: float = Field(description="Between a bow's axis and the mean, largest [deg].")
    bow_slant_deg: float = Field(description="Of the mean axis from level [deg].")
    return_deg: float = Field(description="Standing after a bow against before, largest [deg].")
    sit_change_deg: float = Field(description="Between standing and sitting tall [deg].")
    slump_deg: float | None = Field(description="From sitting tall [deg]; null: left out.")


class CalibrationProgressSchema(Schema):
    """A guided calibration under way."""

    place: str = Field(description="Where, as the person named it.")
    task: str = Field(description="What is asked for: stand, bow, sit, slump, done.")
    instruction: str = Field(description="The same in words.")
    share: float = Field(description="Of this task, 0 to 1.")
    hint: str | None = Field(description="Key of what is in the way now; null: nothing.")
    again: str | None = Field(description="Key of why the last try was refused; null: it was not.")
    text: str = Field(description="Hint or refusal in words; empty: all is well.")
    measured_deg: float | None = Field(description="The angle behind it [deg].")
    done: bool = Field(description="Whether it can be accepted.")
    quality: QualitySchema | None = Field(description="Null until sitting is accepted.")
    advised_slouch_deg: float | None = Field(
        description="Advised threshold over sitting tall [deg]; null: none."
    )


class PlaceSchema(Schema):
    """A calibration that is kept."""

    sensor: str = Field(description="Address of the sensor.")
    place: str = Field(description="Where, as the person named it.")
    at_ms: int = Field(description="When it was found [ms since the epoch, UTC].")
    in_use: bool = Field(description="Whether it is the one chosen last for this sensor.")
    sit_tall_deg: float = Field(description="Sagittal angle of sitting tall [deg].")
    slouch_deg: float | None = Field(description="Own slouch threshold [deg]; null: the profile's.")
    advised_slouch_deg: float | None = Field(description="Advised threshold [deg]; null: none.")
    quality: QualitySchema = Field(description="What was measured on the way.")


class FittingSchema(Schema):
    """Calibration: what is under way, and what is kept."""

    running: CalibrationProgressSchema | None = Field(description="Null: none is under way.")
    places: list[PlaceSchema] = Field(description="Of the connected sensor; else of all.")


class RezeroSchema(Schema):
    """What became of a wish for a new zero."""

    taken: bool = Field(description="Whether the posture is the zero now.")
    refused: str | None = Field(description="Key of the reason; null where it was taken.")
    text: str = Field(description="The same in words.")
    moved_deg: float = Field(description="Between the old zero and the posture [deg].")


class ZeroSchema(Schema):
    """A zero that was taken or refused, or a change of trust in it."""

    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    sensor: str = Field(description="Address of the sensor.")
    kind: str = Field(description="rezeroed, refused, slipped or trusted.")
    asker: str = Field(description="button, page, command, start; empty: nobody.")
    refused: str = Field(description="Key of the reason; empty: none.")
    moved_deg: float = Field(description="Between the old zero and the new, or slipped [deg].")


class ZerosSchema(Schema):
    """Zeros of a local day, the oldest first."""

    zeros: list[ZeroSchema] = Field(description="In the order in which they were known.")


def progress_schema(now: CalibrationNow) -> CalibrationProgressSchema:
    """A calibration under way."""
    progress, finding = now.progress, now.finding
    task = Task.STAND if progress is None else progress.task
    return CalibrationProgressSchema(
        place=now.place,
        task=task.value,
        instruction=INSTRUCTIONS[task],
        share=0.0 if progress is None else progress.share,
        hint=None if progress is None or progress.hint is None else progress.hint.value,
        again=None if progress is None or progress.again is None else progress.again.value,
        text="" if progress is None else progress_text(progress),
        measured_deg=None if progress is None else progress.measured_deg,
        done=task is Task.DONE,
        quality=None if finding is None else quality_schema(finding.quality),
        advised_slouch_deg=None if finding is None else _deg(finding.slouch_rad),
    )


def quality_schema(quality: Quality) -> QualitySchema:
    """What was measured, to tenths and hundredths."""
    return QualitySchema(
        sway_dps=round(quality.sway_dps, 2),
        bias_dps=round(quality.bias_dps, 2),
        gravity_mps2=round(quality.gravity_mps2, 2),
        bow_share=round(quality.bow_share, 3),
        bow_depths_deg=[round(depth, 1) for depth in quality.bow_depths_deg],
        bow_spread_deg=round(quality.bow_spread_deg, 1),
        bow_slant_deg=round(quality.bow_slant_deg, 1),
        return_deg=round(quality.return_deg, 1),
        sit_change_deg=round(quality.sit_change_deg, 1),
        slump_deg=None if quality.slump_deg is None else round(quality.slump_deg, 1),
    )


def places_schema(calibrations: list[Calibration]) -> list[PlaceSchema]:
    """Those that are kept; of each sensor the first is in use."""
    in_use: dict[str, Calibration] = {}
    for one in calibrations:
        in_use.setdefault(one.sensor, one)
    return [
        PlaceSchema(
            sensor=one.sensor,
            place=one.place,
            at_ms=one.at_ns // NS_PER_MS,
            in_use=in_use[one.sensor] is one,
            sit_tall_deg=round(degrees(one.mounting.sit_tall_rad), 1),
            slouch_deg=_deg(one.mounting.slouch_on_rad),
            advised_slouch_deg=_deg(one.slouch_rad),
            quality=quality_schema(one.quality),
        )
        for one in calibrations
    ]


def rezero_schema(answer: Rezeroed) -> RezeroSchema:
    """What became of a wish."""
    moved_deg = degrees(answer.moved_rad)
    return RezeroSchema(
        taken=answer.refused is None,
        refused=None if answer.refused is None else answer.refused.value,
        text=rezero_text(answer.refused, moved_deg),
        moved_deg=round(moved_deg, 1),
    )


def zero_schema(note: ZeroNote) -> ZeroSchema:
    """A note of the store."""
    return ZeroSchema(
        at_ms=note.at_ns // NS_PER_MS,
        sensor=note.sensor,
        kind=note.kind.value,
        asker=note.asker,
        refused=note.refused,
        moved_deg=round(note.moved_deg, 1),
    )


def _deg(angle_rad: float | None) -> float | None:
    return None if angle_rad is None else round(degrees(angle_rad), 1)
