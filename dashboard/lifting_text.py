"""A lifting index turned into one plain sentence, which says what was computed and no more."""

from monitor.calculators import Lift, LiftingIndex

MULTIPLIERS = {
    "horizontal": "distance of the hands from the ankles",
    "vertical": "height of the hands",
    "distance": "vertical travel",
    "asymmetry": "turning to the side",
    "frequency": "lifts a minute and hours",
    "coupling": "grip",
}


def lifting_text(lift: Lift, found: LiftingIndex) -> str:
    """ "12 kg is 1.77 times the recommended limit of 6.8 kg; grip ... costs most." """
    values = {name: getattr(found, name) for name in MULTIPLIERS}
    lowest = min(values, key=values.__getitem__)
    if found.index is None:
        return (
            f"No load is recommended for such a lift: the {MULTIPLIERS[lowest]} is beyond what "
            "the equation allows."
        )
    limit = f"the recommended limit of {found.recommended_kg:.1f} kg"
    said = (
        f"{lift.load_kg:g} kg is within {limit}"
        if found.index <= 1
        else f"{lift.load_kg:g} kg is {found.index:.2f} times {limit}"
    )
    if values[lowest] >= 1:
        return f"{said}."
    return f"{said}; what lowers the limit most is the {MULTIPLIERS[lowest]}."
