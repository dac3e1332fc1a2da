"""What a sensor says of itself, in plain words."""

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
