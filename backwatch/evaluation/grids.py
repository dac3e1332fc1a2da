"""What is tried of each threshold when it is chosen without the person it judges."""

from math import radians

from backwatch.evaluation.choosing import Grid, is_another, read_choices


def degrees(*angles: float) -> tuple[float, ...]:
    """Angles in radians, to a thousandth of a degree or so."""
    return tuple(round(radians(angle), 5) for angle in angles)


# Each threshold's values span what could be meant by it; the middle one, from which the search
# starts, is not the one in use.
BENDS = Grid(
    "bends",
    "share of squats and stoops found, plus share of these whose technique is right, less share "
    "of sitting down called a bend, less false bends a minute on foot",
    {
        "bending.lowered_m": (0.09, 0.12, 0.15, 0.18, 0.21, 0.24),
        "bending.tipped_rad": degrees(9, 12, 15, 18),
        "bending.seat_rad": degrees(12, 16, 20, 24, 28, 32),
        "bending.seat_fast_rad": degrees(8, 11, 14, 17, 20, 23),
        "bending.seat_shallow_rad": degrees(18, 22, 26, 30, 34, 38),
        "bending.dropped_mps2": (3.0, 4.0, 5.0, 6.0),
        "bending.dip_m": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
        "bending.swing_shortest_s": (0.5, 1.0, 1.5, 2.0),
        "bending.moving.quiet_mps2": (0.15, 0.2, 0.25, 0.3, 0.35, 0.4),
        "bending.knees.squat_m": (0.14, 0.18, 0.22, 0.26, 0.30, 0.34),
    },
    folds=5,
)
FALLS = Grid(
    "falls",
    "share of falls found plus share of other trials in which none is told, less a hundredth of "
    "the false falls an hour",
    {
        "impact.peak_g": (1.8, 2.0, 2.2, 2.6, 3.0, 3.4),
        "impact.peak_with_turn_g": (1.5, 1.8, 2.1, 2.4),
        "impact.turn_rate_radps": degrees(180, 220, 260, 300),
        "impact.upright_before_rad": degrees(45, 55, 65, 75),
        "impact.change_rad": degrees(25, 35, 45, 50, 55, 60),
        "impact.still_after_g": (0.1, 0.2, 0.3, 0.4, 0.5),
    },
    folds=5,
)
WALKING = Grid(
    "walking",
    "share of 2 s windows of one label told rightly",
    {
        "walking.window_s": (2.0, 2.5, 3.0, 3.5, 4.0, 4.5),
        "walking.deviation_mps2": (0.6, 0.8, 1.0, 1.2),
        "walking.regularity": (0.3, 0.4, 0.5, 0.6),
        "walking.regularity_on": (0.1, 0.2, 0.3, 0.4),
        "walking.recent_s": (0.5, 0.75, 1.0, 1.5, 2.0, 2.5),
        "walking.recent_deviation_mps2": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    },
)
OBSERVER = Grid(
    "observer",
    "least error of up over plain VQF's, mean of the two sets",
    {
        "velocity_decay_s": (2.0, 3.0, 4.0, 5.0, 7.0, 10.0),
        "rate_noise": (0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008),
        "rate_noise_share": (0.003, 0.005, 0.007, 0.01, 0.014, 0.02),
        "acc_noise": (0.0125, 0.025, 0.05, 0.1, 0.2),
        "velocity_floor": (0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
        "velocity_gain": (4.0, 8.0, 16.0, 32.0),
        "velocity_cap_mps": (0.5, 1.0, 1.5, 2.0, 3.0),
        "activity_s": (0.75, 1.0, 1.5, 2.0, 3.0, 4.0),
        "activity_high_pass_s": (0.35, 0.5, 0.7, 1.0, 1.4, 2.0),
        "bias_sigma": degrees(0.3, 0.6, 0.9, 1.2),
    },
)

GRIDS = {grid.name: grid for grid in (BENDS, FALLS, WALKING, OBSERVER)}


def stale_choices() -> list[str]:
    """Grids of which nothing was chosen, or from other values or by another criterion."""
    known = read_choices()
    return [
        name for name, grid in GRIDS.items() if name not in known or is_another(grid, known[name])
    ]
