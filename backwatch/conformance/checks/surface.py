"""What a device shows: advertisement, characteristics, encryption, config (sections 2, 6.2, 7)."""

from backwatch.conformance.bench import CHANNEL_NAMES, Bench
from backwatch.conformance.check import BreachError, SkippedError, must, require, should
from firmware_protocol import gatt, samples_per_frame
from firmware_protocol.control import Hello, encode_message
from monitor.link.probe import AttError, ProbeError

CCCD = "00002902-0000-1000-8000-00805f9b34fb"  # client characteristic configuration descriptor
INFORMATION = {  # Bluetooth SIG, Device Information Service 1.1
    "00002a29-0000-1000-8000-00805f9b34fb": "manufacturer",
    "00002a24-0000-1000-8000-00805f9b34fb": "model",
    "00002a25-0000-1000-8000-00805f9b34fb": "serial number",
    "00002a26-0000-1000-8000-00805f9b34fb": "firmware revision",
}
SMALL_MTU = 23


@must(
    "surface.advertised",
    "2",
    "is primary and MUST be advertised by its 128-bit UUID",
    control=False,
)
async def advertised(bench: Bench) -> str:
    found = await bench.find()
    require(
        gatt.SERVICE in found.services, f"it advertises {sorted(found.services) or 'no service'}"
    )
    return f"{found.address}, {found.rssi_dbm} dBm"


@must(
    "surface.stream_characteristic",
    "2",
    "has the property Notify and a client characteristic configuration descriptor",
    control=False,
)
async def stream_characteristic(bench: Bench) -> None:
    await _has(bench, gatt.IMU, {"notify"})


@must("surface.config_characteristic", "2", "has the property Read", control=False)
async def config_characteristic(bench: Bench) -> None:
    await _has(bench, gatt.CONFIG, {"read"})


@must("surface.control_characteristic", "2", "has the properties Write (with response) and Notify")
async def control_characteristic(bench: Bench) -> None:
    await _has(bench, gatt.CONTROL, {"write", "notify"})


@must("surface.events_characteristic", "2", "has the property Notify: button, rules, condition")
async def events_characteristic(bench: Bench) -> None:
    await _has(bench, gatt.EVENTS, {"notify"})


@must(
    "surface.backfill_characteristic",
    "2",
    "has the property Notify: samples sent again, and what is lost",
)
async def backfill_characteristic(bench: Bench) -> None:
    await _has(bench, gatt.BACKFILL, {"notify"})


@should(
    "surface.battery",
    "2",
    "A device SHOULD offer the Battery Service with Read and Notify",
    control=False,
)
async def battery(bench: Bench) -> str:
    await _has(bench, gatt.BATTERY_LEVEL, {"read", "notify"})
    level = await bench.read(gatt.BATTERY_LEVEL)
    require(len(level) == 1 and level[0] <= 100, f"the battery level is {level.hex(' ')}")
    return f"{level[0]} %"


@should(
    "surface.device_information",
    "2",
    "the Device Information Service with manufacturer, model, serial number and firmware revision",
    control=False,
)
async def device_information(bench: Bench) -> str:
    await bench.connect()
    offered = {found.uuid for found in bench.line.offered()}
    missing = [name for uuid, name in INFORMATION.items() if uuid not in offered]
    require(not missing, f"without {', '.join(missing)}")
    told = [(await bench.read(uuid)).decode("utf-8", "replace") for uuid in INFORMATION]
    require(all(told), f"empty: {told}")
    return ", ".join(told)


@must(
    "encryption.control",
    "2",
    "A version 2 device MUST require an encrypted link, from LE Secure Connections, for every "
    "characteristic of the service",
)
async def encrypted_control(bench: Bench) -> str:
    await bench.connect()
    try:
        await bench.line.write(gatt.CONTROL, encode_message(Hello(1)))
    except AttError as error:
        return _refused(bench, error, "writing a command")
    return _taken(bench, "writing a command")


@must(
    "encryption.notifications",
    "2",
    "and for writing their configuration descriptors, except for reading the config characteristic",
)
async def encrypted_notifications(bench: Bench) -> str:
    remarks = []
    for uuid in (gatt.IMU, gatt.CONTROL, gatt.EVENTS, gatt.BACKFILL):
        what = f"switching notifications on for {CHANNEL_NAMES[uuid]}"
        await bench.connect()
        try:
            await bench.line.subscribe(uuid)
        except AttError as error:
            remarks.append(_refused(bench, error, what))
            continue
        _taken(bench, what)
    return "; ".join(remarks)


@must("encryption.config_open", "2", "except for reading the config characteristic", control=False)
async def config_open(bench: Bench) -> None:
    await bench.connect()
    try:
        await bench.line.read(gatt.CONFIG)
    except AttError as error:
        raise BreachError(f"reading config before pairing: {error}") from error


@must("encryption.passkey", "2.1", "It MUST refuse a host that cannot enter one (0x03).")
async def passkey(bench: Bench) -> str:
    if bench.line.passkey is None:
        raise SkippedError("no passkey was given")
    if bench.line.pairs_itself or bench.paired:
        raise SkippedError("there is a key already, or this system's Bluetooth asks for it itself")
    await bench.connect()
    try:
        await bench.pair(entering=False)
    except ProbeError as error:
        return str(error)
    raise BreachError("a host without a keyboard was paired")


@must(
    "encryption.pairing", "2", "A version 2 device MUST require an encrypted link, from LE Secure"
)
async def pairing(bench: Bench) -> str:
    """That it can be had at all: what needs it works after it."""
    await bench.connect()
    try:
        await bench.pair()
    except ProbeError as error:
        raise BreachError(f"pairing failed: {error}") from error
    try:
        await bench.line.subscribe(gatt.CONTROL)
    except AttError as error:
        raise BreachError(f"after pairing, subscribing to control: {error}") from error
    return "subscribed to control after pairing"


@must("config.valid", "7", "The value of the config characteristic, 17 bytes", control=False)
async def config_valid(bench: Bench) -> str:
    await bench.connect()
    config = await bench.config()
    return (
        f"{config.rate_mhz / 1000:g} Hz, {config.acc_range_g} g, {config.gyr_range_dps} deg/s, "
        f"boot id {config.boot_id:08x}"
    )


@must(
    "config.samples_per_frame",
    "7",
    "most samples a live frame holds at the present MTU",
    control=False,
)
async def config_samples(bench: Bench) -> str:
    await bench.connect()
    config = await bench.config()
    fit = samples_per_frame(bench.line.mtu)
    told = config.samples_per_frame
    require(told <= fit, f"{told} samples are told, {fit} fit an MTU of {bench.line.mtu}")
    require(
        told > 0 or fit == 0, f"0 samples are told, though {fit} fit an MTU of {bench.line.mtu}"
    )
    return f"{told} samples, MTU {bench.line.mtu}"


@should("config.mtu", "6.2", "the device SHOULD accept 247 or more", control=False)
async def mtu(bench: Bench) -> str:
    await bench.connect()
    require(bench.line.mtu >= 247, f"the MTU is {bench.line.mtu}")
    return f"MTU {bench.line.mtu}"


@must(
    "config.none_fits",
    "6.2",
    "The device MUST then send none; the config message says so with `samples_per_frame` 0.",
    control=False,
)
async def none_fits(bench: Bench) -> None:
    if not bench.line.chooses_mtu:
        raise SkippedError("this system's Bluetooth chooses the MTU itself")
    await bench.connect(SMALL_MTU)
    config = await bench.config()
    require(config.samples_per_frame == 0, f"samples_per_frame is {config.samples_per_frame}")
    await bench.subscribe(gatt.IMU)
    await bench.pause(bench.patience.quiet_s)
    came = bench.since(gatt.IMU)
    require(not came, f"{len(came)} notifications at an MTU of {SMALL_MTU}")


async def _has(bench: Bench, uuid: str, properties: set[str]) -> None:
    await bench.connect()
    found = [offered for offered in bench.line.offered() if offered.uuid == uuid]
    name = CHANNEL_NAMES.get(uuid, uuid)
    require(len(found) == 1, f"{len(found)} characteristics {uuid} ({name})")
    told = found[0].properties
    require(told >= properties, f"{name} has {sorted(told)}, not {sorted(properties)}")
    if "notify" in properties:
        require(CCCD in found[0].descriptors, f"{name} has no configuration descriptor (0x2902)")


def _refused(bench: Bench, error: AttError, what: str) -> str:
    bench.note(f"<- {error}")
    require(
        error.code in (0x05, 0x0F), f"{what} before pairing: {error}, where 0x0F or 0x05 was due"
    )
    return f"{what}: 0x{error.code:02X}"


def _taken(bench: Bench, what: str) -> str:
    if bench.line.pairs_itself:
        raise SkippedError("this system's Bluetooth pairs by itself, before an error can be seen")
    raise BreachError(f"{what} before pairing was taken")
