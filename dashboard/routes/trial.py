"""Does it help: a trial of one person."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, HTTPException

from dashboard.person import Person
from dashboard.schemas import ProblemSchema
from dashboard.trial import TrialsSchema, TrialStartSchema, WordsSchema, trial_schema
from monitor.report import trial_values
from monitor.trial import Design, draw, results


def router(person: Person, *, clock_ns: Callable[[], int]) -> APIRouter:
    """Routes on the trial."""
    routes = APIRouter(tags=["trial"])
    journal, queries = person.journal, person.queries

    @routes.get("/api/trial", summary="The last trial, and its answer once it may be seen")
    def trial() -> TrialsSchema:
        """Null: there was none."""
        trials = journal.trials()
        if not trials:
            return TrialsSchema(trial=None)
        number, plan, ended_ns, _ = trials[-1]
        now_ns = clock_ns()
        seen = (
            trial_values(queries, plan, until_ns=ended_ns, slouch_seen=person.slouch_seen)
            if now_ns >= plan.known_ns
            else {}
        )
        told = results(plan, seen, now_ns)
        return TrialsSchema(trial=trial_schema(number, plan, ended_ns, told, now_ns))

    @routes.post(
        "/api/trial",
        summary="Draw one",
        responses={422: {"model": ProblemSchema, "description": "Not allowed; says why."}},
    )
    def start(body: TrialStartSchema) -> TrialsSchema:
        """Drawn and stored before its first day."""
        now_ns = clock_ns()
        first = body.first or queries.local_date(now_ns) + timedelta(days=1)
        try:
            design = Design(
                body.baseline_days,
                body.feedback_days,
                body.faded_days,
                body.washout_days,
                tuple(range(7)) if body.all_week else Design().weekdays,
            )
            plan = draw(design, body.habit, secrets.randbelow(2**31), first)
            journal.start_trial(plan, now_ns)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return trial()

    @routes.post("/api/trial/end", summary="End it early")
    def end(body: WordsSchema) -> TrialsSchema:
        """No half-day is silent for it any more."""
        trials = journal.trials()
        if trials:
            journal.end_trial(trials[-1][0], clock_ns(), body.why)
        return trial()

    return routes
