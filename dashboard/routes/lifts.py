"""The lifts of a shift, each with its motion, its parts and its tag."""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from dashboard.lifts import LiftsSchema, lift_card_schema, lift_hour_schema, lifts_csv
from dashboard.person import Person
from dashboard.routes.dates import DateText, parse_date
from dashboard.schemas import ProblemSchema
from monitor.lifts import LiftTrace, from_alert, hours_of, traces
from monitor.model.journal import WORD_CHARACTERS, Tag
from monitor.store import LiftMark, StoredEvent, StoreError

MOST = 50  # lifts at once; each costs 20 ms where hours differ. Ours

Clock = Annotated[str | None, Query(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["13:30"])]
Word = Annotated[str | None, Query(max_length=WORD_CHARACTERS)]
Since = Annotated[Clock, Query(alias="from", description="Local time of day from which on, HH:MM.")]
Until = Annotated[Clock, Query(alias="to", description="Local time of day before which, HH:MM.")]
Task = Annotated[Word, Query(description="Only with this task.")]
Zone = Annotated[Word, Query(description="Only with this zone.")]
Flagged = Annotated[bool, Query(description="Only the demanding ones.")]


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on lifts; each runs in a thread, because samples are read."""
    routes = APIRouter(
        tags=["floor"],
        responses={422: {"model": ProblemSchema, "description": "Not a date or a time."}},
    )
    journal, queries = person.journal, person.queries

    @routes.get("/api/lifts", summary="Lifts of a local day, as cards", response_model=LiftsSchema)
    def lifts(
        date_text: DateText = None,
        since: Since = None,
        until: Until = None,
        task: Task = None,
        zone: Zone = None,
        flagged: Flagged = True,
        offset: Annotated[int, Query(ge=0, description="So many are left out first.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST, description="So many at most.")] = 20,
    ) -> Response:
        """Newest first; a trace for as long as samples are kept, 7 days unless set."""
        day = parse_date(date_text, lambda: queries.local_date(clock_ns()))
        every, tags = queries.lifts(day), journal.tags()
        named = [tags[one.id] for one in every if one.id in tags]
        found = [one for one in every if passes(one, tags, since, until, task, zone, flagged)]
        shown = queries.events_named([one.id for one in found[offset : offset + limit]])
        motion = motions(shown)
        more = offset + limit < len(found)
        answer = LiftsSchema(
            date=day.isoformat(),
            total=len(found),
            flagged=sum(one.flagged for one in found),
            offset=offset,
            next_offset=offset + limit if more else None,
            lifts=[lift_card_schema(one, tags.get(one.id), motion.get(one.id)) for one in shown],
            hours=[lift_hour_schema(hour) for hour in hours_of(every, queries.worn(day))],
            tasks=sorted({tag.task for tag in named if tag.task}),
            zones=sorted({tag.zone for tag in named if tag.zone}),
        )
        # Checked where it is made; not once more on its way out.
        return Response(answer.model_dump_json(), media_type="application/json")

    @routes.get("/api/lifts.csv", summary="The same, a row a lift", response_class=Response)
    def lift_rows(
        date_text: DateText = None,
        since: Since = None,
        until: Until = None,
        task: Task = None,
        zone: Zone = None,
        flagged: Flagged = True,
    ) -> Response:
        """Without motion; empty where nothing is known."""
        day = parse_date(date_text, lambda: queries.local_date(clock_ns()))
        every, tags = queries.lifts(day), journal.tags()
        found = [one.id for one in every if passes(one, tags, since, until, task, zone, flagged)]
        text = lifts_csv(queries.events_named(found), tags)
        named = {"Content-Disposition": f'attachment; filename="backwatch-lifts-{day}.csv"'}
        return Response(text, media_type="text/csv", headers=named)

    def passes(
        one: LiftMark,
        tags: Mapping[int, Tag],
        since: str | None,
        until: str | None,
        task: str | None,
        zone: str | None,
        flagged: bool,
    ) -> bool:
        tag = tags.get(one.id)
        if (
            (flagged and not one.flagged)
            or (task is not None and (tag is None or tag.task != task))
            or (zone is not None and (tag is None or tag.zone != zone))
        ):
            return False
        if since is None and until is None:
            return True
        at = queries.local(one.start_ns).time()
        return (since is None or at >= time.fromisoformat(since)) and (
            until is None or at < time.fromisoformat(until)
        )

    def motions(shown: Sequence[StoredEvent]) -> Mapping[int, LiftTrace]:
        """From the samples; else from the angles kept with an alert."""
        try:
            read = traces(queries.path, [one.event for one in shown], simulated=person.simulated)
        except StoreError as error:
            raise HTTPException(409, str(error)) from error
        left = [one.event.known_ns for one in shown if one.event.start_ns not in read]
        kept = journal.traces("lift", left) if left else {}
        found = {}
        for one in shown:
            trace, told = read.get(one.event.start_ns), kept.get(one.event.known_ns)
            if trace is None and told is not None:
                trace = from_alert(one.event, told)
            if trace is not None:
                found[one.id] = trace
        return found

    return routes
