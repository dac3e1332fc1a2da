"""What opening a file does, whatever the file is."""

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from monitor.store import ForeignFileError, NewerStoreError, Store, StoreError
from monitor.store.database import connect
from monitor.store.schema import HEAD, MIGRATIONS, prepare
from monitor.store.tables import Table


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    prepare(path)
    engine = connect(path)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        difference = compare_metadata(context, Table.metadata)
    engine.dispose()

    assert difference == []


def test_the_head_named_in_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_a_new_database_is_private(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "backwatch.db"

    with Store(path).writer():
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(modes) >= {"backwatch.db", "backwatch.db-wal", "backwatch.db-shm"}
    assert set(modes.values()) == {0o600}


def test_an_older_revision_is_upgraded_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    prepare(path)
    path.unlink()
    make_revision(path, "0001")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO sensors VALUES (1, 'AA:BB', 'Back', 10, 20)")
        connection.execute(
            "INSERT INTO recordings VALUES (1, 1, 10, 900, 100.0, 0, 'axes', 1, 'end of file')"
        )
        connection.execute("INSERT INTO spans VALUES (1, 10, 900, 'sit', 'neutral', 0.9, 'desk 1')")
    connection.close()

    Store(path)

    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert connection.execute("SELECT address, last_seen_ns FROM sensors").fetchall() == [
            ("AA:BB", 20)
        ]
        assert connection.execute("SELECT start_ns, stop_ns, activity FROM spans").fetchall() == [
            (10, 900, "sit")
        ]
        assert connection.execute("SELECT count(*) FROM days").fetchone() == (0,)
    connection.close()


def test_a_migration_that_fails_leaves_the_older_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_revision(path, "0001")
    with sqlite3.connect(path) as connection:  # stands in the way of revision 0002
        connection.execute("CREATE TABLE days (x)")
        connection.execute("INSERT INTO sensors VALUES (1, 'AA:BB', 'Back', 10, 20)")
    connection.close()

    with pytest.raises(Exception, match="days already exists"):
        Store(path)

    with sqlite3.connect(path) as connection:
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert revision == ("0001",)
        assert connection.execute("SELECT count(*) FROM sensors").fetchone() == (1,)
    connection.close()


def test_an_upgrade_that_leaves_rows_without_a_parent_is_taken_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_revision(path, "0001")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO spans VALUES (7, 10, 900, 'sit', 'neutral', 0.9, 'desk 1')")
    connection.close()

    with pytest.raises(StoreError, match=r"1 rows without their parent; nothing was changed"):
        Store(path)

    with sqlite3.connect(path) as connection:
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert revision == ("0001",)
    assert "days" not in tables


def test_a_row_without_its_parent_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    prepare(path)
    engine = connect(path)

    with engine.connect() as connection, pytest.raises(IntegrityError, match="FOREIGN KEY"):
        connection.exec_driver_sql(
            "INSERT INTO spans VALUES (7, 10, 900, 'sit', 'neutral', 0.9, 'desk 1', 1)"
        )
    engine.dispose()


def test_readers_and_the_writer_do_not_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    prepare(path)
    writing, reading = connect(path), connect(path, read_only=True)

    with writing.begin() as writer, reading.connect() as reader:
        writer.exec_driver_sql("INSERT INTO sensors VALUES (1, 'AA:BB', 'Back', 10, 20)")
        during = reader.exec_driver_sql("SELECT count(*) FROM sensors").scalar_one()
    with reading.connect() as reader:
        afterwards = reader.exec_driver_sql("SELECT count(*) FROM sensors").scalar_one()
    writing.dispose()
    reading.dispose()

    assert (during, afterwards) == (0, 1)


def test_a_file_from_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "future.db"
    prepare(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(NewerStoreError, match=r"revision 9999.*Update Backwatch"):
        Store(path)

    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear reader, " * 100)

    with pytest.raises(ForeignFileError, match=r"letter\.db.*not touched"):
        Store(path)

    assert path.read_text() == "Dear reader, " * 100


def test_the_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(ForeignFileError, match="another program"):
        Store(path)

    assert path.read_bytes() == before


def test_a_folder_in_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be"):
        Store(tmp_path)


def test_a_path_below_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"cannot be opened.*permissions"):
        Store(tmp_path / "file" / "backwatch.db")


def test_an_odd_path_is_just_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% of ?mode=ro&x" / "back watch.db"

    Store(path).writer().close()

    assert path.read_bytes().startswith(b"SQLite format 3")


def make_revision(path: Path, revision: str) -> None:
    """A database as the version of that revision left it."""
    from monitor.store.database import APPLICATION_ID

    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    config = alembic_config()
    engine = connect(path, foreign_keys=False)
    with engine.begin() as migrating:
        config.attributes["connection"] = migrating
        command.upgrade(config, revision)
    engine.dispose()
