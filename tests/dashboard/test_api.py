"""What the API says of a known day, and of nonsense."""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest
from starlette.types import ASGIApp

from dashboard import Access, Person
from dashboard.device_texts import device_event_text, doubt_text
from firmware_protocol import gatt
from monitor.coaching import Decision, Outcome, Reason
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    DeviceCondition,
    DeviceCounters,
    DeviceEvent,
    DeviceEventKind,
    DeviceFault,
    Disconnected,
    Notified,
    Posture,
    SampleChunk,
    Segment,
    Severity,
    StateChange,
    TimeDoubt,
)
from monitor.pipeline import Step
from monitor.store import Covered, RecordingStart, Store
from tests.browser.running import feature_chunk

T0_MS = 1_790_000_000_000
T0_NS = T0_MS * 1_000_000
DAY = {"date": "2026-09-21"}


async def test_now_says_how_things_stand(page: httpx.AsyncClient, source: Any) -> None:
    change = StateChange(T0_NS, Activity.SIT, Posture.NEUTRAL, 0.9, "desk/1")
    source.now.take(Notified(T0_NS, gatt.BATTERY_LEVEL, b"\x49"), Step(changes=[change]))

    now = (await page.get("/api/now")).json()

    assert now["server_ms"] == T0_MS + 1_000_000
    assert now["simulated"] is False
    assert now["link"] | {"name": None} == {
        "status": "connected",
        "name": None,
        "address": "AA:BB",
        "battery_percent": 73,
        "since_ms": T0_MS,
        "detail": "",
        "charging": None,
        "worn": None,
        "muted": None,
        "session": None,
        "faults": [],
        "overwritten": None,
        "never_sampled": None,
        "lost_events": None,
        "to_pair": False,
        "time_trusted": True,
        "time_doubt": "",
        "remarks": [],
    }
    assert now["state"] == {
        "activity": "sit",
        "posture": "neutral",
        "confidence": 0.9,
        "since_ms": T0_MS,
        "trusted": True,
    }
    assert now["slip"] is None
    assert (now["angle"], now["seated_since_ms"], now["break_due_ms"]) == (None, None, None)
    assert now["mounting"] == {"source": "axes", "forward_known": True}
    edges = [(zone["level"], zone["from_deg"], zone["to_deg"]) for zone in now["zones"]]
    assert edges == [("neutral", -30, 20), ("caution", 20, 60), ("high", 60, 120)]
    assert now["trace"] == {"t_ms": [], "sagittal_deg": []}


async def test_what_the_sensor_says_of_itself_is_told_in_words(
    page: httpx.AsyncClient, source: Any
) -> None:
    said = DeviceCondition(
        at_ns=T0_NS,
        boot_id=7,
        battery_percent=12,
        charging=True,
        worn=False,
        muted_s=60,
        session=False,
        playing=False,
        faults=(DeviceFault.CLOCK, DeviceFault.NOT_RUN),
        next=0,
        unsaved=0,
    )
    samples = SampleChunk(
        Segment(0, T0_NS, 50.0), 0, np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(1, np.uint8)
    )
    source.now.take(
        Notified(T0_NS, gatt.EVENTS, b""),
        Step(
            samples=[samples],
            device=[DeviceCounters(T0_NS, 5, 6, 7, 8, 9), said],
            doubt=TimeDoubt.RESET,
        ),
    )

    link = (await page.get("/api/now")).json()["link"]

    assert (link["battery_percent"], link["charging"], link["worn"], link["muted"]) == (
        *(12, True, False, True),
    )
    assert link["faults"] == ["clock", "not_run"]
    assert (link["overwritten"], link["never_sampled"], link["lost_events"]) == (5, 6, 9)
    assert link["time_trusted"] is False
    assert link["time_doubt"].startswith("Its clock began anew")
    assert link["remarks"] == [
        "It is charging.",
        "It believes that nobody wears it.",
        "It was muted: it does not vibrate for now.",
        "Its clock failed its self-test: times may be wrong.",
        "Its clock began anew without saying so: times may be wrong.",
    ]


def test_every_doubt_and_event_has_its_words() -> None:
    assert [doubt for doubt in TimeDoubt if not doubt_text(doubt)] == [TimeDoubt.NONE]
    texts = {
        device_event_text(DeviceEvent(T0_NS, kind, value, 1, 0))
        for kind in DeviceEventKind
        for value in (0, 1)
    }
    assert len(texts) == 8


async def test_a_moment_marked_at_the_sensor_is_among_the_events_of_its_day(
    page: httpx.AsyncClient, store: Store
) -> None:
    def press() -> None:
        start = RecordingStart(T0_NS, "AA:BB", "Back", False, "axes")
        mark = DeviceEvent(T0_NS + NS_PER_S, DeviceEventKind.MARK, 0, 7, 3)
        with store.writer() as writer:
            writer.write([start, mark])

    await asyncio.to_thread(press)

    today = (await page.get("/api/events", params=DAY)).json()["marks"]
    tomorrow = (await page.get("/api/events?date=2026-09-22")).json()["marks"]

    assert today == [
        {
            "at_ms": T0_MS + 1000,
            "kind": "mark",
            "text": "You marked this moment",
            "time_trusted": True,
        }
    ]
    assert tomorrow == []


async def test_a_day_tells_why_some_of_its_times_may_be_wrong(
    page: httpx.AsyncClient, store: Store
) -> None:
    before = (await page.get("/api/day", params=DAY)).json()["time_doubts"]

    def record() -> None:
        with store.writer() as writer:
            for doubt in (TimeDoubt.UNSETTLED, TimeDoubt.RESET, TimeDoubt.RESET, TimeDoubt.DRIFT):
                start_ns = T0_NS + 2000 * NS_PER_S
                covered = Covered(start_ns, start_ns + NS_PER_S, 100.0, doubt)
                writer.write([RecordingStart(start_ns, "AA:BB", "Back", False, "axes"), covered])

    await asyncio.to_thread(record)
    after = (await page.get("/api/day", params=DAY)).json()["time_doubts"]

    assert before == []
    assert after == [doubt_text(TimeDoubt.DRIFT), doubt_text(TimeDoubt.RESET)]


async def test_a_day_tells_from_when_its_angles_were_not_trusted(
    page: httpx.AsyncClient, store: Store
) -> None:
    start_ns = T0_NS + 2000 * NS_PER_S
    slipped = StateChange(
        start_ns + 60 * NS_PER_S, Activity.SIT, Posture.NONE, 0.9, "desk/1", trusted=False
    )

    def record() -> None:
        with store.writer() as writer:
            writer.write(
                [
                    RecordingStart(start_ns, "AA:BB", "Back", False, "axes", True, "upper_back"),
                    StateChange(start_ns, Activity.SIT, Posture.SLOUCHED, 0.9, "desk/1"),
                    Covered(start_ns, start_ns + 100 * NS_PER_S, 100.0),
                    slipped,
                ]
            )

    await asyncio.to_thread(record)
    spans = (await page.get("/api/day", params=DAY)).json()["spans"]
    late = [one for one in spans if one["start_ms"] >= start_ns // 1_000_000]

    assert [(one["posture"], one["trusted"]) for one in late] == [
        ("slouched", True),
        ("none", False),
    ]


async def test_a_hostile_name_passes_as_text(page: httpx.AsyncClient) -> None:
    answer = await page.get("/api/now")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["link"]["name"] == '<img src=x onerror=alert(1)>"\u202e\n'


async def test_a_day_adds_up(page: httpx.AsyncClient, source: Any) -> None:
    source.now.closed(T0_NS, "")

    day = (await page.get("/api/day", params=DAY)).json()

    assert (day["start_ms"], day["stop_ms"]) == (T0_MS, T0_MS + 1_000_000)
    assert [(s["start_ms"] - T0_MS, s["stop_ms"] - T0_MS, s["activity"]) for s in day["spans"]] == [
        (0, 600_000, "sit"),
        (700_000, 1_000_000, "walk"),
    ]
    totals = {name: seconds for name, seconds in day["totals_s"].items() if seconds}
    assert totals == {"sit": 600.0, "walk": 300.0, "slouched": 600.0, "no_data": 100.0}
    assert day["coverage"] == 0.9
    assert (day["exposure"]["valid_s"], day["exposure"]["over_60_s"]) == (60.0, 5.0)
    assert (day["bends"], day["lifts"], day["flagged_lifts"]) == (2, 1, 1)


async def test_while_data_may_come_the_day_reaches_to_now(
    make_app: Callable[..., ASGIApp], new_browser: Any, access: Access, source: Any
) -> None:
    app = make_app(clock_ns=lambda: T0_NS + 1500 * NS_PER_S)
    source.now.take(Disconnected(T0_NS, "out of range"), Step())
    async with new_browser(app, authorization=f"Bearer {access.api_token}") as client:
        day = (await client.get("/api/day")).json()

    assert day["stop_ms"] == T0_MS + 1_500_000
    assert day["totals_s"]["no_data"] == 600.0


async def test_the_minute_begun_counts(page: httpx.AsyncClient, source: Any) -> None:
    leaning = feature_chunk(Segment(0, T0_NS + 1010 * NS_PER_S, 50.0), 0, [65.0] * 30, True)
    source.now.take(Notified(T0_NS, gatt.IMU, b""), Step(features=[leaning]))

    today = (await page.get("/api/day", params=DAY)).json()["exposure"]
    tomorrow = (await page.get("/api/day?date=2026-09-22")).json()["exposure"]

    assert today["valid_s"] == pytest.approx(63.0)
    assert today["over_60_s"] == pytest.approx(8.0)
    assert tomorrow["valid_s"] == 0.0


async def test_today_is_the_default(page: httpx.AsyncClient) -> None:
    for path in ("/api/day", "/api/alerts", "/api/events"):
        assert (await page.get(path)).json() == (await page.get(path, params=DAY)).json()


async def test_another_day_is_empty(page: httpx.AsyncClient) -> None:
    day = (await page.get("/api/day?date=2026-09-22")).json()

    assert (day["spans"], day["coverage"]) == ([], 0)
    assert (await page.get("/api/alerts?date=2026-09-22")).json() == {
        "date": "2026-09-22", "total": 0, "alerts": [], "next_cursor": None,
    }  # fmt: skip
    assert (await page.get("/api/events?date=2026-09-22")).json() == {"events": [], "marks": []}


async def test_alerts_come_in_words_newest_first(page: httpx.AsyncClient) -> None:
    alerts = (await page.get("/api/alerts", params=DAY)).json()["alerts"]

    assert [alert["rule"] for alert in alerts] == ["jolt", "slouch"]
    assert alerts[1] == {
        "id": 1,
        "at_ms": T0_MS + 60_000,
        "rule": "slouch",
        "severity": "caution",
        "title": "Leaning forward for 1 min",
        "action": "Sit back or stand up for a moment.",
        "since_ms": T0_MS,
        "values": {"angle_deg": 24.0, "duration_s": 60.0, "threshold_s": 60.0},
        "profile": "desk/1",
        "acknowledged": False,
        "confidence": None,
        "became": None,
        "passed_ms": None,
    }


async def test_alerts_come_in_pages_that_stay_where_they_are(
    page: httpx.AsyncClient, store: Store
) -> None:
    def raise_more(at_ns: int, count: int) -> None:
        with store.writer() as writer:
            start = RecordingStart(at_ns, "AA:BB", "Back", False, "axes")
            # All at one instant: the key decides their order.
            alert = Alert(at_ns, "jolt", Severity.INFO, at_ns, "desk/1")
            writer.write([start, *[alert] * count])

    await asyncio.to_thread(raise_more, T0_NS + 91 * NS_PER_S, 5)
    whole = (await page.get("/api/alerts", params=DAY)).json()
    pages, cursor = [], None
    while not pages or cursor:
        asked = DAY | {"limit": 3} | ({"cursor": cursor} if cursor else {})
        pages.append((await page.get("/api/alerts", params=asked)).json())
        cursor = pages[-1]["next_cursor"]
        if len(pages) == 1:
            await asyncio.to_thread(raise_more, T0_NS + 95 * NS_PER_S, 1)

    assert [len(one["alerts"]) for one in pages] == [3, 3, 1]
    assert [alert for one in pages for alert in one["alerts"]] == whole["alerts"]
    assert (whole["total"], [one["total"] for one in pages]) == (7, [7, 8, 8])
    assert (whole["date"], whole["next_cursor"]) == (DAY["date"], None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0}, {"limit": 501}, {"limit": "all"}, {"cursor": ""}, {"cursor": "1"},
        {"cursor": "-1-1"}, {"cursor": "1-9999999999999999999"}, {"cursor": "x-y"},
    ],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_refused(
    page: httpx.AsyncClient, wrong: dict[str, str | int]
) -> None:
    assert (await page.get("/api/alerts", params=wrong)).status_code == 422


async def test_the_decisions_of_a_page_are_those_of_its_alerts(
    page: httpx.AsyncClient, person: Person
) -> None:
    slouch = Alert(T0_NS + 60 * NS_PER_S, "slouch", Severity.CAUTION, T0_NS, "desk/1")
    held = Decision(slouch.at_ns, slouch, Outcome.HELD, Reason.IN_CALL)
    await asyncio.to_thread(person.journal.add_decisions, [held])
    first = (await page.get("/api/alerts", params={"limit": 1})).json()
    second = (
        await page.get("/api/alerts", params={"limit": 1, "cursor": first["next_cursor"]})
    ).json()

    assert (first["alerts"][0]["rule"], first["alerts"][0]["became"]) == ("jolt", None)
    assert second["alerts"][0]["became"]["words"] == "Held: in a call."


async def test_events_come_newest_first(page: httpx.AsyncClient) -> None:
    events = (await page.get("/api/events", params=DAY)).json()["events"]

    assert [(event["kind"], event["flags"]) for event in events] == [
        ("lift", ["demanding"]),
        ("bend", []),
    ]
    assert events[0]["values"] == {"peak_sagittal_deg": 61.5}


async def test_an_alert_stays_acknowledged(page: httpx.AsyncClient) -> None:
    first = await page.post("/api/alerts/1/acknowledge")
    again = await page.post("/api/alerts/1/acknowledge")

    assert first.json()["acknowledged"] is True
    assert again.json() == first.json()
    listed = (await page.get("/api/alerts", params=DAY)).json()["alerts"]
    assert [alert["acknowledged"] for alert in listed] == [False, True]


@pytest.mark.parametrize(
    ("key", "status"),
    [("99", 404), ("0", 422), ("-1", 422), ("9223372036854775807", 404), ("9" * 30, 422),
     ("x", 422)],
)  # fmt: skip
async def test_an_unknown_alert_is_not_found(
    page: httpx.AsyncClient, key: str, status: int
) -> None:
    answer = await page.post(f"/api/alerts/{key}/acknowledge")

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/api/day", "/api/alerts", "/api/events"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("today", "date 'today' is not a date; write it as YYYY-MM-DD"),
        ("", "is not a date"),
        ("2026-13-01", "is not a date"),
        ("2026-02-30", "is not a date"),
        ("20260921", "is not a date"),
        ("2026-W39-1", "is not a date"),
        ("٢٠٢٦-٠٩-٢١", "is not a date"),
        ("1969-12-31", "is not between 2000-01-01 and 2199-12-31"),
        ("9999-12-31", "is not between"),
    ],
)
async def test_a_bad_date_is_refused_in_words(
    page: httpx.AsyncClient, path: str, text: str, message: str
) -> None:
    answer = await page.get(path, params={"date": text})

    assert answer.status_code == 422
    assert message in answer.json()["detail"]


@pytest.fixture
def berlin(tmp_path: Path) -> Iterator[Any]:
    """Lain all through the night in which clocks go back."""
    zone = ZoneInfo("Europe/Berlin")
    store = Store(tmp_path / "berlin.db", zone)
    start_ns = int(datetime(2026, 10, 24, 22, tzinfo=zone).timestamp()) * NS_PER_S
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(start_ns, "AA:BB", "Back", False, "axes"),
                StateChange(start_ns, Activity.LIE, Posture.NONE, 0.9, "desk/1"),
                Covered(start_ns, start_ns + 20 * 3600 * NS_PER_S, 100.0),
            ]
        )
    queries = store.queries()
    yield queries
    queries.close()


async def test_a_day_in_which_clocks_go_back_has_its_extra_hour(
    source: Any, berlin: Any, access: Access, static: Path, new_browser: Any
) -> None:
    from dashboard import create_app

    source.now.closed(T0_NS, "")
    app = create_app(source, berlin, access=access, static=static)
    async with new_browser(app, authorization=f"Bearer {access.api_token}") as client:
        days = [(await client.get(f"/api/day?date=2026-10-{day}")).json() for day in ("24", "25")]

    assert [day["totals_s"]["lie"] / 3600 for day in days] == [2.0, 18.0]
    midnight_ms = int(datetime(2026, 10, 24, 22).timestamp()) * 1000
    assert days[1]["start_ms"] == days[0]["stop_ms"]
    assert days[1]["start_ms"] % 3_600_000 == midnight_ms % 3_600_000


def every_property(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, found in schema.get("properties", {}).items():
        yield f"{path}.{name}", found
        yield from every_property(found, f"{path}.{name}")


async def test_the_description_of_the_api_is_complete(page: httpx.AsyncClient) -> None:
    spec = (await page.get("/api/openapi.json")).json()
    ours = {
        name: schema
        for name, schema in spec["components"]["schemas"].items()
        if name not in ("HTTPValidationError", "ValidationError")  # FastAPI's own
    }
    fields = [field for name, schema in ours.items() for field in every_property(schema, name)]
    operations = [
        (f"{method} {path}", operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    ]
    parameters = [
        (f"{name} {parameter['name']}", parameter)
        for name, operation in operations
        for parameter in operation.get("parameters", [])
    ]

    assert len(fields) > 80
    assert {f"Live{kind}" for kind in ("Angle", "State", "Link", "Alert", "Event", "Day")} <= set(
        ours
    )
    silent = [
        name
        for name, found in [*fields, *operations, *parameters, *ours.items()]
        if not (found.get("description") or "$ref" in found)  # then its schema says it
    ]
    assert silent == []


@pytest.mark.parametrize("value", ["NaN", "1e400", '"\\ud800"', '["\\ud800"]', '{"\\ud800":1}'])
async def test_what_no_json_can_say_is_refused_wherever_it_is_sent(
    page: httpx.AsyncClient, value: str
) -> None:
    api = (await page.get("/api/openapi.json")).json()
    schemas = api["components"]["schemas"]
    answers = {}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            if "requestBody" not in operation:
                continue
            (media,) = operation["requestBody"]["content"].values()
            name = media["schema"]["$ref"].rpartition("/")[2]
            said = [f'"{field}":{value}' for field in schemas[name]["properties"]]
            for body in {value, f"{{{','.join(said)}}}", *(f"{{{one}}}" for one in said)}:
                answer = await page.request(
                    method,
                    re.sub(r"{\w+}", "1", path.replace("{name}", "slouch_on_deg")),
                    content=body,
                    headers={"content-type": "application/json"},
                )
                answers[method, path, body] = answer.status_code

    assert len(answers) > 40
    assert {key: status for key, status in answers.items() if status not in (404, 409, 422)} == {}


async def test_the_description_of_the_api_says_who_gets_in(page: httpx.AsyncClient) -> None:
    spec = (await page.get("/api/openapi.json")).json()

    schemes = spec["components"]["securitySchemes"]
    assert {name: (s["type"], s.get("in"), s.get("scheme")) for name, s in schemes.items()} == {
        "cookie": ("apiKey", "cookie", None),
        "bearer": ("http", None, "bearer"),
    }
    assert schemes["cookie"]["name"] == "backwatch_8765"
    assert spec["security"] == [{"cookie": []}, {"bearer": []}]
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            wanted = {"403", "421"} if path == "/healthz" else {"401", "403", "421"}
            assert wanted <= set(operation["responses"]), f"{method} {path}"
            assert operation.get("security") == ([] if path == "/healthz" else None)


async def test_dates_are_described_as_dates(page: httpx.AsyncClient) -> None:
    spec = (await page.get("/api/openapi.json")).json()

    (parameter,) = spec["paths"]["/api/day"]["get"]["parameters"]
    assert {"type": "string", "format": "date"} in parameter["schema"]["anyOf"]
    for name in ("DaySchema", "DayExposureSchema"):
        assert spec["components"]["schemas"][name]["properties"]["date"]["format"] == "date"


async def test_numbers_with_a_unit_name_it_in_their_description(page: httpx.AsyncClient) -> None:
    spec = (await page.get("/api/openapi.json")).json()
    units = {"per_s": "[1/s]", "_ms": "[ms", "_s": "[s]", "_deg": "[deg]", "_percent": "[%]"}

    for name, schema in spec["components"]["schemas"].items():
        for path, found in every_property(schema, name):
            for suffix, unit in units.items():
                if path.endswith(suffix) and "$ref" not in found:
                    assert unit in found["description"], path
                    break


async def test_a_day_of_many_spans_is_answered_in_time(
    tmp_path: Path, source: Any, access: Access, static: Path, new_browser: Any
) -> None:
    import asyncio
    import time

    from dashboard import create_app
    from monitor.store import Queries

    def long_day() -> Queries:
        store = Store(tmp_path / "long.db", ZoneInfo("UTC"))
        start_ns = T0_NS - T0_NS % (86400 * NS_PER_S)
        with store.writer() as writer:
            items: list[Any] = [RecordingStart(start_ns, "AA:BB", "Back", False, "axes")]
            for i in range(1000):
                at_ns = start_ns + i * 60 * NS_PER_S
                activity = (Activity.SIT, Activity.WALK)[i % 2]
                items.append(StateChange(at_ns, activity, Posture.NEUTRAL, 0.9, "desk/1"))
                items.append(Covered(at_ns, at_ns + 60 * NS_PER_S, 100.0))
            writer.write(items)
        return store.queries()

    queries = await asyncio.to_thread(long_day)
    app = create_app(source, queries, access=access, static=static, clock_ns=lambda: T0_NS)
    took_s = []
    async with new_browser(app, authorization=f"Bearer {access.api_token}") as client:
        for _ in range(20):
            began = time.perf_counter()
            answer = await client.get("/api/day")
            took_s.append(time.perf_counter() - began)
    queries.close()

    assert len(answer.json()["spans"]) == 1000
    print(f"median {sorted(took_s)[10] * 1000:.1f} ms")
    assert sorted(took_s)[10] < 0.1  # ten times the budget: other work shares this machine
