"""The path of a sample at work, as the API tells it."""

from dataclasses import asdict
from math import degrees, isfinite
from typing import Literal, assert_never

from pydantic import Field

from dashboard.device_texts import doubt_text
from dashboard.schemas import Schema, ms_from_ns
from firmware_protocol import gatt
from monitor.ingest import Statistics as IngestStatistics
from monitor.link import LinkStatistics
from monitor.model import (
    Alert,
    Asked,
    Beat,
    Connected,
    Disconnected,
    FeatureChunk,
    Fitted,
    Idle,
    LinkEvent,
    MinuteSummary,
    MotionChunk,
    MotionEvent,
    Notified,
    Numbered,
    Ruled,
    SampleChunk,
    StateChange,
)
from monitor.model.exposure import Dose
from monitor.service import DelayNow, FlowNow, SensorFlow, Stage, StageNow
from monitor.service.flow import LastItem
from monitor.timebase import Statistics as ClockStatistics

StageName = Literal[
    "link", "ingest", "timebase", "orientation", "features", "states", "exposure", "alerts"
]
UNITS = {
    Stage.LINK: "events",
    Stage.INGEST: "samples",
    Stage.TIMEBASE: "samples",
    Stage.ORIENTATION: "samples",
    Stage.FEATURES: "tenths of seconds",
    Stage.STATES: "beats, states and events",
    Stage.EXPOSURE: "minutes",
    Stage.ALERTS: "alerts",
}
CHARACTERISTICS = {
    gatt.IMU: "samples",
    gatt.CONFIG: "config",
    gatt.CONTROL: "reply",
    gatt.EVENTS: "device event",
    gatt.BACKFILL: "back-fill",
    gatt.BATTERY_LEVEL: "battery",
}

Value = str | int | float | bool
Values = dict[str, Value]


class StageSchema(Schema):
    """What a stage gave."""

    stage: StageName = Field(description="Its folder under monitor/.")
    unit: str = Field(description="What is counted.")
    total: int = Field(description="Since the start, those of back-fills included.")
    per_s: float = Field(description="Mean over the last ten whole seconds [1/s].")
    last: dict[str, str | int | float | bool] = Field(
        description="Of the latest of now, by name with unit; empty where there was none."
    )
    behind_ms: float | None = Field(
        description="From the end of the motion it tells of until the frame that gave it [ms]; "
        "null: not known."
    )


class DelaySchema(Schema):
    """Delays of frames in the last minute."""

    count: int = Field(description="How many.")
    p50_ms: float | None = Field(description="Half of them are no longer [ms]; null: none.")
    p99_ms: float | None = Field(description="99 of 100 are no longer [ms]; null: none.")
    most_ms: float | None = Field(description="The longest [ms]; null: none.")


class LinkCountsSchema(Schema):
    """What has passed the link since the start."""

    notified: int = Field(description="Notifications, battery included.")
    dropped: int = Field(description="Events given up because the path was too slow.")
    stale: int = Field(description="Notifications of an earlier connection, ignored.")
    connections: int = Field(description="How often the sensor was connected.")
    lost: int = Field(description="Connections that ended unasked.")
    stalled: int = Field(description="Of them, those where the sensor fell silent.")
    refused: int = Field(description="Devices turned away.")
    waiting: int = Field(description="Events that wait for the path now.")


class ClockFitSchema(Schema):
    """How the sensor's clock is tied to UTC."""

    zero_ms: int | None = Field(
        description="UTC at the zero of its clock [ms since the epoch]; null: not known yet."
    )
    drift_ppm: float = Field(description="Seconds of UTC per second of the sensor, less one.")
    delay_ms: float = Field(description="Arrival of the last frame over the least delayed [ms].")
    least_delay_ms: float = Field(
        description="Delay of that one, by round trips [ms]; 0: not known."
    )
    segments: int = Field(description="Stretches without a break.")
    bridged: int = Field(description="Samples interpolated.")
    skipped: int = Field(description="Samples whose time had been given out already.")
    restarts: int = Field(description="Times the fit began anew.")


class SensorFlowSchema(Schema):
    """One sensor's way from the radio to the disk."""

    placement: Literal["upper_back", "low_back", "chest", "waist"] = Field(
        description="Where it sits."
    )
    counts: bool = Field(description="The day is counted from it.")
    name: str | None = Field(description="Text from a stranger, never markup.")
    status: Literal["searching", "connected", "lost", "closed"] = Field(description="Of its link.")
    time_doubt: str = Field(description="Why times are less than certain; empty: they are not.")
    stages: list[StageSchema] = Field(description="In the order of the path.")
    link: LinkCountsSchema | None = Field(description="Null: this link does not count.")
    ingest: dict[str, int] | None = Field(
        description="Frames and samples taken, missing and refused by reason; null: not counted."
    )
    rejection: str = Field(description="Why the last one was refused; empty: none was.")
    clock: ClockFitSchema | None = Field(description="Null: not known.")
    worked: DelaySchema = Field(description="What the path takes for a frame.")
    told: DelaySchema = Field(description="Arrival of a frame until what it changed is known.")
    stored: DelaySchema = Field(description="Arrival of a frame until it is in the database.")


class PipelineSchema(Schema):
    """Everything between the radio and those who watch."""

    server_ms: int = Field(description="Now [ms since the epoch, UTC].")
    sensors: list[SensorFlowSchema] = Field(description="The one that counts first.")
    waiting: int = Field(description="Steps that wait for the disk.")
    room: int = Field(description="How many may; then the link waits.")
    stored: int = Field(description="Items written since the start.")
    stored_per_s: float = Field(description="Mean over the last ten whole seconds [1/s].")
    clients: int = Field(description="Pages that watch.")
    dropped: int = Field(description="Live messages that slow pages have lost.")


def pipeline_schema(flow: FlowNow, *, server_ns: int) -> PipelineSchema:
    """All of it."""
    return PipelineSchema(
        server_ms=ms_from_ns(server_ns),
        sensors=[sensor_flow_schema(one) for one in flow.sensors],
        waiting=flow.waiting,
        room=flow.room,
        stored=flow.stored,
        stored_per_s=flow.stored_per_s,
        clients=flow.clients,
        dropped=flow.dropped,
    )


def sensor_flow_schema(flow: SensorFlow) -> SensorFlowSchema:
    """One sensor's way."""
    path = flow.path
    return SensorFlowSchema(
        placement=flow.placement.value,
        counts=flow.counts,
        name=flow.link.name,
        status=flow.link.phase.value,
        time_doubt=doubt_text(flow.link.doubt),
        stages=[_stage(one) for one in flow.stages],
        link=None if flow.link_counts is None else _link(flow.link_counts),
        ingest=None if path is None else _ingest(path.ingest),
        rejection="" if path is None else path.ingest.last_rejection,
        clock=None if path is None else _clock(path.timebase),
        worked=_delay(flow.worked),
        told=_delay(flow.told),
        stored=_delay(flow.stored),
    )


def _link(counts: LinkStatistics) -> LinkCountsSchema:
    return LinkCountsSchema(**asdict(counts))


def _ingest(counts: IngestStatistics) -> dict[str, int]:
    return {name: n for name, n in asdict(counts).items() if isinstance(n, int)}


def _clock(fit: ClockStatistics) -> ClockFitSchema:
    return ClockFitSchema(
        zero_ms=None if fit.zero_ns is None else ms_from_ns(fit.zero_ns),
        drift_ppm=round(fit.drift_ppm, 2),
        delay_ms=_ms(fit.delay_s),
        least_delay_ms=_ms(fit.least_delay_s),
        segments=fit.segments,
        bridged=fit.bridged,
        skipped=fit.skipped,
        restarts=fit.clock_restarts,
    )


def _delay(delay: DelayNow) -> DelaySchema:
    return DelaySchema(
        count=delay.count,
        p50_ms=None if delay.p50_s is None else _ms(delay.p50_s),
        p99_ms=None if delay.p99_s is None else _ms(delay.p99_s),
        most_ms=None if delay.most_s is None else _ms(delay.most_s),
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _stage(now: StageNow) -> StageSchema:
    return StageSchema(
        stage=now.stage.value,
        unit=UNITS[now.stage],
        total=now.total,
        per_s=now.per_s,
        last={} if now.last is None else _finite(_values(now.last)),
        behind_ms=None if now.behind_s is None else _ms(now.behind_s),
    )


def _finite(values: Values) -> Values:
    """Without what JSON cannot hold, rounded to what a person can tell apart."""
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in values.items()
        if not isinstance(value, float) or isfinite(value)
    }


def _values(item: LastItem) -> Values:
    match item:
        case Numbered():
            return {"boot": item.boot_id, "start": item.start, "stop": item.stop}
        case SampleChunk():
            acc, gyr = item.acc_mps2[-1], item.gyr_radps[-1]
            return {
                "rate_hz": item.segment.rate_hz,
                "segment": item.segment.id,
                **{f"acc_{axis}_mps2": float(acc[i]) for i, axis in enumerate("xyz")},
                **{f"gyr_{axis}_radps": float(gyr[i]) for i, axis in enumerate("xyz")},
            }
        case MotionChunk():
            up, sigma = item.up[-1], item.up_sigma_rad
            known: Values = {} if sigma is None else {"sigma_deg": degrees(float(sigma[-1]))}
            return {
                **{f"up_{axis}": float(up[i]) for i, axis in enumerate("xyz")},
                **known,
                "settled": bool(item.settled[-1]),
            }
        case FeatureChunk():
            return {
                "sagittal_deg": degrees(float(item.sagittal[-1])),
                "lateral_deg": degrees(float(item.lateral[-1])),
                "inclination_deg": degrees(float(item.inclination[-1])),
                "lean_rate_degps": degrees(float(item.lean_rate[-1])),
                "measured": float(item.measured[-1]),
            }
        case StateChange():
            return {
                "activity": item.activity.value,
                "posture": item.posture.value,
                "confidence": item.confidence,
            }
        case MotionEvent():
            return {"event": item.kind.value, "confidence": item.confidence}
        case Beat():
            return {
                "activity": item.activity.value,
                "posture": item.posture.value,
                "lean_deg": degrees(item.lean_rad),
                "trusted": item.trusted,
            }
        case MinuteSummary():
            return {"minute_ms": ms_from_ns(item.start_ns), "lean_mean_deg": item.lean_mean_deg}
        case Dose():
            return {"minute_ms": ms_from_ns(item.start_ns), "worn_s": item.worn_s}
        case Alert():
            return {"rule": item.rule, "severity": item.severity.value}
        case _:
            return _event_values(item)


def _event_values(event: LinkEvent) -> Values:
    match event:
        case Notified():
            what = CHARACTERISTICS.get(event.characteristic, event.characteristic)
            return {"event": what, "bytes": len(event.payload)}
        case Connected():
            return {"event": "connected", "address": event.address}
        case Disconnected():
            return {"event": "disconnected", "reason": event.reason}
        case Idle():
            return {"event": "idle"}
        case Ruled():
            return {
                "event": "ruled",
                "profile": event.profile or "as configured",
                **dict(event.own),
            }
        case Fitted():
            return {"event": "fitted", "source": event.mounting.source}
        case Asked():
            return {"event": "asked", "wish": event.wish.value}
        case _:
            assert_never(event)
