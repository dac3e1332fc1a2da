"""Everything that can be wrong with a message, on the air or before it gets there."""


class ProtocolError(Exception):
    """Base class.

    Attributes:
        offset: byte at which the message stops making sense.
    """

    def __init__(self, reason: str, *, offset: int) -> None:
        super().__init__(f"{reason} (at byte {offset})")
        self.offset = offset


class TruncatedError(ProtocolError):
    """The bytes end before the message does."""


class TrailingBytesError(ProtocolError):
    """Bytes follow after the end of the message."""


class ChecksumError(ProtocolError):
    """The CRC does not match: a bit changed, or the sender computes it otherwise."""


class UnknownMessageError(ProtocolError):
    """The first byte names a message this version does not know."""


class VersionError(ProtocolError):
    """The device speaks a protocol version this host does not."""


class FieldError(ProtocolError):
    """A field holds, or was given, a value the protocol does not allow."""
