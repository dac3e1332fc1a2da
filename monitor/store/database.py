"""A path turned into connections that keep SQLite's promises."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 5.0  # waiting for the other side's commit; ours take milliseconds
APPLICATION_ID = 0x4261636B  # "Back": how `file` and we recognise our databases


def create_private(path: Path) -> None:
    """Make the folder (0700) and an empty file (0600) where there are none yet."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return


def connect(path: Path, *, read_only: bool = False, foreign_keys: bool = True) -> Engine:
    """An engine whose transactions are what they say.

    Python's sqlite3 begins transactions late and not before DDL, so it is told to keep out
    and BEGIN is sent by us; a writer takes the write lock at once and never fails half-way.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S},
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        # A commit survives a killed process; a power cut may lose the last, never corrupt.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def plain_rows(
    connection: Connection, statement: Executable, filled: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Rows as the driver gives them, for hundreds at a time: SQLAlchemy's own take as long again.

    Booleans are 0 and 1.
    """
    result = connection.execute(statement, filled)
    if result.cursor is None:
        raise TypeError("a statement that gives no rows")
    rows: list[tuple[Any, ...]] = list(result.cursor.fetchall())
    result.close()
    return rows
