"""The calculators over HTTP."""

import httpx
import pytest

GOLDEN = {
    "load_kg": 12, "horizontal_cm": 40, "vertical_cm": 20, "distance_cm": 80, "asymmetry_deg": 30,
    "coupling": "fair", "duration_h": 8, "rate_per_min": 1,
}  # fmt: skip


async def test_niosh_gives_the_golden_case(page: httpx.AsyncClient) -> None:
    answer = (await page.post("/api/niosh", json=GOLDEN)).json()

    assert round(answer["recommended_kg"], 2) == 6.77
    assert round(answer["index"], 2) == 1.77
    assert answer["band"] == "moderate"
    assert answer["multipliers"]["frequency"] == 0.75
    assert answer["sentence"] == (
        "12 kg is 1.77 times the recommended limit of 6.8 kg; what lowers the limit most is the "
        "distance of the hands from the ankles."
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"one_handed": True}, "one hand"),
        ({"duration_h": 9}, "8 hours"),
        ({"unstable": True}, "un"),
    ],
)
async def test_what_niosh_is_not_valid_for_is_refused_in_words(
    page: httpx.AsyncClient, change: dict[str, object], reason: str
) -> None:
    answer = await page.post("/api/niosh", json={**GOLDEN, **change})

    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


async def test_nonsense_is_refused(page: httpx.AsyncClient) -> None:
    for change in ({"load_kg": -1}, {"coupling": "glue"}, {"extra": 1}, {"vertical_cm": "NaN"}):
        assert (await page.post("/api/niosh", json={**GOLDEN, **change})).status_code == 422


async def test_a_stranger_gets_no_answer(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.post("/api/niosh", json=GOLDEN)).status_code == 401


async def test_the_trunk_score_has_no_total(page: httpx.AsyncClient) -> None:
    answer = await page.post("/api/reba-trunk", json={"sagittal_deg": 65, "lateral_deg": -12})

    assert answer.json() == {"score": 5, "lean": 4, "twisted_or_aside": 1}
