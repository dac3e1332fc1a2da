"""Why a sensor is not used."""

from enum import Enum


class Distrust(Enum):
    """Why a sensor is not used; the text says what to do next, `{at}` is its address."""

    SENSOR_FORGOT = (
        "it no longer has the key of its pairing: its bonds were cleared, or another device uses "
        "its address. If you cleared them: backwatch forget {at}, then backwatch pair --sensor {at}"
    )
    KEY_DIFFERS = (
        "it has another key than when it was paired: another device uses its address, or it was "
        "reset. If you reset it: backwatch forget {at}, then backwatch pair --sensor {at}"
    )
    HOST_FORGOT = (
        "this computer no longer has the key of its pairing: backwatch forget {at}, then "
        "backwatch pair --sensor {at} with the sensor's pairing switched on"
    )
    DOWNGRADE = (
        "it was paired with encryption and offers none now: another device uses its address, or "
        "it has older firmware. If you changed that: backwatch forget {at}, then "
        "backwatch pair --sensor {at}"
    )
    OPEN = (
        "it has the control of version 2 but lets anyone near use it without encryption: "
        "update its firmware, then backwatch pair --sensor {at}"
    )
    CLOSED = (
        "it does not let itself be paired now, most often because it is paired with another "
        "computer: switch its pairing on (button, charger, or off and on again), then "
        "backwatch pair --sensor {at}"
    )
    TOO_OFTEN = (
        "after several attempts it does not let itself be paired: switch its pairing on anew "
        "(button, charger, or off and on again), then backwatch pair --sensor {at}"
    )
    PASSKEY_NEEDED = (
        "it wants the passkey on its label: backwatch pair --sensor {at} --passkey NUMBER"
    )
    PASSKEY_WRONG = (
        "the passkey is not that of its label: read it again, then "
        "backwatch pair --sensor {at} --passkey NUMBER"
    )
    PASSKEY_UNUSED = (
        "a passkey was given, but it asks for none: if there is none on its label, "
        "backwatch pair --sensor {at} without --passkey"
    )
    TOO_OLD = (
        "it offers only an old kind of pairing, without LE Secure Connections: "
        "update its firmware, then backwatch pair --sensor {at}"
    )
    TAMPERED = (
        "somebody changed what was said while pairing: try again elsewhere, "
        "backwatch pair --sensor {at}"
    )
    SYSTEM = (
        "this computer's Bluetooth could not encrypt the connection ({reason}): remove it there "
        "(bluetoothctl remove {at}), backwatch forget {at}, then backwatch pair --sensor {at}"
    )
    FORGOTTEN = "it was forgotten on this computer: to use it again, backwatch pair --sensor {at}"
    SYSTEM_PASSKEY = (
        "this computer's own Bluetooth asks for passkeys itself: pair it there (bluetoothctl, "
        "agent on, pair {at}), then backwatch pair --sensor {at} without --passkey"
    )
