"""What can go wrong between the monitor and a browser."""


class DashboardError(Exception):
    """The page cannot be served; the message says what, where, and what to do next."""


class AddressError(DashboardError):
    """Nothing can listen there."""


class KeyFileError(DashboardError):
    """The key that signs sessions cannot be read or made."""
