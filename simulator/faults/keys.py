"""Pairings that one side has lost, and labels with the wrong number."""

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.faults.act import Act, Need, Patient, Timed
from simulator.faults.wording import AT, EVERY, FaultError

if TYPE_CHECKING:
    from simulator.security import Security


class BondForgotten(Timed):
    NAME = "bond-forgotten"
    DOES = "the sensor forgets whom it was paired with"
    ARGUMENTS = (AT, EVERY)
    NEEDS = Need.FIRMWARE
    PASSES = True

    async def strike(self, patient: Patient) -> None:
        assert patient.board is not None
        await patient.board.forget_bonds()


class WrongPasskey(Act):
    NAME = "wrong-passkey"
    DOES = "the sensor wants a passkey, and it is not the one that was given"
    NEEDS = Need.FIRMWARE | Need.START

    def security(self, security: "Security | None") -> "Security | None":
        if security is None:
            raise FaultError(f"fault {self.NAME} needs a sensor that can be paired")
        wanted = security.passkey
        while wanted == security.passkey:
            wanted = int(self.rng.integers(1, 1_000_000))
        return replace(security, passkey=wanted)


KEYS: tuple[type[Act], ...] = (BondForgotten, WrongPasskey)
