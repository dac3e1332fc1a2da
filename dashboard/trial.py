"""A trial as it goes over HTTP; times are ms since the epoch, UTC (`_ms`)."""

from datetime import date
from typing import Literal

from pydantic import Field

from dashboard.schemas import Said, Schema, ms_from_ns
from monitor.trial import ASSUMPTIONS, HabitResult, Plan
from monitor.trial import words as answer_words

HabitName = Literal["slouch", "static", "bends", "breaks"]


class TrialStartSchema(Schema):
    """A trial to draw."""

    habit: HabitName = Field("slouch", description="The one it is about.")
    first: date | None = Field(None, description="Null: tomorrow.")
    baseline_days: int = Field(5, description="Silent days first.")
    feedback_days: int = Field(20, description="Days with alerts on half of the half-days.")
    faded_days: int = Field(6, description="Days with alerts on a quarter of them.")
    washout_days: int = Field(5, description="Silent days at the end.")
    all_week: bool = Field(False, description="Weekends count too.")


class EffectSchema(Schema):
    """What alerts changed."""

    mean: float = Field(
        description="With alerts less without, within pairs, in the unit of the habit."
    )
    low: float = Field(description="Lower end of the interval of 95 %.")
    high: float = Field(description="Its upper end.")
    p: float = Field(description="How often a coin alone would give as much.")
    pairs: int = Field(description="Complete pairs of half-days.")


class HabitResultSchema(Schema):
    """What can be said of one habit."""

    habit: HabitName = Field(description="Its key.")
    title: str = Field(description="In words.")
    unit: str = Field(description="Its unit.")
    named_beforehand: bool = Field(
        description="Whether the trial is about it; the others prove nothing."
    )
    answer: Literal["too_early", "cannot_tell", "wanted", "unwanted"] = Field(
        description="What can be said."
    )
    effect: EffectSchema | None = Field(description="Null where nothing can be said, or not yet.")
    lost_pairs: int = Field(description="Pairs with a half-day not worn for two hours.")
    words: str = Field(description="The answer in a sentence.")


class TrialSchema(Schema):
    """The last trial. Which half-days are silent is not told beforehand."""

    id: int = Field(description="Its key.")
    habit: HabitName = Field(description="The one named beforehand.")
    first: date = Field(description="First day.")
    last: date = Field(description="Last day.")
    phase: Literal["before", "baseline", "feedback", "faded", "washout", "over", "ended"] = Field(
        description="Where it stands."
    )
    known_ms: int = Field(description="When the answer may be seen [ms since the epoch, UTC].")
    results: list[HabitResultSchema] = Field(description="The habit named beforehand first.")
    assumptions: list[str] = Field(description="What the answer takes for granted.")


class TrialsSchema(Schema):
    """The last trial."""

    trial: TrialSchema | None = Field(description="Null: there was none.")


class WordsSchema(Schema):
    """A reason."""

    why: Said = Field("", description="In the words of the person.")


def trial_schema(
    number: int,
    plan: Plan,
    ended_ns: int | None,
    results: tuple[HabitResult, ...],
    now_ns: int,
) -> TrialSchema:
    unit = plan.at(now_ns)
    if ended_ns is not None:
        phase = "ended"
    elif now_ns < plan.start_ns:
        phase = "before"
    elif now_ns >= plan.stop_ns:
        phase = "over"
    else:
        later = (one for one in plan.half_days if one.stop_ns > now_ns)
        phase = (unit or next(later)).phase.value
    return TrialSchema(
        id=number,
        habit=plan.habit,  # type: ignore[arg-type]  # checked when it was drawn
        first=plan.half_days[0].day,
        last=plan.half_days[-1].day,
        phase=phase,  # type: ignore[arg-type]  # as above
        known_ms=ms_from_ns(plan.known_ns),
        results=[
            HabitResultSchema(
                habit=result.habit.name,  # type: ignore[arg-type]  # the table's own names
                title=result.habit.words,
                unit=result.habit.unit,
                named_beforehand=result.first,
                answer=result.answer.value,
                effect=None
                if result.effect is None
                else EffectSchema.model_validate(result.effect, from_attributes=True),
                lost_pairs=result.lost_pairs,
                words=answer_words(result),
            )
            for result in results
        ],
        assumptions=list(ASSUMPTIONS),
    )
