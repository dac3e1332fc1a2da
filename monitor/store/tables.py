"""The tables, as SQLModel sees them; migrations/ makes them.

Instants are int nanoseconds since the epoch, UTC; stretches are half-open [start, stop).
Measures with open names are JSON text.
"""

from typing import ClassVar

from sqlalchemy import MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

# Named constraints, so that a migration can find them again.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Keeps our tables apart from any other SQLModel in the process."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=_NAMES)


class SensorRow(Table, table=True):
    """A sensor that has been heard, by its address."""

    __tablename__ = "sensors"

    id: int | None = Field(default=None, primary_key=True)
    address: str = Field(unique=True)
    name: str
    first_seen_ns: int
    last_seen_ns: int


class RecordingRow(Table, table=True):
    """One sitting of data: from a connection to its end.

    `stop_ns` is the end of the last sample so far; `cause` is null while it goes on. Days are
    added up from those that count; the others are of sensors worn beside. `placement` is where
    on the trunk it was read as; empty where nobody wrote that down.
    """

    __tablename__ = "recordings"

    id: int | None = Field(default=None, primary_key=True)
    sensor_id: int = Field(foreign_key="sensors.id", index=True)
    start_ns: int = Field(index=True)
    stop_ns: int
    rate_hz: float | None
    simulated: bool
    mounting_source: str
    placement: str = Field(sa_column_kwargs={"server_default": text("''")})
    counts: bool = Field(sa_column_kwargs={"server_default": text("1")})
    time_trusted: bool
    time_doubt: str = Field(sa_column_kwargs={"server_default": text("''")})
    cause: str | None


class SpanRow(Table, table=True):
    """A stretch in one state; spans of a recording never overlap.

    Those that are not trusted lie after a slip: what rests on the zero is left out of them.
    """

    __tablename__ = "spans"

    recording_id: int = Field(foreign_key="recordings.id", primary_key=True)
    start_ns: int = Field(primary_key=True, index=True)
    stop_ns: int
    activity: str
    posture: str
    confidence: float
    profile: str
    trusted: bool = Field(sa_column_kwargs={"server_default": text("1")})


class EventRow(Table, table=True):
    """Something that happened: a bend, a lift, a fall."""

    __tablename__ = "events"

    id: int | None = Field(default=None, primary_key=True)
    recording_id: int = Field(foreign_key="recordings.id", index=True)
    kind: str
    start_ns: int = Field(index=True)
    stop_ns: int
    known_ns: int
    confidence: float
    profile: str
    values_json: str
    flags_json: str
    technique: str = Field(sa_column_kwargs={"server_default": text("''")})


class AlertRow(Table, table=True):
    """Something the person was told."""

    __tablename__ = "alerts"

    id: int | None = Field(default=None, primary_key=True)
    recording_id: int = Field(foreign_key="recordings.id", index=True)
    at_ns: int = Field(index=True)
    rule: str
    severity: str
    since_ns: int
    profile: str
    values_json: str
    acknowledged_at_ns: int | None


class DeviceEventRow(Table, table=True):
    """A button press, or a rule the sensor played; it names it by `boot_id` and `number`."""

    __tablename__ = "device_events"

    sensor_id: int = Field(foreign_key="sensors.id", primary_key=True)
    boot_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at_ns: int = Field(index=True)
    kind: str
    value: int
    time_trusted: bool
    simulated: bool


class NumbersRow(Table, table=True):
    """Samples that are stored, as the sensor numbers them: of one run, `[start, stop)`.

    `at_ns` is when they were; old ones are of no use, because no sensor has them any more.
    """

    __tablename__ = "sample_numbers"

    recording_id: int = Field(foreign_key="recordings.id", primary_key=True)
    boot_id: int = Field(primary_key=True)
    start: int = Field(primary_key=True)
    stop: int
    at_ns: int = Field(index=True)


class MinuteRow(Table, table=True):
    """Exposure of (a part of) one minute; a minute broken by a gap has several rows."""

    __tablename__ = "minutes"

    id: int | None = Field(default=None, primary_key=True)
    recording_id: int = Field(foreign_key="recordings.id", index=True)
    start_ns: int = Field(index=True)
    valid_s: float
    over_20_s: float
    over_30_s: float
    over_45_s: float
    over_60_s: float
    over_90_s: float
    lean_mean_deg: float
    lean_max_deg: float


class DoseRow(Table, table=True):
    """Exposure of (a part of) one minute, settled; columns as in `monitor.model.exposure.Dose`.

    Histograms are [first bin, ms in it, ms in the next ...]; bouts [activity, zone, seconds].
    `course_json` is as `monitor.store.rows` writes it, empty in rows of before revision 0014.
    Rows that stand are what days are added up from. One that was told stands no more where the
    person said otherwise; one in its place, if there is any, says instead of which it stands.
    """

    __tablename__ = "doses"

    id: int | None = Field(default=None, primary_key=True)
    recording_id: int = Field(foreign_key="recordings.id", index=True)
    start_ns: int = Field(index=True)
    worn_s: float
    forward_s: float
    bend_dose_s: float
    up_s: float
    up_bend_dose_s: float
    seated_s: float
    seated_beyond_s: float
    slouched_s: float
    doubted_s: float = Field(sa_column_kwargs={"server_default": text("0")})
    seated_doubted_s: float = Field(sa_column_kwargs={"server_default": text("0")})
    longest_static_s: float
    longest_sitting_s: float
    breaks: int
    shifts: int
    hold_exceedances: int
    bends_30: int
    bends_60: int
    lifts: int
    flagged_lifts: int
    lean_json: str
    speed_json: str
    up_lean_json: str
    bouts_json: str
    course_json: str = Field(sa_column_kwargs={"server_default": text("''")})
    stands: bool = Field(sa_column_kwargs={"server_default": text("1")})
    instead_of: int | None


class CalibrationRow(Table, table=True):
    """How a sensor sits on the person at a place; the last one chosen is in use."""

    __tablename__ = "calibrations"
    __table_args__ = (UniqueConstraint("address", "place", name="uq_calibrations_address"),)

    id: int | None = Field(default=None, primary_key=True)
    address: str
    place: str
    at_ns: int
    chosen_ns: int
    version: int
    found_json: str


class ZeroRow(Table, table=True):
    """A zero that was taken or refused (`refused` says why), or a slip that was noticed.

    `asker` and `refused` are empty where they do not apply, `mounting_json` where nothing changed.
    """

    __tablename__ = "zeros"

    id: int | None = Field(default=None, primary_key=True)
    address: str
    at_ns: int = Field(index=True)
    kind: str
    asker: str
    refused: str
    moved_deg: float
    mounting_json: str


class DayRow(Table, table=True):
    """One local day in one row, kept so that a year is 365 rows; always derivable.

    The bounds say which day in which time zone is meant.
    """

    __tablename__ = "days"

    start_ns: int = Field(primary_key=True)
    stop_ns: int = Field(primary_key=True)
    simulated: bool = Field(primary_key=True)
    first_ns: int
    last_ns: int
    sit_s: float
    stand_s: float
    upright_s: float
    recline_s: float
    walk_s: float
    lie_s: float
    not_worn_s: float
    unknown_s: float
    slouched_s: float
    valid_s: float
    over_20_s: float
    over_30_s: float
    over_45_s: float
    over_60_s: float
    over_90_s: float
    bends: int
    lifts: int
    flagged_lifts: int
    alerts: int


class DayDoseRow(Table, table=True):
    """Doses of one local day in one row, as `DayRow` is of the rest; always derivable.

    Histograms are integers of four bytes, little-endian: first bin, ms in it, ms in the next ...;
    bouts three each: activity, zone and class of length as one, how many, ms of all.
    """

    __tablename__ = "day_doses"

    start_ns: int = Field(primary_key=True)
    stop_ns: int = Field(primary_key=True)
    simulated: bool = Field(primary_key=True)
    first_ns: int
    worn_s: float
    forward_s: float
    bend_dose_s: float
    up_s: float
    up_bend_dose_s: float
    seated_s: float
    seated_beyond_s: float
    slouched_s: float
    doubted_s: float
    seated_doubted_s: float
    longest_static_s: float
    longest_sitting_s: float
    breaks: int
    shifts: int
    hold_exceedances: int
    bends_30: int
    bends_60: int
    lifts: int
    flagged_lifts: int
    lean: bytes
    speed: bytes
    up_lean: bytes
    bouts: bytes


class WishRow(Table, table=True):
    """What the person has set last, by name; the value is JSON."""

    __tablename__ = "wishes"

    name: str = Field(primary_key=True)
    at_ns: int
    value_json: str


class DecisionRow(Table, table=True):
    """What became of an alert; a held one has several. The alert is known by instant and rule."""

    __tablename__ = "decisions"

    id: int | None = Field(default=None, primary_key=True)
    at_ns: int = Field(index=True)
    alert_at_ns: int = Field(index=True)
    rule: str
    outcome: str
    reason: str
    channels_json: str
    into: str


class FeedbackRow(Table, table=True):
    """What the person says of an alert; the last word counts."""

    __tablename__ = "feedback"

    alert_id: int = Field(foreign_key="alerts.id", primary_key=True, ondelete="CASCADE")
    at_ns: int
    verdict: str


class CheckInRow(Table, table=True):
    """How the person says they are."""

    __tablename__ = "check_ins"

    id: int | None = Field(default=None, primary_key=True)
    at_ns: int = Field(index=True)
    pain: int | None
    stiffness: int | None
    spasm: bool
    triggers_json: str
    note: str


class MovementRow(Table, table=True):
    """One movement of a guided check."""

    __tablename__ = "movements"

    id: int | None = Field(default=None, primary_key=True)
    at_ns: int = Field(index=True)
    movement: str
    peak_deg: float | None
    pain: bool | None
    stopped: bool


class DrillRow(Table, table=True):
    """Slow bends practised in a row; those are JSON, as in `monitor.model.journal.DrillBend`."""

    __tablename__ = "drills"

    id: int | None = Field(default=None, primary_key=True)
    at_ns: int = Field(index=True)
    slow_degps: float
    stopped: bool
    bends_json: str


class TagRow(Table, table=True):
    """What a bend or lift belonged to."""

    __tablename__ = "tags"

    event_id: int = Field(foreign_key="events.id", primary_key=True, ondelete="CASCADE")
    at_ns: int
    task: str
    zone: str


class TrialRow(Table, table=True):
    """A trial, written before its first day."""

    __tablename__ = "trials"

    id: int | None = Field(default=None, primary_key=True)
    made_ns: int
    plan_json: str
    ended_ns: int | None
    why_ended: str


class HandoverRow(Table, table=True):
    """A sensor of a shared kit, lent for a shift."""

    __tablename__ = "handovers"

    id: int | None = Field(default=None, primary_key=True)
    address: str
    person: str
    start_ns: int
    stop_ns: int | None
    exported_ns: int | None
    digest: str = Field(sa_column_kwargs={"server_default": text("''")})
    erased_ns: int | None


class TraceRow(Table, table=True):
    """Half a minute of angles around an alert, which is known by rule and instant."""

    __tablename__ = "traces"

    rule: str = Field(primary_key=True)
    at_ns: int = Field(primary_key=True)
    trace_json: str


class WithheldRow(Table, table=True):
    """A stretch of which nothing is kept: recording was paused, or the person erased it."""

    __tablename__ = "withheld"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    start_ns: int
    stop_ns: int | None


class CorrectionRow(Table, table=True):
    """What the person says they did in a stretch; of two that overlap the later one counts."""

    __tablename__ = "corrections"

    id: int | None = Field(default=None, primary_key=True)
    at_ns: int
    start_ns: int = Field(index=True)
    stop_ns: int
    activity: str
    simulated: bool
