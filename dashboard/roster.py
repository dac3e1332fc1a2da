"""Sensors of one's own as the API tells them."""

from pydantic import Field

from dashboard.schemas import Schema, ms_from_ns
from monitor.link import VENDORS, KnownSensor
from monitor.service import Forgotten, Heard, Listed

KEPT_CONNECTED = "It stays in use until its connection ends."
LEFT_BEHIND = (
    "Its key is still with this computer's Bluetooth; remove it in the system's settings, too."
)


class KnownSensorSchema(Schema):
    """A sensor that was paired."""

    address: str = Field(description="Its Bluetooth address.")
    name: str = Field(description="What it calls itself: text from a stranger, never markup.")
    make: str = Field(description="Who made it.")
    encrypted: bool = Field(description="Whether the connection is encrypted.")
    authenticated: bool = Field(description="Whether a passkey has proved it.")
    simulated: bool = Field(description="Whether it is a simulated one.")
    paired_ms: int = Field(description="When it was paired [ms since the epoch, UTC].")
    seen_ms: int | None = Field(
        description="When it was connected last [ms since the epoch, UTC]; null: never since."
    )
    battery_percent: int | None = Field(description="Its battery then [%]; null: not told.")
    connected: bool = Field(description="Whether it is used now.")


class KnownSensorsSchema(Schema):
    """Sensors that were paired, the oldest first."""

    sensors: list[KnownSensorSchema] = Field(description="Of this computer's adapter.")
    said: str = Field("", description="What is worth knowing after a change; empty: nothing.")


class HeardSchema(Schema):
    """A sensor in range."""

    address: str = Field(description="Its Bluetooth address.")
    name: str = Field(description="What it calls itself: text from a stranger, never markup.")
    rssi_dbm: int = Field(description="How strongly it is heard [dBm].")
    known: bool = Field(description="Whether it was paired before.")


class ScanSchema(Schema):
    """Sensors in range, the strongest first."""

    heard: list[HeardSchema] = Field(description="Those that have a connection are not heard.")


class PairSchema(Schema):
    """Which sensor to pair with."""

    address: str = Field(description="As it was heard.", min_length=1, max_length=60)
    passkey: str | None = Field(
        None,
        description="The six digits on its label; null: it has none. 000000 is none.",
        pattern=r"^[0-9]{6}$",
    )


class SensorAddressSchema(Schema):
    """A sensor by its address."""

    address: str = Field(description="As it was told.", min_length=1, max_length=60)


def known_schema(listed: list[Listed], said: str = "") -> KnownSensorsSchema:
    """The list, and what is worth knowing after a change."""
    sensors = [_known(one.sensor, connected=one.connected) for one in listed]
    return KnownSensorsSchema(sensors=sensors, said=said)


def _known(sensor: KnownSensor, *, connected: bool) -> KnownSensorSchema:
    vendor = VENDORS.get(sensor.make)
    return KnownSensorSchema(
        address=sensor.address,
        name=sensor.name,
        make=sensor.make if vendor is None else vendor.name,
        encrypted=sensor.encrypted,
        authenticated=sensor.authenticated,
        simulated=sensor.radio.value == "virtual",
        paired_ms=ms_from_ns(sensor.paired_ns),
        seen_ms=None if sensor.seen_ns is None else ms_from_ns(sensor.seen_ns),
        battery_percent=sensor.battery_percent,
        connected=connected,
    )


def scan_schema(heard: list[Heard]) -> ScanSchema:
    """What was heard."""
    return ScanSchema(
        heard=[
            HeardSchema(address=one.address, name=one.name, rssi_dbm=one.rssi_dbm, known=one.listed)
            for one in heard
        ]
    )


def forgotten_text(gone: Forgotten) -> str:
    """What is left of a sensor that was forgotten; empty where nothing is."""
    said = [KEPT_CONNECTED] if gone.connected else []
    return " ".join([*said, LEFT_BEHIND] if gone.left_behind else said)
