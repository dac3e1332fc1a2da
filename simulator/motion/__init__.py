"""The truth: how a trunk moves, without any error of measurement."""

from simulator.motion.actor import SLIP_S, Actor
from simulator.motion.channels import Channel
from simulator.motion.involuntary import Involuntary
from simulator.motion.kinematics import GRAVITY_MPS2, IdealMotion, Lever, ideal_motion, tipped
from simulator.motion.person import Person, draw_person
from simulator.motion.phrases import Happening, Label, Phrase

__all__ = [
    "GRAVITY_MPS2",
    "SLIP_S",
    "Actor",
    "Channel",
    "Happening",
    "IdealMotion",
    "Involuntary",
    "Label",
    "Lever",
    "Person",
    "Phrase",
    "draw_person",
    "ideal_motion",
    "tipped",
]
