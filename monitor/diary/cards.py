"""Cards a person may open: what to watch for, and three stretches. Text only; nothing is judged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A card.

    Attributes:
        name: as in the API and of its drawing on the page.
        steps: one sentence each.
    """

    name: str
    title: str
    steps: tuple[str, ...]


# The signs are those of NHS Norfolk and of clinical pages. Shown, never asked for.
RED_FLAGS = Card(
    "red_flags",
    "When to get help",
    (
        "Call the emergency number now if you have numbness between the legs, new trouble with "
        "bladder or bowel, or pain or weakness in both legs.",
        "See a doctor soon after a hard fall or accident, with fever, with weight loss you cannot "
        "explain, with a history of cancer, or with pain that wakes you at night.",
        "Backwatch cannot tell any of these. It is not a medical device and not an alarm.",
    ),
)

FIRST_RUN = Card(
    "first_run",
    "Before you begin",
    (
        "Backwatch shows how your back spends the day. It is not a medical device and not an "
        "emergency alarm.",
        "It cannot tell what you lift, how your knees bend, or what your muscles do.",
        "Stop what you are doing if it hurts, and ask a clinician.",
        "Take the sensor or its adhesive off if your skin reacts to it.",
        "Your data stay on this computer. You can export or erase them at any time.",
    ),
)

LIFT_CAUTION = Card(
    "lift_caution",
    "Lifting, in pain mode",
    (
        "Leave heavy things where they are, or ask somebody to lift with you.",
        "Where something has to be moved, take less at a time, keep it close, and turn with "
        "your feet.",
        "Stop at once at whatever hurts more.",
        "Backwatch cannot tell what you can lift; ask a clinician.",
    ),
)

_GENTLY = "Move slowly, breathe, and stop at once if it hurts."

STRETCHES = (
    Card(
        "childs_pose",
        "Child's pose",
        (
            "Kneel and sit back on your heels, knees apart.",
            "Reach your hands forward on the floor and let your chest sink between your knees.",
            "Stay for five slow breaths.",
            _GENTLY,
        ),
    ),
    Card(
        "glute_bridge",
        "Glute bridge",
        (
            "Lie on your back, knees bent, feet flat and hip-wide apart.",
            "Lift your hips until knees, hips and shoulders are in one line.",
            "Hold for a breath, lower slowly, ten times.",
            _GENTLY,
        ),
    ),
    Card(
        "cat_cow",
        "Cat and cow",
        (
            "Kneel on hands and knees.",
            "Round your back towards the ceiling while breathing out.",
            "Let it sink while breathing in, and look ahead; ten times.",
            _GENTLY,
        ),
    ),
)


def cards(*, pain: bool) -> tuple[Card, ...]:
    """Those to show; in pain mode what to mind when lifting in place of stretches."""
    return (RED_FLAGS, LIFT_CAUTION) if pain else (RED_FLAGS, *STRETCHES)
