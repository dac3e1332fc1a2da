"""What a person can put right."""


class UserError(Exception):
    """Printed as one line on stderr; the command ends with exit code 2.

    The message says what, where, the value, and what to do next.
    """
