"""What a sensor says of itself, in plain words."""

from monitor.link import Distrust
from monitor.model import DeviceEvent, DeviceEventKind, DeviceFault, TimeDoubt
from monitor.service import LinkNow

_FAULTS = {
    DeviceFault.ACCELEROMETER: "Its accelerometer failed its self-test: what it says may be wrong.",
    DeviceFault.GYROSCOPE: "Its gyroscope failed its self-test: quick movements may be wrong.",
    DeviceFault.CLOCK: "Its clock failed its self-test: times may be wrong.",
    DeviceFault.MEMORY: "Its memory failed its self-test: samples out of range may be lost.",
    DeviceFault.HAPTIC: "Its vibration motor failed its self-test.",
    DeviceFault.NOT_RUN: "It has not tested itself.",
}

_DOUBTS = {
    TimeDoubt.NONE: "",
    TimeDoubt.UNSETTLED: "Its clock has been compared for less than a minute: the first times may "
    "be some seconds late.",
    TimeDoubt.DRIFT: "Its clock is further off than it should be: times may be wrong.",
    TimeDoubt.JUMPED: "Its clock has jumped: times since then may be wrong.",
    TimeDoubt.RESET: "Its clock began anew without saying so: times may be wrong.",
    TimeDoubt.COUNTED: "It tells no time: times are counted from its samples.",
    TimeDoubt.FILE: "Times are as the file has them.",
}

# What `Distrust` says with a command, for a page that has buttons in its place.
_DISTRUST = {
    Distrust.SENSOR_FORGOT: "The sensor no longer has the key of its pairing: its bonds were "
    "cleared, or another device uses its address. If you cleared them, forget it and pair it "
    "again.",
    Distrust.KEY_DIFFERS: "The sensor has another key than when it was paired: another device "
    "uses its address, or it was reset. If you reset it, forget it and pair it again.",
    Distrust.HOST_FORGOT: "This computer no longer has the key of the sensor's pairing. Forget "
    "it, switch its pairing on, and pair it again.",
    Distrust.DOWNGRADE: "The sensor was paired with encryption and offers none now: another "
    "device uses its address, or it has older firmware. If you changed that, forget it and pair "
    "it again.",
    Distrust.OPEN: "The sensor lets anyone near use it without encryption. Update its firmware, "
    "then pair it.",
    Distrust.CLOSED: "The sensor does not let itself be paired now, most often because it is "
    "paired with another computer. Switch its pairing on (button, charger, or off and on again), "
    "then pair it.",
    Distrust.TOO_OFTEN: "After several attempts the sensor does not let itself be paired. Switch "
    "its pairing on anew (button, charger, or off and on again), then pair it.",
    Distrust.PASSKEY_NEEDED: "The sensor wants the passkey on its label. Pair it with that.",
    Distrust.PASSKEY_WRONG: "The passkey is not that of the sensor's label. Read it again, then "
    "pair it.",
    Distrust.PASSKEY_UNUSED: "A passkey was given, but the sensor asks for none. If there is none "
    "on its label, pair it without.",
    Distrust.TOO_OLD: "The sensor offers only an old kind of pairing, without LE Secure "
    "Connections. Update its firmware, then pair it.",
    Distrust.TAMPERED: "Somebody changed what was said while pairing. Pair it again elsewhere.",
    Distrust.SYSTEM: "This computer's Bluetooth could not encrypt the connection with the sensor. "
    "Remove the sensor in the system's settings, forget it here, and pair it again.",
    Distrust.FORGOTTEN: "The sensor was forgotten on this computer. Pair it to use it again.",
    Distrust.SYSTEM_PASSKEY: "This computer's own Bluetooth asks for passkeys itself. Pair the "
    "sensor in the system's settings, then here without a passkey.",
}


def remarks(link: LinkNow) -> list[str]:
    """What is worth knowing of the sensor, a sentence each; empty where all is ordinary."""
    said = []
    device = link.device
    if device is not None:
        if device.charging:
            said.append("It is charging.")
        if device.worn is False:
            said.append("It believes that nobody wears it.")
        if device.muted:
            said.append("It was muted: it does not vibrate for now.")
        said += [_FAULTS[fault] for fault in device.faults if fault is not DeviceFault.NOT_RUN]
    if link.trouble:
        said.append(f"{link.trouble[:1].upper()}{link.trouble[1:]}.")
    if not link.doubt.trusted:
        said.append(doubt_text(link.doubt))
    return said


def distrust_text(why: Distrust) -> str:
    """Why a sensor is not used, and what to do on the page."""
    return _DISTRUST[why]


def doubt_text(doubt: TimeDoubt) -> str:
    """Why times are less than certain; empty where they are not."""
    return _DOUBTS[doubt]


def device_event_text(event: DeviceEvent) -> str:
    """What happened at the sensor."""
    match event.kind:
        case DeviceEventKind.MARK:
            return "You marked this moment"
        case DeviceEventKind.REZERO:
            if event.value:
                return "You set the zero anew at the sensor"
            return "You asked for a new zero; the sensor could not take it"
        case DeviceEventKind.MUTE:
            return "You muted the sensor" if event.value else "The sensor is no longer muted"
        case DeviceEventKind.SESSION:
            return "You began a session" if event.value else "You ended the session"
        case DeviceEventKind.RULE:
            return "The sensor vibrated while out of range"
