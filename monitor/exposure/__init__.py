"""Features, states and events to how the day was spent."""

from monitor.exposure.doses import Doses
from monitor.exposure.histograms import quantile, speed_edges_degps
from monitor.exposure.minutes import LEANS_DEG, Minutes
from monitor.exposure.plain import Plain, plain_exposure, plain_score
from monitor.exposure.report import (
    HOLDS,
    LEAST_S,
    Exposure,
    VariationCell,
    add_up,
    exposure,
    gathered,
    length_class,
)
from monitor.exposure.score import (
    LABEL,
    Line,
    Score,
    desk_score,
    habit_scores,
    manual_score,
)

__all__ = [
    "HOLDS",
    "LABEL",
    "LEANS_DEG",
    "LEAST_S",
    "Doses",
    "Exposure",
    "Line",
    "Minutes",
    "Plain",
    "Score",
    "VariationCell",
    "add_up",
    "desk_score",
    "exposure",
    "gathered",
    "habit_scores",
    "length_class",
    "manual_score",
    "plain_exposure",
    "plain_score",
    "quantile",
    "speed_edges_degps",
]
