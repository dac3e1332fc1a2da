"""A file turned into a database of this version, or a clear refusal."""

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.store.database import APPLICATION_ID, BUSY_TIMEOUT_S, connect, create_private
from monitor.store.errors import ForeignFileError, NewerStoreError, StoreError

HEAD = "0014"  # newest revision in migrations/versions; a test compares the two
MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(path: Path) -> None:
    """Create the database, or bring it to this version.

    Raises:
        StoreError: it cannot be opened, is not ours (`ForeignFileError`), or is from a later
            version (`NewerStoreError`); the file is then untouched.
    """
    try:
        create_private(path)
        revision = _revision(path)
        if revision != HEAD:
            _upgrade(path, revision)
        path.chmod(0o600)
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise _foreign(path, "this is not a database") from error
        raise StoreError(
            path, f"the database cannot be used ({error})", "Check the disk, or choose another file"
        ) from error
    except OSError as error:
        raise StoreError(
            path,
            f"the database cannot be opened ({error.strerror})",
            "Check the folder and its permissions, or choose another file",
        ) from error


def _revision(path: Path) -> str | None:
    """The revision of our own database, None for an empty file; sets the journal mode."""
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and application != APPLICATION_ID:
            raise _foreign(path, "this is the database of another program")
        if not tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def _upgrade(path: Path, revision: str | None) -> None:
    # Loaded here because it costs 0.2 s and is needed once per version.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise NewerStoreError(
            path,
            f"it was written by a newer Backwatch (revision {revision}, this one knows {HEAD})",
            "Update Backwatch, or choose another file",
        )
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")  # kept in the file: readers never wait
    # Rebuilding a table would otherwise cascade into those that refer to it.
    engine = connect(path, foreign_keys=False)
    try:
        with engine.begin() as migrating:
            config.attributes["connection"] = migrating
            command.upgrade(config, "head")
            broken = migrating.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StoreError(
                    path,
                    f"upgrading left {len(broken)} rows without their parent; nothing was changed",
                    "Keep the file and report this",
                )
    finally:
        engine.dispose()


def _foreign(path: Path, problem: str) -> ForeignFileError:
    return ForeignFileError(path, problem, "It was not touched; choose another file")
