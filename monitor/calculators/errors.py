"""Why there is no answer."""


class CalculatorError(ValueError):
    """A number that cannot be meant; the message says which, its value, and what is allowed."""


class NotValidError(CalculatorError):
    """The method was not made for such a task; the message says what it was made for."""
