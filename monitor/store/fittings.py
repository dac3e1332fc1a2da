"""How sensors sit on the person: calibrations by place, and the zeros taken since."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import degrees
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from monitor.model import NS_PER_S, Calibration, Mounting, Quality, Rezeroed, Trust
from monitor.store.database import connect
from monitor.store.tables import Table

SAME_DONNING_NS = 12 * 3600 * NS_PER_S  # a zero of today outlives a restart of the program. Ours

_tables = Table.metadata.tables
_calibrations, _zeros = _tables["calibrations"], _tables["zeros"]


class ZeroKind(StrEnum):
    """What is noted of a zero."""

    REZEROED = "rezeroed"
    REFUSED = "refused"
    SLIPPED = "slipped"
    TRUSTED = "trusted"


@dataclass(frozen=True, slots=True)
class ZeroNote:
    """A zero that was taken or refused, or a change of trust in it.

    Attributes:
        at_ns: when [ns since the epoch, UTC].
        asker: who asked (`monitor.model.Asker`); empty where nobody did.
        refused: why (`monitor.model.Refusal`); empty where it was not.
        moved_deg: between the old zero and the new, or by which the sensor has slipped.
    """

    at_ns: int
    sensor: str
    kind: ZeroKind
    asker: str
    refused: str
    moved_deg: float


class Fittings:
    """Short transactions of its own, beside a writer; safe from several threads."""

    def __init__(self, path: Path) -> None:
        """`path` is a database that a `Store` has made or upgraded."""
        self._engine: Engine = connect(path)

    def close(self) -> None:
        self._engine.dispose()

    def keep(self, calibration: Calibration) -> None:
        """Keep it in place of the one of the same sensor and place, and choose it."""
        row = {
            "address": calibration.sensor,
            "place": calibration.place,
            "at_ns": calibration.at_ns,
            "chosen_ns": calibration.at_ns,
            "version": calibration.version,
            "found_json": json.dumps(
                {
                    "mounting": asdict(calibration.mounting),
                    "quality": asdict(calibration.quality),
                    "slouch_rad": calibration.slouch_rad,
                }
            ),
        }
        with self._engine.begin() as connection:
            connection.execute(
                upsert(_calibrations)
                .values(row)
                .on_conflict_do_update(["address", "place"], set_=row)
            )

    def calibrations(self, sensor: str | None = None) -> list[Calibration]:
        """Of one sensor or of all; the one in use first."""
        query = select(_calibrations).order_by(_calibrations.c.chosen_ns.desc())
        if sensor is not None:
            query = query.where(_calibrations.c.address == sensor)
        with self._engine.connect() as connection:
            return [_calibration(row) for row in connection.execute(query)]

    def choose(self, sensor: str, place: str, at_ns: int) -> Calibration | None:
        """Use the calibration of that place from now on; None where there is none."""
        with self._engine.begin() as connection:
            connection.execute(
                update(_calibrations)
                .where((_calibrations.c.address == sensor) & (_calibrations.c.place == place))
                .values(chosen_ns=at_ns)
            )
        return next((one for one in self.calibrations(sensor) if one.place == place), None)

    def forget(self, sensor: str, place: str) -> bool:
        """Let go of a calibration; False where there is none."""
        with self._engine.begin() as connection:
            gone = connection.execute(
                delete(_calibrations).where(
                    (_calibrations.c.address == sensor) & (_calibrations.c.place == place)
                )
            )
            return gone.rowcount > 0

    def worn(self, sensor: str, now_ns: int, place: str | None = None) -> Mounting | None:
        """How the sensor sits now, as far as is known: at that place, or the one chosen last.

        A zero that was taken under that calibration within SAME_DONNING_NS counts more.
        """
        with self._engine.connect() as connection:
            query = select(_calibrations).where(_calibrations.c.address == sensor)
            if place is not None:
                query = query.where(_calibrations.c.place == place)
            row = connection.execute(query.order_by(_calibrations.c.chosen_ns.desc())).first()
            if row is None:
                return None
            zero = connection.execute(
                select(_zeros.c.mounting_json)
                .where(
                    (_zeros.c.address == sensor)
                    & (_zeros.c.kind == ZeroKind.REZEROED.value)
                    & (_zeros.c.at_ns > max(row.chosen_ns, now_ns - SAME_DONNING_NS))
                )
                .order_by(_zeros.c.at_ns.desc(), _zeros.c.id.desc())
            ).first()
        return _calibration(row).mounting if zero is None else _mounting(json.loads(zero[0]))

    def note(self, sensor: str, told: Rezeroed | Trust) -> None:
        """Keep the answer to a wish for a new zero, or a change of trust."""
        row = {"address": sensor, "at_ns": told.at_ns, "moved_deg": degrees(told.moved_rad)}
        if isinstance(told, Trust):
            kind = ZeroKind.TRUSTED if told.trusted else ZeroKind.SLIPPED
            row |= {"asker": "", "refused": "", "mounting_json": ""}
        else:
            kind = ZeroKind.REZEROED if told.refused is None else ZeroKind.REFUSED
            row |= {"asker": told.by.value, "refused": told.refused or ""}
            mounting = json.dumps(asdict(told.mounting)) if told.refused is None else ""
            row |= {"mounting_json": mounting}
        with self._engine.begin() as connection:
            connection.execute(insert(_zeros), row | {"kind": kind.value})

    def notes(self, start_ns: int, stop_ns: int) -> list[ZeroNote]:
        """What was noted in a stretch of time, the oldest first."""
        query = (
            select(_zeros)
            .where((_zeros.c.at_ns >= start_ns) & (_zeros.c.at_ns < stop_ns))
            .order_by(_zeros.c.at_ns, _zeros.c.id)
        )
        with self._engine.connect() as connection:
            return [
                ZeroNote(
                    row.at_ns,
                    row.address,
                    ZeroKind(row.kind),
                    row.asker,
                    row.refused,
                    row.moved_deg,
                )
                for row in connection.execute(query)
            ]


def _calibration(row: Row[Any]) -> Calibration:
    found = json.loads(row.found_json)
    quality = found["quality"]
    return Calibration(
        row.address,
        row.place,
        row.at_ns,
        _mounting(found["mounting"]),
        Quality(**{**quality, "bow_depths_deg": tuple(quality["bow_depths_deg"])}),
        found["slouch_rad"],
        row.version,
    )


def _mounting(plain: dict[str, Any]) -> Mounting:
    return Mounting(**{**plain, "body_from_sensor": tuple(plain["body_from_sensor"])})
