"""Days of one simulated person to photograph, all read by the path: a year of them, and now."""

import asyncio
import copyreg
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.sql.expression import literal

from backwatch.earlier_days import WEEK, DayMade, Plan, make_day, read_only
from backwatch.session import Told, session
from backwatch.simulated import simulated_sensor
from monitor.calibration import Guide
from monitor.config import Config
from monitor.model import NS_PER_S, Origin, SampleChunk, Segment
from monitor.model.journal import CheckIn, Movement, MovementRecord
from monitor.service.fitting import calibrated
from monitor.store import Store
from monitor.store.database import connect
from monitor.store.tables import Table as Tables
from simulator.plays import desk_day, warehouse_shift
from simulator.scenarios import simulate

SEED = 287  # who slouches at their desk within a minute, and stays so for a quarter of an hour
RATE_HZ = 100.0
DAYS, YEAR_DAYS = 14, 365
DETAILS_DAYS = 90  # kept by a session, as everybody's
LEFT_OUT = 0.08  # of days of the year nobody wore the sensor
MINUTE_S = 60.0
TO_MAKE_S = 120.0  # the day so far ends so much after its making has begun
MORNING = time(8, 30)
SHIFT, AFTER = time(9, 55), time(10, 45)
CALIBRATED = time(8, 20)
CONNECTED_S = 60.0  # within which the sensor has to be heard
_COPIED = ("spans", "minutes", "doses", "events", "alerts")
_SUMS = ("days", "day_doses")


def plan_of(today: date, back: int) -> Plan:
    """What is done on the day so many before today; something yesterday, to compare with."""
    plan = WEEK[(today - timedelta(days=back)).weekday()]
    return plan or (WEEK[0] if back == 1 else plan)


def plan_until(end: datetime) -> Plan:
    """The day so far: at the desk, an hour of lifting, at the desk."""
    morning = datetime.combine(end.date(), AFTER)
    return (
        (MORNING, desk_day, 80 * MINUTE_S),
        (SHIFT, warehouse_shift, 45 * MINUTE_S),
        (AFTER, desk_day, (end - morning).total_seconds()),
    )


def live_before(store: Store, kept: Path, today: date) -> None:
    """A year before today: two weeks made, the rest each like one of their days, drawn at random.

    Args:
        kept: a folder in which days that were made are found again by another run.
    """
    wanted = [(back, today - timedelta(days=back)) for back in range(1, DAYS + 1)]
    kept.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        jobs = [(kept, day, plan_of(today, back)) for back, day in wanted]
        made = list(pool.map(_make, jobs))
    for path in reversed(made):
        _store(store, pickle.loads(path.read_bytes()))
    _live_year(store, today)


def live_today(store: Store, end: datetime) -> None:
    """Today up to `end`, with its samples."""
    _store(store, make_day(end.date(), SEED, plan=plan_until(end), samples=True))


def speak(store: Store, now_ns: int) -> None:
    """What the person has said of themselves."""
    hour_ns = 3600 * NS_PER_S
    with closing(store.journal()) as journal:
        journal.add_check_in(CheckIn(now_ns - 26 * hour_ns, 4, 3, triggers=("gardening",)))
        journal.add_check_in(CheckIn(now_ns - hour_ns, 2, 5, note="Long call in the morning."))
        for days, peak_deg in ((8, 71.0), (1, 78.0)):
            for movement, share in ((Movement.FLEXION, 1.0), (Movement.SIDE_LEFT, 0.4)):
                at_ns = now_ns - days * 24 * hour_ns
                journal.add_movement(MovementRecord(at_ns, movement, peak_deg * share, False))


def calibrate(store: Store, address: str, today: date) -> None:
    """This morning the person followed the guide; what it found is in use at their desk."""
    guide = Guide()
    start_ns = round(datetime.combine(today, CALIBRATED).timestamp()) * NS_PER_S
    segment = Segment(0, start_ns, RATE_HZ)
    for block in simulate("calibration", seed=SEED, rate_hz=RATE_HZ):
        origin = np.full(len(block), Origin.MEASURED, np.uint8)
        guide.push(SampleChunk(segment, block.first, block.acc_mps2, block.gyr_radps, origin))
    assert guide.finding is not None, "the simulated calibration was not accepted"
    with closing(store.fittings()) as fittings:
        fittings.keep(calibrated(guide.finding, address, "Desk", slouch=False))


@dataclass(frozen=True, slots=True)
class Now:
    """A session that runs; `link` opens its page once."""

    link: str


@contextmanager
def living(store: Store, today: date) -> Iterator[Now]:
    """The person works on at the desk: a simulated sensor, heard, kept and shown."""
    began = threading.Event()
    found: list[Now] = []
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def run() -> None:
        async with simulated_sensor("desk_day", SEED) as sensor:
            await asyncio.to_thread(calibrate, store, sensor.address, today)
            config = Config(db=store.path, port=0, adapter=sensor.adapter)
            async with session(config, simulated=True, told=Told(), faults=sensor) as running:
                assert running.link is not None
                found.append(Now(running.link))
                began.set()
                await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert began.wait(CONNECTED_S), "the session did not begin"
        yield found[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(30)
        assert not thread.is_alive(), "the session did not end"
        loop.close()


def _make(job: tuple[Path, date, Plan]) -> Path:
    """Make a day, or find it made by another run."""
    folder, day, plan = job
    offset_s = round(datetime.combine(day, MORNING).timestamp()) % 86_400
    path = folder / f"{day}-{SEED}-{offset_s}.pickle"
    if not path.exists():
        copyreg.pickle(MappingProxyType, _plain)  # type: ignore[arg-type]  # typeshed knows no generic
        part = path.with_suffix(".part")
        part.write_bytes(pickle.dumps(make_day(day, SEED, plan=plan)))
        part.rename(path)
    return path


def _plain(values: "MappingProxyType[str, float]") -> tuple[Callable[..., object], tuple[object]]:
    return read_only, (dict(values),)


def _store(store: Store, made: DayMade) -> None:
    with store.writer() as writer:
        writer.write(made.items)
    with closing(store.journal()) as journal:
        journal.add_decisions(made.decisions)
        for trace in made.traces:
            journal.add_trace(trace)


def _live_year(store: Store, today: date) -> None:
    rng = np.random.default_rng(SEED)
    models = [(today - timedelta(days=back), plan_of(today, back)) for back in range(1, DAYS + 1)]
    engine = connect(store.path)
    with engine.begin() as connection:
        for back in range(DAYS + 1, YEAR_DAYS + 1):
            plan = plan_of(today, back)
            if plan and rng.random() >= LEFT_OUT:
                alike = [day for day, done in models if done == plan]
                model = alike[int(rng.integers(len(alike)))]
                day = today - timedelta(days=back)
                _copy(connection, model, day, details=back <= DETAILS_DAYS)
    engine.dispose()


def _copy(connection: Connection, model: date, day: date, *, details: bool) -> None:
    """Another day like it, and its sums: of a day long past nothing else is kept."""
    start_ns = _midnight_ns(model)
    shift_ns = _midnight_ns(day) - start_ns
    recordings = Tables.metadata.tables["recordings"]
    within = recordings.c.start_ns.between(start_ns, start_ns + 86_400 * NS_PER_S - 1)
    for old in connection.execute(select(recordings.c.id).where(within)).scalars().all():
        last = connection.execute(select(recordings.c.id).order_by(recordings.c.id.desc()).limit(1))
        new = last.scalar_one() + 1
        _insert(connection, recordings, recordings.c.id == old, shift_ns, {"id": new})
        for name in _COPIED if details else ():
            table = Tables.metadata.tables[name]
            same = table.c.recording_id == old
            _insert(connection, table, same, shift_ns, {"recording_id": new})
    for name in _SUMS:
        table = Tables.metadata.tables[name]
        _insert(connection, table, table.c.start_ns == start_ns, shift_ns, {})


def _insert(
    connection: Connection, table: Table, which: Any, shift_ns: int, changed: dict[str, int]
) -> None:
    columns = [c for c in table.c if c.name != "id" or "id" in changed]
    values = [
        literal(changed[c.name])
        if c.name in changed
        else (c + shift_ns if c.name.endswith("_ns") else c)
        for c in columns
    ]
    connection.execute(
        insert(table).from_select([c.name for c in columns], select(*values).where(which))
    )


def _midnight_ns(day: date) -> int:
    return round(datetime.combine(day, time.min).timestamp()) * NS_PER_S
