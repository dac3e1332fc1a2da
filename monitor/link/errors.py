"""What can be wrong with a link that a person has to put right."""

from enum import StrEnum

from bleak.exc import BleakError


class LinkError(Exception):
    """Base class; the message says what, where, and what to do next."""


class AdapterError(LinkError):
    """There is no Bluetooth here, or not the adapter that was named."""


class TapeError(LinkError):
    """A tape cannot be read, or not be written.

    Attributes:
        line: where in the file, counted from 1; 0 where no line is to blame.
    """

    def __init__(self, reason: str, *, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


class InUseError(BleakError):
    """Another program of ours uses the adapter with our address."""


class Cause(StrEnum):
    """Why a connection could not be encrypted."""

    KEY_UNKNOWN = "key unknown"  # the sensor has no key for us
    KEY_DIFFERS = "key differs"  # the sensor has another
    CLOSED = "closed"  # it does not accept a pairing now
    TOO_OFTEN = "too often"  # it has seen too many attempts
    PASSKEY_NEEDED = "passkey needed"
    PASSKEY_WRONG = "passkey wrong"
    PASSKEY_UNUSED = "passkey unused"  # one was given, and it asks for none
    TOO_OLD = "too old"  # it offers less than LE Secure Connections with 128 bits
    TAMPERED = "tampered"  # somebody stands between
    FAILED = "failed"


class PairingError(BleakError):
    """A connection could not be encrypted.

    Attributes:
        cause: for the remedy.
    """

    def __init__(self, cause: Cause, reason: str = "") -> None:
        super().__init__(f"{cause}: {reason}" if reason else str(cause))
        self.cause = cause
