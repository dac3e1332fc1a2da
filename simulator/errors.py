"""What the simulator cannot do."""


class SimulatorError(Exception):
    """Base of all errors of this package; the message says what to do next."""


class UnknownScenarioError(SimulatorError):
    """No scenario has that name.

    Attributes:
        name: what was asked for.
        known: what there is.
    """

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no scenario is called {name!r}; choose one of: {', '.join(known)}")
        self.name = name
        self.known = known
