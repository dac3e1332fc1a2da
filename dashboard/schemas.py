"""What goes over HTTP and the live channel; times are ms since the epoch, UTC (`_ms`).

The path's nouns are turned into these by the converters at the end.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from math import degrees
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.device_texts import device_event_text, distrust_text, doubt_text, remarks
from dashboard.sensor_text import away_text
from dashboard.texts import alert_text
from monitor.calculators import Coupling, Lift, LiftingIndex
from monitor.coaching import Decision, Outcome
from monitor.coaching.texts import decision_words
from monitor.exposure import Exposure, habit_scores, plain_exposure, plain_score
from monitor.model import (
    Activity,
    DeviceEvent,
    EventKind,
    MotionEvent,
    Mounting,
    Objection,
    Posture,
    Severity,
    StateSpan,
    TimeDoubt,
    Trust,
)
from monitor.service import (
    AngleNow,
    AnglePoints,
    LinkNow,
    ObjectionsNow,
    RecordingNow,
    SensorNow,
    SensorsNow,
    Snapshot,
    StateNow,
    TrunkNow,
)
from monitor.store import Day, SensorDay, StoredAlert, StoredEvent

NS_PER_MS = 1_000_000

Ms = Annotated[int, Field(description="Instant [ms since the epoch, UTC].")]
Confidence = Annotated[float, Field(ge=0, le=1, description="How sure, 0 to 1.")]
Profile = Annotated[
    str, Field(description='Name and version of the threshold profile, e.g. "desk/1".')
]
Measures = Annotated[
    dict[str, float],
    Field(description="The numbers behind it by name, the unit in the name."),
]
DateText = Annotated[
    str, Field(description="The local date, YYYY-MM-DD.", json_schema_extra={"format": "date"})
]
ActivityName = Annotated[
    Literal["sit", "stand", "upright", "recline", "walk", "lie", "not_worn", "unknown"],
    Field(description="What the body does; upright: sitting or standing still, cannot tell which."),
]
PostureName = Annotated[
    Literal["neutral", "slouched", "bent", "none"],
    Field(description="What the trunk does within it; none: not a question here."),
]


DeviceFaultName = Literal["accelerometer", "gyroscope", "clock", "memory", "haptic", "not_run"]
DeviceEventName = Literal["mark", "rezero", "mute", "session", "rule"]


# Text that is sent to us. Only of text with a bound does pydantic see whether UTF-8 can hold it.
Said = Annotated[str, Field(max_length=10_000)]  # more than any of it may have. Ours


class Schema(BaseModel):
    """Base of all: complete, and as it was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LinkSchema(Schema):
    """The link to the sensor."""

    status: Literal["searching", "connected", "lost", "closed"] = Field(
        description="Where the link stands; closed: nothing more will come."
    )
    name: str | None = Field(
        description="What the sensor calls itself: text from a stranger, never markup."
    )
    address: str | None = Field(description="Its Bluetooth address; null until one is found.")
    battery_percent: int | None = Field(description="Its battery [%]; null until it says.")
    since_ms: int = Field(description="Since when this status holds [ms since the epoch, UTC].")
    detail: str = Field(description="One sentence for people; empty where there is no more to say.")
    to_pair: bool = Field(
        False, description="Whether the sensor is not used until the person pairs it, or anew."
    )
    charging: bool | None = Field(description="Whether it charges; null where it does not say.")
    worn: bool | None = Field(
        description="Whether the sensor believes to be worn, a hint; null where it cannot tell."
    )
    muted: bool | None = Field(
        description="Whether its wearer wants no vibration for now; null where it does not say."
    )
    session: bool | None = Field(
        description="Whether a session was begun at it; null where it does not say."
    )
    faults: list[DeviceFaultName] = Field(description="What its self-test found; empty is sound.")
    overwritten: int | None = Field(
        description="Samples lost in it for want of room since its start; null until it tells."
    )
    never_sampled: int | None = Field(
        description="Samples its motion sensor did not deliver since then; null until it tells."
    )
    lost_events: int | None = Field(
        description="Button presses it had no room for since then; null until it tells."
    )
    time_trusted: bool = Field(description="Whether times hold.")
    time_doubt: str = Field(
        description="Why times are less than certain, one sentence; empty where they are not."
    )
    remarks: list[str] = Field(description="What is worth knowing of it, a sentence each.")


class SensorSchema(Schema):
    """One of the sensors that are worn."""

    placement: Literal["upper_back", "low_back", "chest", "waist"] = Field(
        description="Where it sits."
    )
    counts: bool = Field(description="Whether the day is counted from it; of one, and no other.")
    link: LinkSchema = Field(description="The link to it.")
    away: Literal["searching", "lost", "flat", "silent", "not_worn", "closed"] | None = Field(
        description="Why it says nothing of the person now; null where it does."
    )
    covered_s: float = Field(description="Data from it today, not worn included [s].")
    worn_s: float = Field(description="Of those, worn and in a known state [s].")
    slots_held: int | None = Field(
        description="Connections held through its adapter now; null where that is not known."
    )
    slots_limit: int | None = Field(
        description="How many that adapter was seen to hold at most; null until it refused one."
    )
    firmware: str | None = Field(
        None,
        description="The firmware version it names: text from a stranger, never markup; null "
        "where it names none.",
    )
    missing_s: float | None = Field(
        None,
        description="What it measured out of reach and has not sent yet [s]; null where it does "
        "not tell.",
    )


class TrunkSchema(Schema):
    """The chest against the pelvis, now."""

    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    flexion_deg: float = Field(description="How much further the chest leans forward [deg].")
    lateral_deg: float = Field(description="How much further it leans to the right [deg].")
    zeroed: bool = Field(
        description="Whether both count from standing; else they hold how each sensor sits."
    )


class SensorsSchema(Schema):
    """The sensors that are worn."""

    sensors: list[SensorSchema] = Field(description="The one that counts first.")
    notice: str = Field(
        description="Why the day is not counted now, for people; empty where it is, or where "
        "one sensor is worn."
    )
    trunk: TrunkSchema | None = Field(
        description="Null unless one is worn at the chest and one at the pelvis, both live."
    )


class StateSchema(Schema):
    """What the person does, and since when."""

    activity: ActivityName
    posture: PostureName
    confidence: Confidence
    since_ms: int = Field(description="When it began [ms since the epoch, UTC].")
    trusted: bool = Field(True, description="False: the sensor has slipped, and it may be wrong.")


class SlipSchema(Schema):
    """That the sensor has slipped; slouch alerts wait until it sits right again."""

    at_ms: Ms
    moved_deg: float = Field(description="By about so much [deg].")
    can_mend: bool = Field(description="Whether a correction can be accepted.")


class AngleSchema(Schema):
    """The latest trunk angles."""

    at_ms: Ms
    sagittal_deg: float | None = Field(
        description="Forward lean [deg], backward negative; null where forward is not known."
    )
    lateral_deg: float | None = Field(
        description="Lean to the right [deg], left negative; null where forward is not known."
    )
    inclination_deg: float = Field(description="Angle from upright in any direction [deg].")
    uncertainty_deg: float | None = Field(
        None, description="Half width about them that holds 95 % of errors [deg]; null: not known."
    )


class MountingSchema(Schema):
    """How the sensor sits on the body."""

    source: str = Field(description='How that was found, for people, e.g. "axes and neutral".')
    forward_known: bool = Field(description="Whether sagittal and lateral angles mean anything.")


class ZoneSchema(Schema):
    """A band of trunk angles, [from_deg, to_deg)."""

    name: Literal["Neutral", "Caution", "High"] = Field(description="What to call it.")
    level: Literal["neutral", "caution", "high"] = Field(description="Which colour and icon.")
    from_deg: float = Field(description="Lower edge [deg].")
    to_deg: float = Field(description="Upper edge [deg].")


# The cuts at 20 and 60 deg: EN 1005-4. The outer edges are where a chart ends; ours.
ZONES = (
    ZoneSchema(name="Neutral", level="neutral", from_deg=-30, to_deg=20),
    ZoneSchema(name="Caution", level="caution", from_deg=20, to_deg=60),
    ZoneSchema(name="High", level="high", from_deg=60, to_deg=120),
)


class TraceSchema(Schema):
    """The last 30 s, about ten points a second."""

    t_ms: list[int] = Field(description="Instants [ms since the epoch, UTC], ascending.")
    sagittal_deg: list[float | None] = Field(
        description="Forward lean [deg], the inclination where forward is not known; null: gap."
    )


class ObjectionSchema(Schema):
    """What motion says against how the sensor was described; states and angles may be wrong."""

    kind: Literal["up", "forward", "gravity", "scale", "gyroscope"] = Field(
        description="What is spoken against."
    )
    text: str = Field(description="What was seen and what to do, sentences.")
    calibrate: bool = Field(description="Whether a calibration puts it right.")
    total: bool = Field(description="Whether no state and no angle can be right until then.")


class NowSchema(Schema):
    """How things stand at this moment."""

    server_ms: int = Field(description="The server's clock [ms since the epoch, UTC].")
    date: str = Field(description="The day that it is where the days are kept, YYYY-MM-DD.")
    time_zone: str = Field(
        description="The zone that days and clock times are meant in, such as Europe/Berlin; "
        "how far it is ahead of UTC now, such as +02:00, where its name is not known."
    )
    simulated: bool = Field(description="Whether nobody wears the sensor.")
    link: LinkSchema = Field(description="The link to the sensor.")
    state: StateSchema | None = Field(description="The state; null while it is not known.")
    angle: AngleSchema | None = Field(description="The angles; null while none is live.")
    mounting: MountingSchema = Field(description="How the sensor sits on the body.")
    slip: SlipSchema | None = Field(
        None, description="That the sensor has slipped; null while it is trusted."
    )
    objections: list[ObjectionSchema] = Field(
        [], description="What motion says against the axes named for the sensor; empty: nothing."
    )
    zones: list[ZoneSchema] = Field(description="Bands of trunk angles, upwards.")
    seated_since_ms: int | None = Field(
        description="Since when seated or standing still [ms since the epoch, UTC]; null: not."
    )
    break_due_ms: int | None = Field(
        description="When a break is worth taking [ms since the epoch, UTC]; null: not due."
    )
    paused_since_ms: int | None = Field(
        None,
        description="Since when nothing is kept, as the person wants it [ms since the epoch, UTC]; "
        "null: it is kept.",
    )
    erasures: int = Field(
        0,
        description="How often something was erased since the start; what was read before the "
        "last time no longer holds.",
    )
    trace: TraceSchema = Field(description="The last 30 s.")


class SpanSchema(Schema):
    """A stretch in one state, [start_ms, stop_ms)."""

    start_ms: int = Field(description="Its beginning [ms since the epoch, UTC].")
    stop_ms: int = Field(description="Its end [ms since the epoch, UTC].")
    activity: ActivityName
    posture: PostureName
    confidence: Confidence
    trusted: bool = Field(
        True,
        description="False: the sensor had slipped, and postures and reclining are left out.",
    )
    corrected: bool = Field(False, description="Whether the person said so; else it was measured.")


class TotalsSchema(Schema):
    """Seconds of the day in each activity."""

    sit: float = Field(description="Sitting [s].")
    stand: float = Field(description="Standing [s].")
    upright: float = Field(description="Sitting or standing still, cannot tell which [s].")
    recline: float = Field(description="Leaning back [s].")
    walk: float = Field(description="Walking [s].")
    lie: float = Field(description="Lying [s].")
    not_worn: float = Field(description="The sensor was not worn [s].")
    unknown: float = Field(description="Worn, but the state is not known [s].")
    slouched: float = Field(description="Of all these, slouched [s].")
    no_data: float = Field(description="Between first and last data, without any [s].")


class ExposureSchema(Schema):
    """Seconds with the trunk leaning more than an angle."""

    valid_s: float = Field(description="Measured and settled [s]; the others are part of it.")
    over_20_s: float = Field(description="More than 20 deg [s].")
    over_30_s: float = Field(description="More than 30 deg [s].")
    over_45_s: float = Field(description="More than 45 deg [s].")
    over_60_s: float = Field(description="More than 60 deg [s].")
    over_90_s: float = Field(description="More than 90 deg [s].")


class SecondsOverSchema(Schema):
    """Seconds leaning over an angle."""

    over_20_deg: float = Field(description="Over 20 [deg] [s].")
    over_30_deg: float = Field(description="Over 30 [deg] [s].")
    over_45_deg: float = Field(description="Over 45 [deg] [s].")
    over_60_deg: float = Field(description="Over 60 [deg] [s].")
    over_90_deg: float = Field(description="Over 90 [deg] [s].")


class ShareOverSchema(Schema):
    """Share of time leaning over an angle, 0 to 1."""

    over_20_deg: float = Field(description="Over 20 [deg], share 0 to 1.")
    over_30_deg: float = Field(description="Over 30 [deg], share 0 to 1.")
    over_45_deg: float = Field(description="Over 45 [deg], share 0 to 1.")
    over_60_deg: float = Field(description="Over 60 [deg], share 0 to 1.")
    over_90_deg: float = Field(description="Over 90 [deg], share 0 to 1.")


class BendCountsSchema(Schema):
    """Bends by least peak, lift-like ones among them."""

    over_30_deg: int = Field(description="With a peak of 30 [deg] or more.")
    over_60_deg: int = Field(description="With a peak of 60 [deg] or more.")


class BendRatesSchema(Schema):
    """Bends an hour of worn time, by least peak."""

    over_30_deg: float = Field(description="With a peak of 30 [deg] or more [1/h].")
    over_60_deg: float = Field(description="With a peak of 60 [deg] or more [1/h].")


class LeanPercentilesSchema(Schema):
    """The lean below which so much of the worn time was spent [deg]."""

    p10: float = Field(description="10 % of the time [deg].")
    p50: float = Field(description="Half of the time [deg].")
    p90: float = Field(description="90 % of the time [deg].")
    p95: float = Field(description="95 % of the time [deg].")
    p99: float = Field(description="99 % of the time [deg].")


class SpeedPercentilesSchema(Schema):
    """The same for the speed of the lean [deg/s]."""

    p50: float = Field(description="Half of the time [deg/s].")
    p90: float = Field(description="90 % of the time [deg/s].")


class VariationSchema(Schema):
    """A cell of the posture variation matrix; empty cells are left out."""

    activity: ActivityName
    zone: Literal["under_20", "20_to_60", "over_60", "recline", "lie"] = Field(
        description="Where the trunk was, by lean [deg]."
    )
    from_s: float = Field(description="Shortest of these bouts [s].")
    to_s: float | None = Field(description="Shorter than this [s]; null: or longer.")
    bouts: int = Field(description="How many.")
    total_s: float = Field(description="How long together [s].")


class ExposureTableSchema(Schema):
    """Exposure of the time worn and not lying, as in docs/analysis.md."""

    coverage: float = Field(
        ge=0, le=1, description="Share of the time that should count that was seen, 0 to 1."
    )
    why_null: str = Field(description="Why something is null, for people; else empty.")
    worn_s: float = Field(description="Measured, settled, worn and not lying [s].")
    doubted_s: float = Field(
        description="The same after the sensor is known to have slipped; no part of worn_s [s]."
    )
    lean_over_s: SecondsOverSchema = Field(description="Leaning, by angle.")
    lean_over_share: ShareOverSchema | None = Field(description="The same, of worn time.")
    lean_back_over_10_deg_s: float | None = Field(
        description="Leaning back by more than 10 deg [s]; null where forward is unknown."
    )
    lean_back_over_10_deg_share: float | None = Field(description="The same, of worn time.")
    lean_percentiles_deg: LeanPercentilesSchema | None = Field(description="Of the lean [deg].")
    speed_percentiles_degps: SpeedPercentilesSchema | None = Field(
        description="Of the speed of the lean [deg/s]."
    )
    bend_dose_s: float = Field(description="Sine of forward lean over worn time [s].")
    up_s: float = Field(description="Standing or walking [s].")
    up_lean_over_s: SecondsOverSchema = Field(description="Leaning in that time, by angle.")
    up_lean_over_share: ShareOverSchema | None = Field(description="The same, of that time.")
    up_bend_dose_s: float = Field(description="Sine of forward lean over that time [s].")
    bends: BendCountsSchema = Field(description="Bends, by least peak.")
    bends_per_h: BendRatesSchema | None = Field(description="The same, an hour of worn time.")
    lifts: int = Field(description="Lift-like bends; what was lifted cannot be known.")
    lifts_per_h: float | None = Field(description="The same, an hour of worn time.")
    flagged_lifts: int = Field(description="The demanding ones among them.")
    flagged_lifts_per_h: float | None = Field(description="The same, an hour of worn time.")
    seated_s: float = Field(description="Seated, or standing still where nobody can tell [s].")
    seated_beyond_30_min_s: float = Field(
        description="Of that, after minute 30 of a sitting bout [s]."
    )
    seated_beyond_30_min_share: float | None = Field(description="The same, of seated time.")
    slouched_s: float = Field(description="Slouched while seated [s].")
    slouch_share: float | None = Field(description="The same, of seated time.")
    breaks: int = Field(description="Sitting bouts ended by a minute of standing or walking.")
    breaks_per_seated_h: float | None = Field(description="The same, a seated hour.")
    shifts: int = Field(description="Times the seated trunk moved to another orientation.")
    shifts_per_seated_h: float | None = Field(description="The same, a seated hour.")
    longest_static_s: float = Field(description="Longest within 10 deg of one orientation [s].")
    longest_sitting_s: float = Field(description="Longest sitting bout [s].")
    hold_exceedances: int = Field(
        description="Times a flexed hold used up ISO 11226's time (no support)."
    )
    variation: list[VariationSchema] = Field(description="The posture variation matrix.")


class ScoreLineSchema(Schema):
    """One line of a habit score."""

    name: str = Field(description="What was measured, the unit in the name.")
    value: float = Field(description="How much of it.")
    full: float = Field(description="Up to here nothing is lost.")
    zero: float = Field(description="From here on all points of the line are lost.")
    weight: float = Field(description="The most that can be lost here, in points.")
    lost: float = Field(description="Points lost.")


class ScoreSchema(Schema):
    """A habit score; it compares a person with themselves and says nothing of health."""

    kind: Literal["desk", "manual"] = Field(description="For which kind of work.")
    label: str = Field(description="What it is, to be shown with it.")
    points: float | None = Field(description="0 to 100; null where too little was seen.")
    why_null: str = Field(description="Why there are no points; else empty.")
    coverage: float = Field(ge=0, le=1, description="As in the exposure, 0 to 1.")
    lines: list[ScoreLineSchema] = Field(description="Where points were lost.")


class DayExposureSchema(Schema):
    """Exposure and habit scores of a local day; the last 11 minutes are still to be settled."""

    date: DateText
    exposure: ExposureTableSchema = Field(description="The table.")
    scores: list[ScoreSchema] = Field(description="The desk and the manual score.")


class DaysExposureSchema(Schema):
    """Exposure of some local days together."""

    first: DateText
    last: DateText
    days: int = Field(description="Days of these that something is known of.")
    exposure: ExposureTableSchema = Field(description="The table, as if they were one day.")


class DaySchema(Schema):
    """One local day."""

    date: DateText
    start_ms: int = Field(
        description="First data [ms since the epoch, UTC]; midnight where there is none."
    )
    stop_ms: int = Field(
        description="Last data, or now while data may come [ms since the epoch, UTC]."
    )
    spans: list[SpanSchema] = Field(description="In order; between them there is no data.")
    totals_s: TotalsSchema = Field(description="Seconds in each activity.")
    coverage: float = Field(
        ge=0, le=1, description="Share of start to stop that is worn and known, 0 to 1."
    )
    exposure: ExposureSchema = Field(description="Seconds leaning, by angle.")
    bends: int = Field(description="Bends, the lift-like ones among them.")
    lifts: int = Field(description="Lift-like bends; what was lifted cannot be known.")
    flagged_lifts: int = Field(description="Of these, the demanding ones.")
    time_doubts: list[str] = Field(
        description="Why some of its times may be wrong, a sentence each; empty where they hold."
    )


class DecisionSchema(Schema):
    """What became of an alert at one moment."""

    at_ms: int = Field(description="When it was decided [ms since the epoch, UTC].")
    outcome: Literal["told", "held", "merged", "dropped", "cleared"] = Field(
        description="What became of it."
    )
    reason: str = Field(description='Why, as a key, e.g. "in_call".')
    words: str = Field(description="The same as a sentence.")
    channels: list[str] = Field(description="Where it sounded; empty unless told.")


class AlertSchema(Schema):
    """Something worth telling the person; `became` says whether they were told."""

    id: int = Field(description="Its key.")
    at_ms: int = Field(description="When it was raised [ms since the epoch, UTC].")
    rule: str = Field(description='Key of the rule, e.g. "slouch".')
    severity: Literal["info", "caution", "high"] = Field(description="How loudly to say it.")
    title: str = Field(description="What was noticed.")
    action: str = Field(description="One small thing to do.")
    since_ms: int = Field(description="When the condition began [ms since the epoch, UTC].")
    values: Measures
    profile: Profile
    acknowledged: bool = Field(description="Whether the person has said to have seen it.")
    confidence: float | None = Field(
        description="How sure of what it is about, 0 to 1; null where that was not kept."
    )
    became: DecisionSchema | None = Field(
        description="What became of it last, passing aside; null: nobody decided, or it is live."
    )
    passed_ms: int | None = Field(
        description="When what it was about had passed, after it was told [ms since the epoch, "
        "UTC]; null: not yet, or not seen."
    )


class AlertsSchema(Schema):
    """The alerts of a day, or a page of them."""

    date: DateText
    total: int = Field(description="Of the day, on all pages.")
    alerts: list[AlertSchema] = Field(description="Newest first.")
    next_cursor: str | None = Field(
        description="To ask on with, for those before; null: these are the last."
    )


class EventSchema(Schema):
    """Something that happened in [start_ms, stop_ms)."""

    id: int = Field(description="Its key.")
    kind: Literal["bend", "lift", "fall", "jolt", "sit_to_stand", "stand_to_sit"] = Field(
        description="What it was; a lift is a bend that looks like one."
    )
    start_ms: int = Field(description="Its beginning [ms since the epoch, UTC].")
    stop_ms: int = Field(description="Its end [ms since the epoch, UTC].")
    confidence: float = Field(
        description="Of a bend or lift: how sure its technique is, 0 to 1; else as "
        "event_confidence."
    )
    event_confidence: float = Field(description="How sure it is that this happened, 0 to 1.")
    values: Measures
    flags: list[str] = Field(description="What makes it demanding; empty is ordinary.")
    technique: Literal["stoop", "squat", "unknown", ""] = Field(
        description="Of a bend or lift; empty for anything else, and where it was not judged."
    )
    profile: Profile


class MarkSchema(Schema):
    """Something that happened at the sensor: a button press, or a vibration of its own."""

    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    kind: DeviceEventName = Field(description="What it was.")
    text: str = Field(description="The same for people.")
    time_trusted: bool = Field(
        description="False where only the time of its arrival is known, which may be much later."
    )


class EventsSchema(Schema):
    """The events of a day."""

    events: list[EventSchema] = Field(description="Newest first.")
    marks: list[MarkSchema] = Field(description="What happened at the sensor, newest first.")


class LiftSchema(Schema):
    """A two-handed lift, as the person describes it."""

    load_kg: float = Field(gt=0, le=500, description="What is lifted [kg].")
    horizontal_cm: float = Field(ge=0, le=300, description="Hands ahead of the ankles [cm].")
    vertical_cm: float = Field(ge=0, le=300, description="Hands above the floor at the start [cm].")
    distance_cm: float = Field(ge=0, le=300, description="How far up or down it is moved [cm].")
    asymmetry_deg: float = Field(
        default=0, ge=0, le=180, description="Load to the side of straight ahead [deg]."
    )
    coupling: Literal["good", "fair", "poor"] = Field(description="How well the hands hold.")
    duration_h: float = Field(gt=0, le=24, description="How long such lifting goes on [h].")
    rate_per_min: float = Field(
        ge=0, le=60, description="Lifts a minute over a quarter of an hour [1/min]."
    )
    one_handed: bool = Field(default=False, description="With one hand: there is no answer.")
    seated_or_kneeling: bool = Field(default=False, description="There is no answer for that.")
    unstable: bool = Field(default=False, description="The load moves: there is no answer.")


class MultipliersSchema(Schema):
    """What the 23 kg are multiplied by, each 0 to 1."""

    horizontal: float = Field(description="HM, for the distance of the hands from the ankles.")
    vertical: float = Field(description="VM, for the height of the hands.")
    distance: float = Field(description="DM, for the vertical travel.")
    asymmetry: float = Field(description="AM, for turning to the side.")
    frequency: float = Field(description="FM, for lifts a minute and hours.")
    coupling: float = Field(description="CM, for the grip.")


class LiftingSchema(Schema):
    """What the revised NIOSH lifting equation says of a lift."""

    recommended_kg: float = Field(description="Recommended weight limit [kg]; 0: no load is.")
    index: float | None = Field(description="Load over limit; null where the limit is 0.")
    band: Literal["very_low", "low", "moderate", "high", "very_high"] = Field(
        description="Where the index lies: up to 1, 1.5, 2, 3, and over."
    )
    multipliers: MultipliersSchema = Field(description="Each multiplier.")
    sentence: str = Field(description="The same in one plain sentence.")


class TrunkPostureSchema(Schema):
    """A posture of the trunk."""

    sagittal_deg: float = Field(ge=-180, le=180, description="Forward lean [deg].")
    lateral_deg: float = Field(default=0, ge=-180, le=180, description="Side lean [deg].")
    twist_deg: float = Field(
        default=0, ge=-180, le=180, description="Shoulders against pelvis [deg]; enter it."
    )


class TrunkScoreSchema(Schema):
    """The trunk score of REBA; there is no total."""

    score: int = Field(description="1 to 5.")
    lean: int = Field(description="1 to 4 of it, for leaning forward or back.")
    twisted_or_aside: int = Field(description="1 more where twisted or leaning aside.")


class LoginLinkSchema(Schema):
    """A link that opens the page once."""

    path: str = Field(description="To be put behind the address of the server.")


class HealthSchema(Schema):
    """The server answers."""

    ok: Literal[True] = Field(description="Always true.")


class ProblemSchema(Schema):
    """Why there is no answer."""

    detail: str = Field(description="What is wrong, and what would be right.")


class LiveAngle(Schema):
    """New trunk angles, about ten points a second."""

    kind: Literal["angle"] = Field(default="angle", description="Says which message this is.")
    t_ms: list[int] = Field(description="Instants [ms since the epoch, UTC], ascending.")
    sagittal_deg: list[float | None] = Field(
        description="Forward lean [deg]; null: gap, or forward is not known."
    )
    lateral_deg: list[float | None] = Field(
        description="Lean to the right [deg]; null: gap, or forward is not known."
    )
    inclination_deg: list[float | None] = Field(description="Angle from upright [deg]; null: gap.")


class LiveState(StateSchema):
    """The state changed."""

    kind: Literal["state"] = Field(default="state", description="Says which message this is.")


class LiveLink(LinkSchema):
    """The link changed."""

    kind: Literal["link"] = Field(default="link", description="Says which message this is.")


class LiveAlert(Schema):
    """Something to tell the person."""

    kind: Literal["alert"] = Field(default="alert", description="Says which message this is.")
    alert: AlertSchema = Field(description="The alert.")


class LiveEvent(Schema):
    """Something happened."""

    kind: Literal["event"] = Field(default="event", description="Says which message this is.")
    event: EventSchema = Field(description="The event.")


class LiveMark(Schema):
    """Something happened at the sensor."""

    kind: Literal["mark"] = Field(default="mark", description="Says which message this is.")
    mark: MarkSchema = Field(description="What happened.")


class LiveDay(Schema):
    """The spans of today changed: fetch the day again."""

    kind: Literal["day"] = Field(default="day", description="Says which message this is.")


class LiveErased(Schema):
    """Something was erased: nothing read before holds, so fetch all again."""

    kind: Literal["erased"] = Field(default="erased", description="Says which message this is.")


class LiveRecording(Schema):
    """Recording was paused or goes on."""

    kind: Literal["recording"] = Field(
        default="recording", description="Says which message this is."
    )
    paused_since_ms: int | None = Field(
        description="Since when nothing is kept [ms since the epoch, UTC]; null: it is kept."
    )


class LiveObjections(Schema):
    """What motion says against the axes named for the sensor is another."""

    kind: Literal["objections"] = Field(
        default="objections", description="Says which message this is."
    )
    objections: list[ObjectionSchema] = Field(description="All that stand; empty: nothing.")


class LiveSensors(Schema):
    """Something is new with one of several sensors: fetch them again."""

    kind: Literal["sensors"] = Field(default="sensors", description="Says which message this is.")


class LiveMounting(Schema):
    """Another calibration or zero holds, or none any more: fetch what holds now."""

    kind: Literal["mounting"] = Field(default="mounting", description="Says which message this is.")


class LiveNotice(Schema):
    """A notification that this browser shows, or takes away; to one page that said it may."""

    kind: Literal["notice"] = Field(default="notice", description="Says which message this is.")
    key: str = Field(description="The same when it is taken away.")
    title: str | None = Field(description="In a few words; null: take it away.")
    action: str = Field(description="One thing to do; may be empty.")


class LivePage(Schema):
    """What a page may say at any time; else nothing is heard from it."""

    notifies: bool = Field(
        description="It is out of sight, and may show notifications of its browser."
    )


class LiveClock(Schema):
    """Every second, so that silence means trouble."""

    kind: Literal["clock"] = Field(default="clock", description="Says which message this is.")
    server_ms: int = Field(description="The server's clock [ms since the epoch, UTC].")
    seated_since_ms: int | None = Field(
        description="Since when seated or standing still [ms since the epoch, UTC]; null: not."
    )
    break_due_ms: int | None = Field(
        description="When a break is worth taking [ms since the epoch, UTC]; null: not due."
    )


LIVE_SCHEMAS: tuple[type[Schema], ...] = (
    LiveAngle,
    LiveState,
    LiveLink,
    LiveAlert,
    LiveEvent,
    LiveMark,
    LiveDay,
    LiveErased,
    LiveRecording,
    LiveObjections,
    LiveSensors,
    LiveMounting,
    LiveNotice,
    LivePage,
    LiveClock,
)


def ms_from_ns(at_ns: int) -> int:
    """The millisecond that an instant falls into."""
    return at_ns // NS_PER_MS


def _ms_or_none(at_ns: int | None) -> int | None:
    return None if at_ns is None else ms_from_ns(at_ns)


def _tenths(values_deg: Sequence[float | None]) -> list[float | None]:
    # A sensor on a back is good to some degrees; the rest would only be bytes.
    return [None if value is None else round(value, 1) for value in values_deg]


def activity_name(activity: Activity) -> ActivityName:
    """An activity as the API spells it."""
    return activity.value


def posture_name(posture: Posture) -> PostureName:
    """A posture as the API spells it."""
    return posture.value


def severity_name(severity: Severity) -> Literal["info", "caution", "high"]:
    """A severity as the API spells it."""
    return severity.value


def kind_name(
    kind: EventKind,
) -> Literal["bend", "lift", "fall", "jolt", "sit_to_stand", "stand_to_sit"]:
    """A kind of event as the API spells it."""
    return kind.value


def technique_name(technique: str) -> Literal["stoop", "squat", "unknown", ""]:
    """A technique as the API spells it; one of a newer version is not known here."""
    match technique:
        case "stoop" | "squat" | "":
            return technique
        case _:
            return "unknown"


def link_schema(link: LinkNow) -> LinkSchema:
    """The link."""
    device = link.device
    return LinkSchema(
        status=link.phase.value,
        name=link.name,
        address=link.address,
        battery_percent=link.battery_percent,
        since_ms=ms_from_ns(link.since_ns),
        detail=link.detail if link.distrust is None else distrust_text(link.distrust),
        to_pair=link.distrust is not None,
        charging=None if device is None else device.charging,
        worn=None if device is None else device.worn,
        muted=None if device is None else device.muted,
        session=None if device is None else device.session,
        faults=[] if device is None else [fault.value for fault in device.faults],
        overwritten=None if device is None else device.overwritten,
        never_sampled=None if device is None else device.never_sampled,
        lost_events=None if device is None else device.lost_events,
        time_trusted=link.doubt.trusted,
        time_doubt=doubt_text(link.doubt),
        remarks=remarks(link),
    )


def sensors_schema(
    now: SensorsNow, trunk: TrunkNow | None, seen: Iterable[SensorDay]
) -> SensorsSchema:
    """The sensors, and what each has seen today."""
    today = {sensor.address: sensor for sensor in seen}
    several = len(now.sensors) > 1
    return SensorsSchema(
        sensors=[
            _sensor_schema(sensor, today.get(sensor.link.address or "")) for sensor in now.sensors
        ],
        notice=away_text(now.away, others_on=now.others_on) if several else "",
        trunk=None
        if trunk is None
        else TrunkSchema(
            at_ms=ms_from_ns(trunk.at_ns),
            flexion_deg=round(trunk.flexion_deg, 1),
            lateral_deg=round(trunk.lateral_deg, 1),
            zeroed=trunk.zeroed,
        ),
    )


def _sensor_schema(sensor: SensorNow, today: SensorDay | None) -> SensorSchema:
    return SensorSchema(
        placement=sensor.placement.value,
        counts=sensor.counts,
        link=link_schema(sensor.link),
        away=None if sensor.away is None else sensor.away.value,
        covered_s=0.0 if today is None else today.covered_s,
        worn_s=0.0 if today is None else today.worn_s,
        slots_held=None if sensor.slots is None else sensor.slots.held,
        slots_limit=None if sensor.slots is None else sensor.slots.limit,
        firmware=sensor.firmware or None,
        missing_s=None if sensor.missing_s is None else round(sensor.missing_s, 1),
    )


def mark_schema(event: DeviceEvent) -> MarkSchema:
    """Something that happened at the sensor."""
    return MarkSchema(
        at_ms=ms_from_ns(event.at_ns),
        kind=event.kind.value,
        text=device_event_text(event),
        time_trusted=event.time_trusted,
    )


def state_schema(state: StateNow) -> StateSchema:
    """The state."""
    return StateSchema(
        activity=activity_name(state.activity),
        posture=posture_name(state.posture),
        confidence=state.confidence,
        since_ms=ms_from_ns(state.since_ns),
        trusted=state.trusted,
    )


def slip_schema(slip: Trust) -> SlipSchema:
    """A slip."""
    return SlipSchema(
        at_ms=ms_from_ns(slip.at_ns),
        moved_deg=round(degrees(slip.moved_rad), 1),
        can_mend=slip.offered is not None,
    )


def objection_schema(objection: Objection) -> ObjectionSchema:
    """An objection."""
    text = f"{objection.text[:1].upper()}{objection.text[1:]}. {objection.effect}."
    return ObjectionSchema(
        kind=objection.kind.value, text=text, calibrate=objection.of_axes, total=objection.total
    )


def angle_schema(angle: AngleNow) -> AngleSchema:
    """The latest angles."""
    sagittal, lateral, inclination = _tenths(
        (angle.sagittal_deg, angle.lateral_deg, angle.inclination_deg)
    )
    return AngleSchema(
        at_ms=ms_from_ns(angle.at_ns),
        sagittal_deg=sagittal,
        lateral_deg=lateral,
        inclination_deg=inclination if inclination is not None else angle.inclination_deg,
        uncertainty_deg=_tenths((angle.uncertainty_deg,))[0],
    )


def mounting_schema(mounting: Mounting) -> MountingSchema:
    """The mounting."""
    return MountingSchema(source=mounting.source, forward_known=mounting.forward_known)


def now_schema(
    snapshot: Snapshot,
    *,
    server_ns: int,
    date: date,
    time_zone: str,
    simulated: bool,
    paused_since_ns: int | None = None,
) -> NowSchema:
    """How things stand."""
    return NowSchema(
        server_ms=ms_from_ns(server_ns),
        date=date.isoformat(),
        time_zone=time_zone,
        simulated=simulated,
        link=link_schema(snapshot.link),
        state=None if snapshot.state is None else state_schema(snapshot.state),
        angle=None if snapshot.angle is None else angle_schema(snapshot.angle),
        mounting=mounting_schema(snapshot.mounting),
        slip=None if snapshot.slip is None else slip_schema(snapshot.slip),
        objections=[objection_schema(one) for one in snapshot.objections],
        zones=list(ZONES),
        seated_since_ms=_ms_or_none(snapshot.seated_since_ns),
        break_due_ms=_ms_or_none(snapshot.break_due_ns),
        paused_since_ms=_ms_or_none(paused_since_ns),
        erasures=snapshot.erasures,
        trace=TraceSchema(
            t_ms=[ms_from_ns(at_ns) for at_ns in snapshot.trace_t_ns],
            sagittal_deg=_tenths(snapshot.trace_lean_deg),
        ),
    )


def span_schema(span: StateSpan, *, corrected: bool = False) -> SpanSchema:
    """A span."""
    return SpanSchema(
        start_ms=ms_from_ns(span.start_ns),
        stop_ms=ms_from_ns(span.stop_ns),
        activity=activity_name(span.activity),
        posture=posture_name(span.posture),
        confidence=span.confidence,
        trusted=span.trusted,
        corrected=corrected,
    )


def day_schema(day: Day, doubts: Iterable[TimeDoubt] = ()) -> DaySchema:
    """A day, and why some of its times are not to be trusted."""
    seconds, exposure = day.totals.activity_s, day.totals.exposure
    return DaySchema(
        date=day.date.isoformat(),
        start_ms=ms_from_ns(day.start_ns),
        stop_ms=ms_from_ns(day.stop_ns),
        spans=[span_schema(span, corrected=day.is_said(span)) for span in day.spans],
        totals_s=TotalsSchema(
            sit=seconds[Activity.SIT],
            stand=seconds[Activity.STAND],
            upright=seconds[Activity.UPRIGHT],
            recline=seconds[Activity.RECLINE],
            walk=seconds[Activity.WALK],
            lie=seconds[Activity.LIE],
            not_worn=seconds[Activity.NOT_WORN],
            unknown=seconds[Activity.UNKNOWN],
            slouched=day.totals.slouched_s,
            no_data=day.no_data_s,
        ),
        coverage=day.coverage,
        exposure=ExposureSchema(
            valid_s=exposure.valid_s,
            over_20_s=exposure.over_20_s,
            over_30_s=exposure.over_30_s,
            over_45_s=exposure.over_45_s,
            over_60_s=exposure.over_60_s,
            over_90_s=exposure.over_90_s,
        ),
        bends=day.totals.bends,
        lifts=day.totals.lifts,
        flagged_lifts=day.totals.flagged_lifts,
        time_doubts=[doubt_text(doubt) for doubt in doubts],
    )


def day_exposure_schema(day: date, found: Exposure) -> DayExposureSchema:
    """Exposure and scores of a day."""
    return DayExposureSchema(
        date=day.isoformat(),
        exposure=ExposureTableSchema.model_validate(plain_exposure(found)),
        scores=[ScoreSchema.model_validate(plain_score(score)) for score in habit_scores(found)],
    )


def days_exposure_schema(first: date, last: date, days: int, found: Exposure) -> DaysExposureSchema:
    """Exposure of some days."""
    return DaysExposureSchema(
        first=first.isoformat(),
        last=last.isoformat(),
        days=days,
        exposure=ExposureTableSchema.model_validate(plain_exposure(found)),
    )


def decision_schema(decision: Decision) -> DecisionSchema:
    """A decision, in words."""
    return DecisionSchema.model_validate(_plain_decision(decision))


def _plain_decision(decision: Decision) -> dict[str, Any]:
    return {
        "at_ms": ms_from_ns(decision.at_ns),
        "outcome": decision.outcome.value,
        "reason": decision.reason.value,
        "words": decision_words(decision),
        "channels": [channel.value for channel in decision.channels],
    }


def alert_schema(stored: StoredAlert, decisions: Sequence[Decision] = ()) -> AlertSchema:
    """An alert, in words; `decisions` are those about it, the last one last."""
    return AlertSchema.model_validate(plain_alert(stored, decisions))


def plain_alert(stored: StoredAlert, decisions: Sequence[Decision] = ()) -> dict[str, Any]:
    """The same ready for JSON, for hundreds at a time: not checked."""
    alert = stored.alert
    passed = [one for one in decisions if one.outcome is Outcome.CLEARED]
    became = [one for one in decisions if one.outcome is not Outcome.CLEARED]
    text = alert_text(alert.rule, alert.values)
    return {
        "id": stored.id,
        "at_ms": ms_from_ns(alert.at_ns),
        "rule": alert.rule,
        "severity": severity_name(alert.severity),
        "title": text.title,
        "action": text.action,
        "since_ms": ms_from_ns(alert.since_ns),
        "values": dict(alert.values),
        "profile": alert.profile,
        "acknowledged": stored.acknowledged_ns is not None,
        "confidence": alert.values.get("confidence"),
        "became": _plain_decision(became[-1]) if became else None,
        "passed_ms": ms_from_ns(passed[-1].at_ns) if passed else None,
    }


def event_schema(stored: StoredEvent) -> EventSchema:
    """An event."""
    event: MotionEvent = stored.event
    return EventSchema(
        id=stored.id,
        kind=kind_name(event.kind),
        start_ms=ms_from_ns(event.start_ns),
        stop_ms=ms_from_ns(event.stop_ns),
        confidence=event.told_confidence,
        event_confidence=event.confidence,
        values=dict(event.values),
        flags=list(event.flags),
        technique=technique_name(event.technique),
        profile=event.profile,
    )


def lift_from_schema(body: LiftSchema) -> Lift:
    """The lift that somebody entered."""
    return Lift(
        load_kg=body.load_kg,
        horizontal_cm=body.horizontal_cm,
        vertical_cm=body.vertical_cm,
        distance_cm=body.distance_cm,
        asymmetry_deg=body.asymmetry_deg,
        coupling=Coupling(body.coupling),
        duration_h=body.duration_h,
        rate_per_min=body.rate_per_min,
        one_handed=body.one_handed,
        seated_or_kneeling=body.seated_or_kneeling,
        unstable=body.unstable,
    )


def lifting_schema(found: LiftingIndex, *, sentence: str) -> LiftingSchema:
    """A lifting index."""
    return LiftingSchema(
        recommended_kg=found.recommended_kg,
        index=found.index,
        band=found.band.value,
        multipliers=MultipliersSchema(
            horizontal=found.horizontal,
            vertical=found.vertical,
            distance=found.distance,
            asymmetry=found.asymmetry,
            frequency=found.frequency,
            coupling=found.coupling,
        ),
        sentence=sentence,
    )


def live_angle(points: AnglePoints) -> LiveAngle:
    """New angles."""
    return LiveAngle(
        t_ms=[ms_from_ns(at_ns) for at_ns in points.t_ns],
        sagittal_deg=_tenths(points.sagittal_deg),
        lateral_deg=_tenths(points.lateral_deg),
        inclination_deg=_tenths(points.inclination_deg),
    )


def live_objections(now: ObjectionsNow) -> LiveObjections:
    """What stands against the named axes."""
    return LiveObjections(objections=[objection_schema(one) for one in now.objections])


def live_recording(recording: RecordingNow) -> LiveRecording:
    """Whether what is measured is kept."""
    return LiveRecording(paused_since_ms=_ms_or_none(recording.paused_since_ns))


def live_clock(snapshot: Snapshot, *, server_ns: int) -> LiveClock:
    """The clock of this second."""
    return LiveClock(
        server_ms=ms_from_ns(server_ns),
        seated_since_ms=_ms_or_none(snapshot.seated_since_ns),
        break_due_ms=_ms_or_none(snapshot.break_due_ns),
    )
