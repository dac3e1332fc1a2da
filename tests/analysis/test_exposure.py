"""Exposure and scores in what `analyze` writes, against the simulator's truth."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from monitor.analysis import Options, analyze, as_json
from monitor.model import Placement
from monitor.profiles import PROFILES
from monitor.recording import Recording
from monitor.recording.read import Piece
from simulator.scenarios import simulate

RATE_HZ = 50.0


@cache
def lived(scenario: str, seconds: float, placement: Placement) -> tuple[dict, np.ndarray]:
    """What analyze says of a scenario, and the true lean [deg] at RATE_HZ."""
    blocks = list(simulate(scenario, seconds=seconds, seed=5, rate_hz=RATE_HZ, placement=placement))
    piece = Piece(
        "", 0.0,
        *(np.concatenate([getattr(b, name) for b in blocks])
          for name in ("time_s", "acc_mps2", "gyr_radps")),
    )  # fmt: skip
    options = Options(PROFILES["manual"], placement, "+x", "-z", (1.0, 5.0))
    found = as_json(analyze(Recording(Path("simulated"), (piece,)), options))
    return found, np.degrees(np.concatenate([b.sagittal_rad for b in blocks]))


def test_two_and_a_half_hours_of_lifting_have_the_percentiles_of_the_truth() -> None:
    out, truth = lived("warehouse_shift", 9000.0, Placement.UPPER_BACK)
    table = out["metrics"]["exposure"]
    standing = np.median(truth[int(RATE_HZ) : int(5 * RATE_HZ)])

    for percent in (50, 90, 95):
        wanted = np.percentile(truth - standing, percent)
        assert table["lean_percentiles_deg"][f"p{percent}"] == pytest.approx(wanted, abs=2.5)
    over_60_s = np.mean(truth - standing > 60) * 9000
    assert table["lean_over_s"]["over_60_deg"] == pytest.approx(over_60_s, rel=0.1)
    assert table["bends"]["over_60_deg"] > 20
    [desk, manual] = out["metrics"]["scores"]
    assert 0 < manual["points"] < 100
    assert manual["points"] + sum(line["lost"] for line in manual["lines"]) == pytest.approx(
        100, abs=0.01
    )
    assert desk["kind"] == "desk"


def test_a_sensor_on_a_table_adds_nothing_to_the_exposure() -> None:
    out, _ = lived("not_worn", 1020.0, Placement.UPPER_BACK)
    table = out["metrics"]["exposure"]

    assert out["metrics"]["lean_over_s"]["over_60_deg"] > 600
    assert table["worn_s"] < 200
    assert table["lean_over_s"]["over_60_deg"] < 20
    assert table["coverage"] > 0.8
    assert all(score["points"] is None for score in out["metrics"]["scores"])


def test_at_the_waist_no_slouch_is_no_credit() -> None:
    out, _ = lived("short", 60.0, Placement.WAIST)
    desk = out["metrics"]["scores"][0]

    assert (out["metrics"]["exposure"]["slouch_share"], desk["points"]) == (None, None)
    assert "does not see slouching" in desk["why_null"]


def test_what_exposure_says_is_documented() -> None:
    out, _ = lived("short", 60.0, Placement.WAIST)
    text = (Path(__file__).parents[2] / "docs/analysis.md").read_text()
    names = {*out["metrics"]["exposure"], *out["metrics"]["scores"][0]}

    missing = [
        name
        for name in names
        if f"`{name}`" not in text
        and not (name.endswith("_share") and f"`{name.removesuffix('_share')}_s`, `_share`" in text)
    ]
    assert [name for name in missing if f"{name}," not in text and f" {name}`" not in text] == []
