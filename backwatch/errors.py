"""What a person can put right."""


class UserError(Exception):
    """Printed as one line on stderr; the command ends with exit code 2.

    The message says what, where, the value, and what to do next.
    """


def printable(text: str) -> str:
    """Text that may come from strangers, without what would break the line or steer a terminal."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
