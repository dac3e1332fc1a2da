"""What can be wrong with a link that a person has to put right."""


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
