"""A passkey as a person types it."""

from backwatch.errors import UserError


def parse_passkey(text: str) -> int:
    """Six digits, or UserError; what was typed is not repeated."""
    digits = text.strip().replace(" ", "")
    if not (len(digits) == 6 and digits.isascii() and digits.isdecimal()):
        raise UserError("--passkey: give the six digits on the label, such as 012345")
    if int(digits) == 0:
        raise UserError("--passkey: 000000 cannot be used; a label has another number")
    return int(digits)
