"""What a calibration asks for, and why something was refused, in words."""

from collections.abc import Mapping

from monitor.calibration import Problem, Progress, Task
from monitor.model import Refusal
from monitor.service import Misfit

INSTRUCTIONS: Mapping[Task, str] = {
    Task.STAND: "Stand upright, look ahead, and hold still for five seconds.",
    Task.BOW: "Bend forward from the hips and come back up. Three times, without hurry.",
    Task.SIT: "Sit down, sit tall, and hold still for five seconds.",
    Task.SLUMP: "Let yourself slump as you do when tired, and hold still for five seconds. "
    "You can leave this out.",
    Task.DONE: "Done. Accept it to use it from now on.",
}

_PROBLEMS: Mapping[Problem, str] = {
    Problem.MOVING: "There is some movement. Hold still for a moment.",
    Problem.GRAVITY: "The sensor measures gravity wrongly. Lay it on a table for a minute, switch "
    "it off and on, and begin again.",
    Problem.BIAS: "The sensor shows turning while it is at rest. Lay it on a table for a minute, "
    "switch it off and on, and begin again.",
    Problem.NOT_WORN: "The sensor lies still, as on a table. Put it on, and stand upright.",
    Problem.GYRO: "The gyroscope turned otherwise than gravity did in that bend: its signs, its "
    "axes or its unit are wrong. Put them right, in a file too, or calibrate without a gyroscope.",
    Problem.WALKED: "You walked away. Stand upright near the chair, hold still, and begin again.",
    Problem.LATE: "That was too long ago. Stand upright, and do all steps one after the other.",
    Problem.SHALLOW: "That was too shallow to tell the direction. Bend about half way down.",
    Problem.LONG: "That took too long. Bend down and come back up within ten seconds.",
    Problem.DEEP: "That went further than needed. Bend about half way down.",
    Problem.TWISTED: "There was turning in it. Bend straight forward, arms hanging.",
    Problem.UNLIKE: "The bends went in different directions. Bend straight forward each time.",
    Problem.SLANTED: "The bends were not level. Stand on both feet and bend straight forward.",
    Problem.NOT_STOOD: "What was taken for standing was another posture. Stand upright and begin "
    "again.",
    Problem.NOT_BACK: "You came back up to another posture, or the sensor moved. Check that it "
    "sits firmly, stand upright, and bend again.",
    Problem.NOT_SEATED: "Waiting for you to move into the new posture.",
    Problem.SAT: "That looked like sitting down, not a bend. Stand upright and begin again.",
    Problem.NO_SEAT: "Sitting down was not seen. Stand, sit down as usual, and hold still.",
    Problem.FAR: "That is too far from standing to be sitting tall. Sit upright.",
    Problem.FORWARD: "That leans far forward for sitting tall. Sit upright, and check that the "
    "sensor sits firmly.",
    Problem.ASIDE: "That leans to one side. Sit on both sides alike.",
    Problem.NO_SLUMP: "That is hardly further forward than sitting tall. Let go more, or leave "
    "this out.",
    Problem.GAP: "The signal broke off. Stay near the computer and do this step again.",
}

REFUSALS: Mapping[Refusal, str] = {
    Refusal.MOVING: "There was no still moment within ten seconds. Hold still and ask again.",
    Refusal.LYING: "You seem to lie, or the sensor has turned far. Stand or sit upright, or "
    "calibrate anew.",
    Refusal.FAR: "That is too far from the last zero for the sensor to have slipped. Stand or sit "
    "upright, or calibrate anew.",
    Refusal.NOT_WORN: "The sensor seems not to be worn. Put it on and ask again.",
    Refusal.NO_DATA: "No data is coming from the sensor. Wait until it is connected and ask again.",
    Refusal.GAVE_UP: "Nobody stood still and upright for ten minutes. Ask for a new zero while "
    "you do.",
    Refusal.NOTHING_OFFERED: "There is no correction to accept.",
}

MISFITS: Mapping[Misfit, str] = {
    Misfit.NO_SENSOR: "No sensor is connected. Switch it on and wait until it is.",
    Misfit.RUNNING: "A calibration is under way. Finish or cancel it first.",
    Misfit.NOT_RUNNING: "No calibration is under way. Start one first.",
    Misfit.NOT_DONE: "That step is not done yet.",
    Misfit.NO_SLUMP: "Without a slump there is no advised threshold. Calibrate with it, or accept "
    "without.",
    Misfit.NO_PLACE: "Nothing was calibrated there. Calibrate for that place first.",
    Misfit.PLACE_NAME: "Give the place a name of 1 to 40 visible characters, other than 'none'.",
}


def problem_text(problem: Problem, measured_deg: float | None = None) -> str:
    """One sentence on what is in the way, one on what to do."""
    text = _PROBLEMS[problem]
    return text if measured_deg is None else f"{text} (Measured: {measured_deg:.0f}°.)"


def progress_text(progress: Progress) -> str:
    """What is in the way now, or why the last try was refused; empty where all is well."""
    if progress.hint is not None and progress.again is None:
        return problem_text(progress.hint)
    if progress.again is not None:
        return problem_text(progress.again, progress.measured_deg)
    return ""


def standing_text(refused: Refusal | None, moved_deg: float) -> str:
    """What became of the zero that `--neutral` waits for; it waits on where it was refused."""
    if refused is None:
        return rezero_text(None, moved_deg)
    if refused in (Refusal.FAR, Refusal.LYING):
        return (
            f"No zero yet: this posture is {moved_deg:.0f}° from the axis named up. Stand upright "
            "and still, or name the axes as the sensor is worn (--up, --forward)."
        )
    if refused is Refusal.NOT_WORN:
        return "No zero yet: the sensor lies still, as on a table. Put it on and stand still."
    if refused is Refusal.GAVE_UP:
        return (
            "No zero was taken: nobody stood still and upright for ten minutes. Angles count from "
            "the named axes; take a zero on the page or by the sensor's button, or start anew."
        )
    if refused is Refusal.MOVING:
        return (
            "No zero yet: there is movement. Stand upright and still for as long as --neutral "
            "says; it is waited for ten minutes."
        )
    return "No zero yet. Stand upright and still."


def rezero_text(refused: Refusal | None, moved_deg: float) -> str:
    """What became of a wish for a new zero."""
    if refused is not None:
        return REFUSALS[refused]
    return f"This posture is the zero now, {moved_deg:.0f}° from the last one."
