"""Settings: where they come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from monitor.config import Config, ConfigError, load_config
from monitor.model import Placement


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    config = load_config()

    assert config == Config()
    assert config.db == tmp_path / "data" / "backwatch" / "backwatch.db"
    assert config.host == "127.0.0.1"


def test_a_relative_xdg_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "relative")

    assert load_config().db == Path.home() / ".local/share/backwatch/backwatch.db"


def test_the_command_line_overrides_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "backwatch.toml").write_text('port = 9000\nprofile = "manual"\nneutral_s = 5\n')

    config = load_config(overrides={"port": 9100, "sensor": None})

    assert (config.port, config.profile, config.sensor) == (9100, "manual", None)
    assert config.neutral_s == 5.0


def test_the_file_of_the_person_is_found_where_there_is_none_here(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "backwatch"
    folder.mkdir(parents=True)
    (folder / "backwatch.toml").write_text('placement = "low_back"\n')

    assert load_config().placement is Placement.LOW_BACK


def test_a_path_in_a_file_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "my.toml"
    file.write_text('db = "days.db"\n')

    assert load_config(file).db == tmp_path / "deep" / "days.db"
    assert load_config(file, {"db": "here.db"}).db == Path("here.db")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", r"my\.toml: unknown setting 'prot'; known are db, host, port"),
        ('port = "8765"', r"my\.toml: port = '8765' is not a whole number"),
        ("port = true", r"port = True is not a whole number"),
        ("port = 99999", r"port = 99999 is not allowed; use 0 to 65535.*my\.toml"),
        ("host = 1", r"host = 1 is not text"),
        ('db = ""', r"db = '' is not a path"),
        ('placement = "knee"', r"placement = 'knee' is not one of upper_back, low_back"),
        ('up = "x"', r"up = 'x' is not allowed; use one of \+x"),
        ('forward = "-x"', r"forward = '-x' is not allowed.*another axis than up"),
        ("neutral_s = 0", r"neutral_s = 0\.0 is not allowed"),
        ("keep_details_days = -1", r"keep_details_days = -1 is not allowed"),
        ("port = ", r"my\.toml: not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=message):
        load_config(file)


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read"):
        load_config(tmp_path / "gone.toml")


def test_a_file_that_is_no_text_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(file)
