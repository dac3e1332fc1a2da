"""When alerts may sound, why one did, and what the person says of it."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path

from dashboard.coaching import (
    AdvicesSchema,
    CoachingSchema,
    PhaseNowSchema,
    PhaseSchema,
    SettingsSchema,
    SnoozeSchema,
    SwitchSchema,
    ValueSchema,
    VerdictSchema,
    WhySchema,
    advice_schema,
    coaching_schema,
    phase_schema,
    settings_schema,
    why_schema,
)
from dashboard.person import Person
from dashboard.routes.alerts import LAST_ID
from dashboard.schemas import ProblemSchema
from monitor.coaching.advice import advise
from monitor.model.journal import Feedback, Verdict
from monitor.profiles import THRESHOLDS, profile_of
from monitor.service import Coach
from monitor.settings import check
from monitor.store import StoredAlert, WishValue

MINUTE_NS = 60 * 10**9
TRACE_DUE_NS = 15 * 10**9  # its last angles come 5 s after an alert; then it is written. Ours
AlertId = Annotated[int, Path(ge=1, le=LAST_ID, description="Key of the alert.")]
NO_ALERT: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemSchema, "description": "There is no such alert."}
}


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on coaching."""
    routes = APIRouter(tags=["coaching"])
    journal, queries = person.journal, person.queries

    def coach() -> Coach:
        if person.coach is None:
            raise HTTPException(409, "nothing is recorded now, so nobody decides about alerts")
        return person.coach

    async def wish(name: str, value: WishValue) -> CoachingSchema:
        coaching = coach()
        await put(name, value, clock_ns())
        return coaching_schema(coaching.now())

    async def put(name: str, value: WishValue, now_ns: int) -> None:
        """Keep it, and have it in force before it is answered, where anything runs."""
        await asyncio.to_thread(journal.set_wish, name, value, now_ns)
        if person.coach is not None:
            await person.coach.refresh()

    def found(alert_id: int) -> StoredAlert:
        stored = queries.alert(alert_id)
        if stored is None:
            raise HTTPException(404, f"there is no alert {alert_id}")
        return stored

    @routes.get("/api/coaching", summary="How things stand with alerts")
    async def coaching() -> CoachingSchema:
        """Snoozed, in a call, held; and what could not be delivered."""
        return coaching_schema(coach().now())

    @routes.post("/api/coaching/snooze", summary="No reminders for a while")
    async def snooze(body: SnoozeSchema) -> CoachingSchema:
        """They are held, and told once afterwards if they still hold."""
        now_ns = clock_ns()
        if body.minutes is None:
            until = queries.bounds(queries.local_date(now_ns)).stop_ns
        else:
            until = now_ns + body.minutes * MINUTE_NS if body.minutes else 0
        return await wish("snoozed_until_ns", until or None)

    @routes.post("/api/coaching/call", summary="In a call")
    async def call(body: SwitchSchema) -> CoachingSchema:
        """Said by hand, where the system does not show it."""
        return await wish("in_call", body.on or None)

    @routes.post("/api/coaching/pain", summary="Pain mode")
    async def pain(body: SwitchSchema) -> CoachingSchema:
        """No coaching until it is switched off by hand."""
        return await wish("pain", body.on or None)

    @routes.get("/api/phase", summary="The phase of recovery that is set")
    def phase() -> PhaseNowSchema:
        """Set by the person or their physiotherapist; it never advances by itself."""
        return phase_schema(journal.wishes().get("phase"), person.profile)

    @routes.put("/api/phase", summary="Set a phase")
    async def set_phase(body: PhaseSchema) -> PhaseNowSchema:
        """It selects a profile from now on, and stays until it is changed."""
        now_ns = clock_ns()
        kept: WishValue = {"label": body.label, "profile": body.profile, "since_ns": now_ns}
        await put("phase", kept, now_ns)
        return await asyncio.to_thread(phase)

    @routes.delete("/api/phase", summary="End the phase")
    async def end_phase() -> PhaseNowSchema:
        """The profile of the settings counts from now on."""
        await put("phase", None, clock_ns())
        return await asyncio.to_thread(phase)

    @routes.get("/api/settings", summary="Every threshold and manner")
    def settings() -> SettingsSchema:
        """With unit, range, source, default, and what is set."""
        return settings_schema(journal.wishes(), person)

    @routes.put(
        "/api/settings/{name}",
        summary="Set one",
        responses={422: {"model": ProblemSchema, "description": "Not allowed; says what is."}},
    )
    async def set_one(
        name: Annotated[str, Path(description="Key of the setting.")], body: ValueSchema
    ) -> SettingsSchema:
        """In force at once. Null puts the default back."""
        value: WishValue = list(body.value) if isinstance(body.value, list) else body.value
        try:
            check(name, value)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        await put(name, value, clock_ns())
        return await asyncio.to_thread(settings)

    @routes.get("/api/alerts/{alert_id}/why", summary="Why did it buzz", responses=NO_ALERT)
    def why(alert_id: AlertId) -> WhySchema:
        """Half a minute of angles, the numbers that decided it and their thresholds as of then,
        the rule, and what became of it."""
        stored = found(alert_id)
        alert = stored.alert
        decisions = journal.decisions(alert.at_ns, alert.at_ns + 1)
        in_force = [person.profile] if person.usual is None else [person.profile, person.usual]
        return why_schema(
            stored,
            [decision for decision in decisions if decision.alert.rule == alert.rule],
            journal.trace(alert.rule, alert.at_ns),
            journal.verdict(alert_id),
            profile_of(alert.profile, *in_force),
            trace_due=person.coach is not None and clock_ns() < alert.at_ns + TRACE_DUE_NS,
        )

    @routes.post("/api/alerts/{alert_id}/verdict", summary="Right or wrong", responses=NO_ALERT)
    def verdict(alert_id: AlertId, body: VerdictSchema) -> WhySchema:
        """What the person says of an alert; the last word counts."""
        found(alert_id)
        journal.add_feedback(Feedback(clock_ns(), alert_id, Verdict(body.verdict)))
        return why(alert_id)

    @routes.get("/api/coaching/advice", summary="Thresholds to try")
    def advice() -> AdvicesSchema:
        """From what was said of alerts; most often none. Nothing changes unless it is set."""
        in_force = {name: (t.read(person.profile), t.high) for name, t in THRESHOLDS.items()}
        told = advise(queries.judged(journal.feedback()), in_force)
        return AdvicesSchema(advice=[advice_schema(one) for one in told])

    return routes
