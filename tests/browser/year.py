"""A year to look at: its last two weeks as the path would store them, the rest as their sums."""

from datetime import date, datetime, timedelta, tzinfo

import numpy as np
from sqlalchemy import insert

from monitor.model import NS_PER_S, Activity, Posture, StateChange
from monitor.store import Covered, DayTotals, RecordingEnd, RecordingStart, Store
from monitor.store.database import connect
from monitor.store.days import Exposure, day_bounds
from monitor.store.rollups import row_from_totals
from monitor.store.tables import DayRow, RecordingRow, SensorRow, Table

HOUR_NS = 3600 * NS_PER_S
WHOLE_DAYS = 14
LEFT_OUT = 0.08  # of days nobody wore the sensor


def store_year(store: Store, now_ns: int, zone: tzinfo, days: int = 365) -> None:
    """Working days before today, slouching a little less from month to month."""
    rng = np.random.default_rng(11)
    today = datetime.fromtimestamp(now_ns / NS_PER_S, zone).date()
    sums = []
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        if day.weekday() >= 5 or rng.random() < LEFT_OUT:
            continue
        share = 0.2 + 0.12 * back / days + 0.05 * rng.normal()
        if back <= WHOLE_DAYS:
            _whole(store, day, zone, max(0.02, share), rng)
        else:
            sums.append((day, max(0.02, share)))
    if sums:
        _sums(store, sums, zone, rng)


def _whole(store: Store, day: date, zone: tzinfo, share: float, rng: np.random.Generator) -> None:
    """From about eight to about five, with a break; slouched more in the afternoon."""
    at_ns = day_bounds(day, zone).start_ns + round((7.8 + rng.random()) * HOUR_NS)
    stop_ns = day_bounds(day, zone).start_ns + 17 * HOUR_NS
    with store.writer() as writer:
        writer.write([RecordingStart(at_ns, "C0:FF:EE:00:00:01", "Back", True, "axes")])
        while at_ns < stop_ns:
            late = 1.7 if at_ns > stop_ns - 4 * HOUR_NS else 0.5
            draw = rng.random()
            posture = Posture.NEUTRAL
            if draw < 0.12:
                activity, posture = Activity.WALK, Posture.NONE
            elif draw < 0.3:
                activity = Activity.STAND
            elif draw < 0.36:
                activity = Activity.UPRIGHT
            else:
                activity = Activity.SIT
                posture = Posture.SLOUCHED if rng.random() < 1.5 * share * late else posture
            length_ns = round((2 + 14 * rng.random()) * 60 * NS_PER_S)
            writer.write(
                [
                    StateChange(at_ns, activity, posture, 0.9, "desk/1"),
                    Covered(at_ns, at_ns + length_ns, 50.0),
                ]
            )
            at_ns += length_ns + (40 * 60 * NS_PER_S if rng.random() < 0.01 else 0)
        writer.write([RecordingEnd("the day went on")])


def _sums(
    store: Store, days: list[tuple[date, float]], zone: tzinfo, rng: np.random.Generator
) -> None:
    recordings, rows = [], []
    for day, share in days:
        bounds = day_bounds(day, zone)
        worn_s = 3600 * (5 + 4 * rng.random())
        stood_s, walked_s = worn_s * (0.15 + 0.1 * rng.random()), worn_s * 0.08
        seconds = dict.fromkeys(Activity, 0.0) | {
            Activity.SIT: worn_s - stood_s - walked_s,
            Activity.STAND: stood_s,
            Activity.WALK: walked_s,
            Activity.NOT_WORN: 600.0,
        }
        leant_s = worn_s * (0.1 + 0.1 * rng.random())
        first_ns = bounds.start_ns + 8 * HOUR_NS
        totals = DayTotals(
            first_ns=first_ns,
            last_ns=first_ns + round((worn_s * 1.1 + 600) * NS_PER_S),
            activity_s=seconds,
            slouched_s=worn_s * share,
            exposure=Exposure(worn_s, leant_s, leant_s / 2, leant_s / 4, leant_s / 8, 0.0),
            bends=int(worn_s / 400 + 10 * rng.random()),
            lifts=int(6 * rng.random()),
            flagged_lifts=int(2 * rng.random()),
            alerts=3,
        )
        rows.append(row_from_totals(bounds, totals, True))
        recordings.append(
            {
                "sensor_id": 1,
                "start_ns": totals.first_ns,
                "stop_ns": totals.last_ns,
                "simulated": True,
                "mounting_source": "axes",
                "counts": True,
                "time_trusted": True,
                "time_doubt": "",
                "cause": "the day went on",
            }
        )
    engine = connect(store.path)
    tables = Table.metadata.tables
    with engine.begin() as connection:
        sensor = {"id": 1, "address": "C0:FF:EE:00:00:01", "name": "Back"}
        connection.execute(
            insert(tables[str(SensorRow.__tablename__)]).prefix_with("OR IGNORE"),
            sensor | {"first_seen_ns": 0, "last_seen_ns": 0},
        )
        connection.execute(insert(tables[str(RecordingRow.__tablename__)]), recordings)
        connection.execute(insert(tables[str(DayRow.__tablename__)]), rows)
    engine.dispose()
