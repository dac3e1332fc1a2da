"""Settings: where they come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from monitor.config import Config, ConfigError, SensorConfig, load_config
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
        ('haptics = "loud"', r"haptics = 'loud' is not one of off, alerts, out_of_range"),
        ("rate_hz = 5", r"rate_hz = 5\.0 is not allowed; use 10 to 2000 Hz"),
        ("acc_range_g = 0", r"acc_range_g = 0 is not allowed; use 1 to 65535 g"),
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


TWO = """
up = "+y"

[[sensors]]
sensor = "AA:BB:CC:DD:EE:01"

[[sensors]]
sensor = "Pelvis"
placement = "low_back"
up = "-x"
neutral_s = 3
"""


def test_several_sensors_have_each_a_table_and_the_first_counts(tmp_path: Path) -> None:
    (tmp_path / "backwatch.toml").write_text(TWO)

    config = load_config()

    assert (config.sensor, config.up, config.placement) == (
        "AA:BB:CC:DD:EE:01",
        "+y",
        Placement.UPPER_BACK,
    )
    assert config.beside == (SensorConfig("Pelvis", Placement.LOW_BACK, "-x", "-z", 3.0),)
    assert config.worn == (
        SensorConfig("AA:BB:CC:DD:EE:01", Placement.UPPER_BACK, "+y", "-z", None),
        *config.beside,
    )


def test_sensors_of_the_command_line_take_the_place_of_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "backwatch.toml").write_text(TWO)

    config = load_config(overrides={"sensor": ["Pelvis", "Third"], "neutral_s": [4.0]})

    assert config.worn == (
        SensorConfig("Pelvis", Placement.LOW_BACK, "-x", "-z", 4.0),  # as its table has it
        SensorConfig("Third", Placement.UPPER_BACK, "+y", "-z", 4.0),
    )


def test_an_option_given_once_for_each_sensor_belongs_to_them_in_order() -> None:
    config = load_config(
        overrides={"sensor": ["A", "B"], "placement": ["chest", "waist"], "up": ["+y"]}
    )

    assert [worn.placement for worn in config.worn] == [Placement.CHEST, Placement.WAIST]
    assert [worn.up for worn in config.worn] == ["+y", "+y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sensor = "A"\n[[sensors]]\nsensor = "B"', "give either sensor, or .*sensors.*not both"),
        ("sensors = 3", "sensors is not a list of tables"),
        ("sensors = []", "sensors is not a list of tables"),
        ('sensors = ["A"]', "sensors is not a list of tables"),
        (
            '[[sensors]]\nsensor = "A"\n[[sensors]]\nnose = 1',
            r"number 2: unknown setting 'nose'; known are sensor, placement",
        ),
        ('[[sensors]]\nplacement = "knee"', r"number 1: placement = 'knee' is not one of"),
        (
            '[[sensors]]\nsensor = "A"\n[[sensors]]\nsensor = "B"\nup = "x"',
            r"up = 'x' is not allowed.*my\.toml",
        ),
        ('[[sensors]]\nsensor = "A"\n[[sensors]]\nup = "+y"', "name each, best by its address"),
        (
            '[[sensors]]\nsensor = "A"\n[[sensors]]\nsensor = "a"',
            "given twice; two sensors of one name are told apart by their addresses",
        ),
        ("beside = 1", "unknown setting 'beside'; known are .*sensors"),
    ],
)
def test_wrong_tables_of_sensors_are_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=message):
        load_config(file)


def test_an_option_given_too_often_is_named() -> None:
    with pytest.raises(ConfigError, match="up is given 3 times for 2 sensors; give it once for"):
        load_config(overrides={"sensor": ["A", "B"], "up": ["+x", "+y", "+z"]})
