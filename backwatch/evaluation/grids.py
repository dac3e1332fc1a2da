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
        "bending.tipped_rad": degrees(8, 10, 12, 14, 16, 18),
        "bending.seat_rad": degrees(14, 16, 18, 20, 22, 24, 28),
        "bending.seat_fast_rad": degrees(8, 11, 14, 17, 20, 23),
        "bending.back_rad": degrees(15, 20, 25, 30, 35, 40),
        "bending.risen": (0.1, 0.2, 0.3, 0.4, 0.5),
        "bending.dropped_mps2": (3.0, 4.0, 5.0, 6.0),
        "bending.dip_m": (0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
        "bending.moving.quiet_mps2": (0.15, 0.2, 0.25, 0.3, 0.35, 0.4),
        "bending.knees.squat_m": (0.16, 0.18, 0.2, 0.22, 0.24, 0.26, 0.3),
    },
    folds=5,
)
FALLS = Grid(
    "falls",
    "the least of: share of falls found, share of other trials in which none is told, and one less "
    "0.0075 times the false falls an hour, which puts 2 an hour beside 0.985; and a tenth of their "
    "mean",
    {
        "impact.peak_g": (1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0),
        "impact.peak_with_turn_g": (1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2),  # steps come to 1.6
        "impact.turn_rate_radps": degrees(180, 200, 220, 240, 260, 280, 300),
        "impact.upright_before_rad": degrees(45, 50, 55, 60, 65, 75),
        "impact.change_rad": degrees(25, 30, 35, 40, 45, 50, 55, 60),
        "impact.still_after_g": (0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
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
