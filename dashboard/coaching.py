"""Coaching, diary and trial as they go over HTTP; times are ms since the epoch, UTC (`_ms`)."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from dashboard.schemas import AlertSchema, Schema, alert_schema, ms_from_ns
from monitor.coaching import NUMBERS, RULES, Channel, Decision, Manners
from monitor.coaching.advice import Advice
from monitor.coaching.texts import decision_words
from monitor.diary import Beside, Card, Entry
from monitor.model.journal import Handover, MovementRecord, Tag, Trace
from monitor.movements import CLEAR_DEG, change
from monitor.profiles import THRESHOLDS, Profile
from monitor.service import CoachNow
from monitor.store import StoredAlert, WishValue
from monitor.trial import ASSUMPTIONS, HabitResult, Plan, words

VerdictName = Literal["right", "wrong", "had_to"]
MovementName = Literal["flexion", "extension", "side_left", "side_right", "turn_left", "turn_right"]
HabitName = Literal["slouch", "static", "bends", "breaks"]
Value = None | bool | int | float | str | list[str]


class DecisionSchema(Schema):
    """What became of an alert at one moment."""

    at_ms: int = Field(description="When it was decided [ms since the epoch, UTC].")
    outcome: Literal["told", "held", "merged", "dropped", "cleared"]
    reason: str = Field(description='Why, as a key, e.g. "in_call".')
    words: str = Field(description="The same as a sentence.")
    channels: list[str] = Field(description="Where it sounded; empty unless told.")


class HeldSchema(Schema):
    """An alert that waits for a better moment."""

    rule: str
    title: str
    raised_ms: int
    decision: DecisionSchema


class CoachingSchema(Schema):
    """How things stand with alerts."""

    snoozed_until_ms: int | None = Field(description="No reminders until then; null: not snoozed.")
    in_call: bool = Field(description="Said by hand, or shown by the system.")
    in_call_said: bool = Field(description="Said by hand.")
    do_not_disturb: bool | None = Field(description="Of the system; null: it cannot tell.")
    microphone: bool | None = Field(description="In use; null: the system cannot tell.")
    camera: bool | None = Field(description="In use; null: the system cannot tell.")
    pain: bool = Field(description="Pain mode: no coaching.")
    trial_silent_until_ms: int | None = Field(description="A trial keeps silent until then.")
    held: list[HeldSchema]
    problem: str = Field(description="A setting that cannot be used; empty: none.")
    undelivered: dict[str, int] = Field(description="Notices that a channel lost, by channel.")


class SnoozeSchema(Schema):
    """For how long."""

    minutes: Literal[0, 5, 15, 60] | None = Field(description="0 ends it; null is until midnight.")


class SwitchSchema(Schema):
    """On or off."""

    on: bool


class SettingSchema(Schema):
    """One thing a person may set."""

    name: str
    title: str
    unit: str
    low: float | None
    high: float | None
    source: str = Field(description="Where default and range come from.")
    default: Value
    value: Value = Field(description="What is set; null: the default.")
    at_start: bool = Field(description="Takes effect when Backwatch is started again.")


class SettingsSchema(Schema):
    """All of them."""

    settings: list[SettingSchema]


class ValueSchema(Schema):
    """A value to set; null puts the default back."""

    value: Value


class TraceSchema(Schema):
    """Angles around an alert, about ten a second; null marks a gap."""

    t_ms: list[int]
    sagittal_deg: list[float | None]
    lateral_deg: list[float | None]
    inclination_deg: list[float | None]


class LineSchema(Schema):
    """A threshold to draw."""

    title: str
    deg: float


class WhySchema(Schema):
    """Everything there is to say why an alert came, or did not."""

    alert: AlertSchema
    rule: str = Field(description="The rule in words.")
    decisions: list[DecisionSchema] = Field(description="Oldest first; empty: told at once.")
    trace: TraceSchema | None = Field(description="Null where none was kept.")
    lines: list[LineSchema]
    feedback: VerdictName | None


class VerdictSchema(Schema):
    """What the person says of an alert."""

    verdict: VerdictName


class AdviceSchema(Schema):
    """A threshold to try; nothing changes unless it is set."""

    name: str
    title: str
    unit: str
    now: float
    value: float
    why: str


class AdvicesSchema(Schema):
    advice: list[AdviceSchema]


class CheckInSchema(Schema):
    """How the person is; at least one thing is said."""

    pain: int | None = Field(None, ge=0, le=10)
    stiffness: int | None = Field(None, ge=0, le=10)
    spasm: bool = False
    triggers: list[str] = Field(default=[], max_length=20)
    note: str = ""


class BesideSchema(Schema):
    """What was measured in a stretch before an entry. It came before; no more is said."""

    length_s: float
    worn_s: float
    seated_s: float
    longest_sitting_s: float
    slouched_s: float
    bend_dose_s: float
    bends_30: int
    bends_60: int
    lifts: int


class EntrySchema(Schema):
    """A check-in with what was measured before it."""

    at_ms: int
    said: CheckInSchema
    before: BesideSchema = Field(description="The two hours before.")
    day: BesideSchema = Field(description="The day up to then.")


class DiarySchema(Schema):
    """Entries, oldest first."""

    entries: list[EntrySchema]
    see_someone: str = Field(description="A sentence where entries have gone up; else empty.")


class CardSchema(Schema):
    name: str
    title: str
    steps: list[str]


class CardsSchema(Schema):
    cards: list[CardSchema]


class MovementSchema(Schema):
    movement: MovementName


class MovementNowSchema(Schema):
    """A movement that is being followed."""

    movement: MovementName
    how: str
    stop: str
    ready: bool = Field(description="The start was taken: move.")
    angle_deg: float = Field(description="The largest so far.")
    problem: str = Field(description="Why it cannot be followed; empty: it can.")


class MovementDoneSchema(Schema):
    pain: bool | None = Field(description="Whether it hurt; null is not said.")
    stopped: bool = False


class MovementRecordSchema(Schema):
    """A recorded movement, beside the one before it."""

    at_ms: int
    movement: MovementName
    peak_deg: float | None
    pain: bool | None
    stopped: bool
    change: str = Field(description="Against the one before, in words; empty: there is none.")


class MovementsSchema(Schema):
    movements: list[MovementRecordSchema]


class TrialStartSchema(Schema):
    habit: HabitName = "slouch"
    first: date | None = Field(None, description="Null: tomorrow.")
    baseline_days: int = 5
    feedback_days: int = 20
    faded_days: int = 6
    washout_days: int = 5
    all_week: bool = False


class EffectSchema(Schema):
    mean: float
    low: float
    high: float
    p: float
    pairs: int


class HabitResultSchema(Schema):
    habit: HabitName
    title: str
    unit: str
    named_beforehand: bool
    answer: Literal["too_early", "cannot_tell", "wanted", "unwanted"]
    effect: EffectSchema | None
    lost_pairs: int
    words: str


class TrialSchema(Schema):
    """The last trial. Which half-days are silent is not told beforehand."""

    id: int
    habit: HabitName
    first: date
    last: date
    phase: Literal["before", "baseline", "feedback", "faded", "washout", "over", "ended"]
    known_ms: int = Field(description="When the answer may be looked at.")
    results: list[HabitResultSchema]
    assumptions: list[str]


class TrialsSchema(Schema):
    trial: TrialSchema | None


class WordsSchema(Schema):
    why: str = ""


class TagSchema(Schema):
    task: str = ""
    zone: str = ""


class HandoverSchema(Schema):
    id: int
    address: str
    person: str
    start_ms: int
    stop_ms: int | None


class HandoversSchema(Schema):
    handovers: list[HandoverSchema]


class HandOutSchema(Schema):
    address: str = Field(min_length=1, max_length=60)
    person: str = Field(min_length=1, max_length=20, description="A number or word, not a name.")


def decision_schema(decision: Decision) -> DecisionSchema:
    return DecisionSchema(
        at_ms=ms_from_ns(decision.at_ns),
        outcome=decision.outcome.value,
        reason=decision.reason.value,
        words=decision_words(decision),
        channels=[channel.value for channel in decision.channels],
    )


def coaching_schema(now: CoachNow) -> CoachingSchema:
    seen = now.surroundings
    until = now.wishes.snoozed_until_ns
    return CoachingSchema(
        snoozed_until_ms=ms_from_ns(until) if until else None,
        in_call=now.wishes.in_call,
        in_call_said=bool(now.kept.get("in_call")),
        do_not_disturb=None if seen is None else seen.do_not_disturb,
        microphone=None if seen is None else seen.microphone,
        camera=None if seen is None else seen.camera,
        pain=now.wishes.pain,
        trial_silent_until_ms=None
        if now.silent_until_ns is None
        else ms_from_ns(now.silent_until_ns),
        held=[
            HeldSchema(
                rule=decision.alert.rule,
                title=RULES[decision.alert.rule].title,
                raised_ms=ms_from_ns(decision.alert.at_ns),
                decision=decision_schema(decision),
            )
            for decision in now.held
            if decision.alert.rule in RULES
        ],
        problem=now.problem,
        undelivered={channel.value: count for channel, count in now.undelivered.items()},
    )


_TITLES = {
    "apart_s": "Between two posture reminders",
    "most_per_hour": "Posture reminders an hour at most",
    "most_per_day": "Posture reminders a day at most",
    "ignored": "Ignored so often in a row, a rule asks half as often",
    "most_backoff": "It never asks less often than at this many times its own distance",
    "react_s": "A reminder is ignored when nothing has changed after",
    "quiet": "Quiet hours",
    "working": "Working hours, outside of which nothing is told",
    "channels": "Channels",
}


def settings_schema(kept: Mapping[str, WishValue], profile: Profile) -> SettingsSchema:
    """Every threshold and manner, with unit, range, source and what is set."""

    manners = Manners()
    found = [
        SettingSchema(
            name=name,
            title=_TITLES[name],
            unit=unit,
            low=low,
            high=high,
            source="ergonomics.md D3",
            default=getattr(manners, name),
            value=_plain(kept.get(name)),
            at_start=False,
        )
        for name, (low, high, unit) in NUMBERS.items()
    ]
    found += [
        SettingSchema(
            name=name,
            title=_TITLES[name],
            unit="",
            low=None,
            high=None,
            source="ergonomics.md D1, D4",
            default=[channel.value for channel in Channel] if name == "channels" else [],
            value=_plain(kept.get(name)),
            at_start=False,
        )
        for name in ("quiet", "working", "channels")
    ]
    found += [
        SettingSchema(
            name=one.name,
            title=one.title,
            unit=one.unit,
            low=one.low,
            high=one.high,
            source=one.source,
            default=round(one.read(profile), 3),
            value=_plain(kept.get(one.name)),
            at_start=True,
        )
        for one in THRESHOLDS.values()
    ]
    return SettingsSchema(settings=found)


def _plain(value: WishValue) -> Value:
    if isinstance(value, list):
        return [str(one) for one in value]
    return None if isinstance(value, dict) else value


def why_schema(
    stored: StoredAlert,
    decisions: list[Decision],
    trace: Trace | None,
    feedback: str | None,
    profile: Profile,
) -> WhySchema:
    rule = RULES.get(stored.alert.rule)
    return WhySchema(
        alert=alert_schema(stored),
        rule=stored.alert.rule if rule is None else rule.title,
        decisions=[decision_schema(decision) for decision in decisions],
        trace=None
        if trace is None
        else TraceSchema(
            t_ms=[ms_from_ns(t_ns) for t_ns in trace.t_ns],
            sagittal_deg=list(trace.sagittal_deg),
            lateral_deg=list(trace.lateral_deg),
            inclination_deg=list(trace.inclination_deg),
        ),
        lines=_lines(stored, profile),
        feedback=feedback,  # type: ignore[arg-type]  # one of the verdicts
    )


def _lines(stored: StoredAlert, profile: Profile) -> list[LineSchema]:
    """What to draw beside the angles; of the profile in force, uncalibrated."""
    match stored.alert.rule:
        case "slouch":
            on_deg = THRESHOLDS["slouch_on_deg"].read(profile)
            return [LineSchema(title="counts as leaning forward", deg=round(on_deg, 1))]
        case "hold":
            return [LineSchema(title="holding counts (ISO 11226)", deg=20.0)]
        case "lift" | "repetitive":
            return [
                LineSchema(title="a bend", deg=30.0),
                LineSchema(title="a deep bend", deg=60.0),
            ]
        case _:
            return []


def advice_schema(advice: Advice) -> AdviceSchema:
    threshold = THRESHOLDS[advice.name]
    return AdviceSchema(
        name=advice.name,
        title=threshold.title,
        unit=threshold.unit,
        now=round(advice.now, 1),
        value=advice.value,
        why=advice.why,
    )


def entry_schema(entry: Entry) -> EntrySchema:
    said = entry.said
    return EntrySchema(
        at_ms=ms_from_ns(said.at_ns),
        said=CheckInSchema(
            pain=said.pain,
            stiffness=said.stiffness,
            spasm=said.spasm,
            triggers=list(said.triggers),
            note=said.note,
        ),
        before=_beside(entry.before),
        day=_beside(entry.day),
    )


def _beside(beside: Beside) -> BesideSchema:
    return BesideSchema.model_validate(beside, from_attributes=True)


def card_schema(card: Card) -> CardSchema:
    return CardSchema(name=card.name, title=card.title, steps=list(card.steps))


def movements_schema(records: list[MovementRecord]) -> MovementsSchema:
    """Newest first, each with the change against the one before of its kind."""
    before: dict[str, MovementRecord] = {}
    found = []
    for record in records:
        found.append(
            MovementRecordSchema(
                at_ms=ms_from_ns(record.at_ns),
                movement=record.movement.value,
                peak_deg=None if record.peak_deg is None else round(record.peak_deg, 1),
                pain=record.pain,
                stopped=record.stopped,
                change=_change(record, before.get(record.movement)),
            )
        )
        if record.peak_deg is not None:
            before[record.movement] = record
    return MovementsSchema(movements=found[::-1])


def _change(record: MovementRecord, before: MovementRecord | None) -> str:
    found = None if before is None else change(record, before)
    if found is None:
        return ""
    if not found.clear:
        return f"No clear change: less than {CLEAR_DEG:.0f}° apart."
    more = "more" if found.difference_deg > 0 else "less"
    return f"{abs(found.difference_deg):.0f}° {more} than before."


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
                words=words(result),
            )
            for result in results
        ],
        assumptions=list(ASSUMPTIONS),
    )


def handover_schema(handover: Handover) -> HandoverSchema:
    return HandoverSchema(
        id=handover.id,
        address=handover.address,
        person=handover.person,
        start_ms=ms_from_ns(handover.start_ns),
        stop_ms=None if handover.stop_ns is None else ms_from_ns(handover.stop_ns),
    )


def tag_schema(tag: Tag) -> TagSchema:
    return TagSchema(task=tag.task, zone=tag.zone)
