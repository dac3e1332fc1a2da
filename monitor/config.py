"""A settings file and the command line turned into one frozen `Config`."""

import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from monitor.model import Haptics, Placement

FILE_NAME = "backwatch.toml"


class ConfigError(Exception):
    """A setting cannot be used; the message says which, where, its value, and what is allowed."""


def data_folder() -> Path:
    """Where a person's data belongs on this system, e.g. ~/.local/share/backwatch."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = _xdg("XDG_DATA_HOME", ".local/share")
    return Path(base) / "backwatch"


def _xdg(variable: str, otherwise: str) -> str:
    # A relative path is to be ignored (XDG Base Directory Specification 0.8).
    found = os.environ.get(variable, "")
    return found if Path(found).is_absolute() else str(Path.home() / otherwise)


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """One sensor, and how it is worn.

    Attributes:
        sensor: its address or name; None takes the first of ours.
        placement: where on the trunk it sits.
        up, forward: sensor axes that point up and forward when standing, e.g. "+x", "-z";
            `forward` None where it is not known.
        neutral_s: seconds of standing still at the start that become the zero; None: no.
        place: whose calibration to use, e.g. "car", or "none"; None: the one chosen last.
    """

    sensor: str | None = None
    placement: Placement = Placement.UPPER_BACK
    up: str = "+x"
    forward: str | None = "-z"
    neutral_s: float | None = None
    place: str | None = None

    def __post_init__(self) -> None:
        _require(self.up in AXES, "up", self.up, f"one of {', '.join(AXES)}")
        _require(
            self.forward is None or (self.forward in AXES and self.forward[1] != self.up[1]),
            "forward",
            self.forward,
            f"one of {', '.join(AXES)}, on another axis than up",
        )
        _require(
            self.neutral_s is None or 0 < self.neutral_s <= 60,
            "neutral_s",
            self.neutral_s,
            "more than 0 s, at most 60 s",
        )


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a person may set.

    Attributes:
        db: the database file.
        host: address the page listens on; anything but loopback shows it to the network.
        port: its port, 0 for any that is free.
        adapter: Bluetooth adapter, e.g. "hci0"; None is the system's own choice.
        profile: name of the threshold profile.
        sensor, placement, up, forward, neutral_s, place: as in `SensorConfig`, of the sensor
            that the day is counted from.
        beside: other sensors of the same person, kept beside it.
        haptics: when a sensor may vibrate.
        webhook: where alerts are posted as signed JSON; https, or http on this machine.
        webhook_secret: what they are signed with.
        rate_hz, acc_range_g, gyr_range_dps: how a sensor of ours is to measure; None leaves it
            as it is.
        keep_details_days: spans, events and alerts are kept so long, 0 for ever.
        keep_summaries_days: minutes, doses and days are kept so long, 0 for ever.
        keep_raw_days: the samples themselves are kept so long, 0 for ever.
    """

    db: Path = field(default_factory=lambda: data_folder() / "backwatch.db")
    host: str = "127.0.0.1"
    port: int = 8765
    sensor: str | None = None
    adapter: str | None = None
    profile: str = "desk"
    placement: Placement = Placement.UPPER_BACK
    up: str = "+x"
    forward: str | None = "-z"
    neutral_s: float | None = None
    place: str | None = None
    haptics: Haptics = Haptics.ALERTS
    webhook: str | None = None
    webhook_secret: str | None = None
    rate_hz: float | None = None
    acc_range_g: int | None = None
    gyr_range_dps: int | None = None
    keep_details_days: int = 90
    keep_summaries_days: int = 365
    keep_raw_days: int = 7
    beside: tuple[SensorConfig, ...] = ()

    @property
    def worn(self) -> tuple[SensorConfig, ...]:
        """Every sensor, the one that counts first."""
        first = SensorConfig(
            self.sensor, self.placement, self.up, self.forward, self.neutral_s, self.place
        )
        return (first, *self.beside)

    def __post_init__(self) -> None:
        _require_apart([worn.sensor for worn in self.worn])
        _require(
            self.webhook is None or bool(self.webhook_secret),
            "webhook_secret",
            self.webhook_secret,
            "a secret with which webhooks are signed",
        )
        _require(0 <= self.port <= 65535, "port", self.port, "0 to 65535")
        _require(bool(self.host), "host", self.host, "an address such as 127.0.0.1")
        _require(bool(self.profile), "profile", self.profile, "the name of a profile")
        for name, (least, most, unit) in SAMPLING.items():
            wanted = getattr(self, name)
            allowed = wanted is None or least <= wanted <= most
            _require(allowed, name, wanted, f"{least} to {most} {unit}")
        for name in ("keep_details_days", "keep_summaries_days", "keep_raw_days"):
            value = getattr(self, name)
            _require(0 <= value <= 36500, name, value, "0 (for ever) to 36500 days")


# firmware_protocol/spec.md, section 15
SAMPLING = {
    "rate_hz": (10, 2000, "Hz"),
    "acc_range_g": (1, 65535, "g"),
    "gyr_range_dps": (1, 65535, "deg/s"),
}
AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
PER_SENSOR = tuple(found.name for found in fields(SensorConfig))
TABLES = "sensors"  # each an entry of the array of tables in the file


def load_config(path: Path | None = None, overrides: Mapping[str, object] | None = None) -> Config:
    """Defaults, then the file, then what the command line says.

    Args:
        path: the settings file; None takes ./backwatch.toml or the one in the person's
            configuration folder, where there is one.
        overrides: by the names of `Config`; None means "not given". Those of `SensorConfig`
            may be lists: one value for all sensors, or one for each in their order.

    Raises:
        ConfigError: the file cannot be read, or a setting is unknown or not allowed.
    """
    found = path if path is not None else _find()
    where, base = ("", Path()) if found is None else (f"{found}", found.parent)
    read = {} if found is None else dict(_read(found))
    tables = read.pop(TABLES, None)
    values = {key: _convert(key, value, where, base) for key, value in read.items()}
    common = {key: values.pop(key) for key in PER_SENSOR if key in values}
    worn = [common] if tables is None else _worn(tables, where, common)
    each: dict[str, list[object]] = {}
    for key, value in (overrides or {}).items():
        if value is None:
            continue
        if key in PER_SENSOR:
            several = value if isinstance(value, list) else [value]
            each[key] = [_convert(key, one, "command line", Path()) for one in several]
        else:
            values[key] = _convert(key, value, "command line", Path())
    worn = _overridden(worn, common, each)
    return _build(values, worn, "" if found is None else f" (settings from {found})")


def _worn(tables: object, where: str, common: Mapping[str, object]) -> list[dict[str, object]]:
    """The sensors of the file; what a table leaves out is as it is for all."""
    if "sensor" in common:
        raise ConfigError(f"{where}: give either sensor, or [[{TABLES}]], not both")
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise ConfigError(f"{where}: {TABLES} is not a list of tables; write [[{TABLES}]]")
    worn = []
    for number, table in enumerate(tables, start=1):
        place = f"{where}: [[{TABLES}]] number {number}"
        for key in table:
            if key not in PER_SENSOR:
                known = ", ".join(PER_SENSOR)
                raise ConfigError(f"{place}: unknown setting {key!r}; known are {known}")
        own = {key: _convert(key, value, place, Path()) for key, value in table.items()}
        worn.append({**common, **own})
    return worn


def _overridden(
    worn: Sequence[Mapping[str, object]],
    common: Mapping[str, object],
    each: Mapping[str, Sequence[object]],
) -> list[dict[str, object]]:
    """The sensors as the command line has them; of one that the file knows too, the rest is
    as it is there."""
    out = [dict(one) for one in worn]
    if names := each.get("sensor"):
        known = {one.get("sensor"): one for one in worn}
        out = [{**known.get(name, common), "sensor": name} for name in names]
    for key, values in each.items():
        if key == "sensor":
            continue
        if len(values) not in (1, len(out)):
            raise ConfigError(
                f"command line: {key} is given {len(values)} times for {len(out)} sensors; "
                "give it once for all, or once for each in the same order"
            )
        for number, one in enumerate(out):
            one[key] = values[number if len(values) > 1 else 0]
    return out


def _build(
    values: Mapping[str, object], worn: Sequence[Mapping[str, object]], origin: str
) -> Config:
    arguments: dict[str, Any] = dict(values)
    first, *beside = (dict[str, Any](one) for one in worn)
    try:
        others = tuple(SensorConfig(**one) for one in beside)
        return Config(**arguments, **first, beside=others)
    except ConfigError as error:
        raise ConfigError(f"{error}{origin}") from None


def _require_apart(sensors: Sequence[str | None]) -> None:
    """Several sensors have each a name or address of its own."""
    if len(sensors) < 2:
        return
    for sensor in sensors:
        if sensor is None:
            raise ConfigError("several sensors are worn: name each, best by its address")
    names = [str(sensor).casefold() for sensor in sensors]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"sensor {name!r} is given twice; two sensors of one name are told apart by "
                "their addresses (backwatch scan lists them)"
            )


def _find() -> Path | None:
    personal = Path(_xdg("XDG_CONFIG_HOME", ".config")) / "backwatch" / FILE_NAME
    return next((found for found in (Path(FILE_NAME), personal) if found.is_file()), None)


def _read(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text; save it again as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _convert(key: str, value: object, where: str, base: Path) -> object:
    """Check one setting against the type of its field; relative paths start at `base`."""
    types = get_type_hints(Config)
    if key not in types or key == "beside":
        names = [found.name for found in fields(Config) if found.name != "beside"]
        known = ", ".join([*names, TABLES])
        raise ConfigError(f"{where}: unknown setting {key!r}; known are {known}")
    wanted = types[key]
    choices = get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)
    if value is None and type(None) in choices:
        return None
    for choice in choices:
        if choice is Path and isinstance(value, str | Path) and str(value):
            return base / Path(value).expanduser()
        if isinstance(choice, type) and issubclass(choice, StrEnum):
            return _member(key, value, where, choice)
        if choice is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if type(value) is choice:
            return value
    expected = " or ".join(_NAMES[choice] for choice in choices if choice is not type(None))
    raise ConfigError(f"{where}: {key} = {value!r} is not {expected}")


_NAMES = {Path: "a path", str: "text", int: "a whole number", float: "a number"}


def _member(key: str, value: object, where: str, choice: type[StrEnum]) -> StrEnum:
    try:
        return choice(str(value))
    except ValueError:
        allowed = ", ".join(choice)
        raise ConfigError(f"{where}: {key} = {value!r} is not one of {allowed}") from None


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise ConfigError(f"{name} = {value!r} is not allowed; use {allowed}")
