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
from monitor.report import DAY_COLUMNS, Report, sheet
from monitor.service import CoachNow
from monitor.store import StoredAlert, WishValue
from monitor.trial import ASSUMPTIONS, HabitResult, Plan
from monitor.trial import words as answer_words

VerdictName = Literal["right", "wrong", "had_to"]
MovementName = Literal["flexion", "extension", "side_left", "side_right", "turn_left", "turn_right"]
HabitName = Literal["slouch", "static", "bends", "breaks"]
Value = None | bool | int | float | str | list[str]


class DecisionSchema(Schema):
    """What became of an alert at one moment."""

    at_ms: int = Field(description="When it was decided [ms since the epoch, UTC].")
    outcome: Literal["told", "held", "merged", "dropped", "cleared"] = Field(
        description="What became of it."
    )
    reason: str = Field(description='Why, as a key, e.g. "in_call".')
    words: str = Field(description="The same as a sentence.")
    channels: list[str] = Field(description="Where it sounded; empty unless told.")


class HeldSchema(Schema):
    """An alert that waits for a better moment."""

    rule: str = Field(description="Key of the rule.")
    title: str = Field(description="The rule in words.")
    raised_ms: int = Field(description="When it was raised [ms since the epoch, UTC].")
    decision: DecisionSchema = Field(description="Why it waits.")


class CoachingSchema(Schema):
    """How things stand with alerts."""

    snoozed_until_ms: int | None = Field(
        description="No reminders until then [ms since the epoch, UTC]; null: not snoozed."
    )
    in_call: bool = Field(description="Said by hand, or shown by the system.")
    in_call_said: bool = Field(description="Said by hand.")
    do_not_disturb: bool | None = Field(description="Of the system; null: it cannot tell.")
    microphone: bool | None = Field(description="In use; null: the system cannot tell.")
    camera: bool | None = Field(description="In use; null: the system cannot tell.")
    pain: bool = Field(description="Pain mode: no coaching.")
    trial_silent_until_ms: int | None = Field(
        description="A trial keeps silent until then [ms since the epoch, UTC]."
    )
    held: list[HeldSchema] = Field(description="Alerts that wait for a better moment.")
    problem: str = Field(description="A setting that cannot be used; empty: none.")
    undelivered: dict[str, int] = Field(description="Notices that a channel lost, by channel.")


class SnoozeSchema(Schema):
    """For how long."""

    minutes: Literal[0, 5, 15, 60] | None = Field(description="0 ends it; null is until midnight.")


class SwitchSchema(Schema):
    """On or off."""

    on: bool = Field(description="On or off.")


class SettingSchema(Schema):
    """One thing a person may set."""

    name: str = Field(description="Its key.")
    title: str = Field(description="In words.")
    unit: str = Field(description="Its unit; empty: none.")
    low: float | None = Field(description="Least allowed; null: not a number.")
    high: float | None = Field(description="Most allowed; null: not a number.")
    source: str = Field(description="Where default and range come from.")
    default: Value = Field(description="What holds where nothing is set.")
    value: Value = Field(description="What is set; null: the default.")
    at_start: bool = Field(description="Takes effect when Backwatch is started again.")


class SettingsSchema(Schema):
    """All of them."""

    settings: list[SettingSchema] = Field(description="In the order to show them.")


class ValueSchema(Schema):
    """A value to set; null puts the default back."""

    value: Value = Field(description="To set; null puts the default back.")


class TraceSchema(Schema):
    """Angles around an alert, about ten a second; null marks a gap."""

    t_ms: list[int] = Field(description="Ascending [ms since the epoch, UTC].")
    sagittal_deg: list[float | None] = Field(description="Forward lean [deg].")
    lateral_deg: list[float | None] = Field(description="Lean to the right [deg].")
    inclination_deg: list[float | None] = Field(description="From upright, in any direction [deg].")


class LineSchema(Schema):
    """A threshold to draw."""

    title: str = Field(description="What it means.")
    deg: float = Field(description="Where to draw it [deg].")


class WhySchema(Schema):
    """Everything there is to say why an alert came, or did not."""

    alert: AlertSchema = Field(description="The alert.")
    rule: str = Field(description="The rule in words.")
    decisions: list[DecisionSchema] = Field(description="Oldest first; empty: told at once.")
    trace: TraceSchema | None = Field(description="Null where none was kept.")
    lines: list[LineSchema] = Field(description="Thresholds to draw.")
    feedback: VerdictName | None = Field(description="What the person said of it; null: nothing.")


class VerdictSchema(Schema):
    """What the person says of an alert."""

    verdict: VerdictName = Field(description="Had to: right, but the work asked for it.")


class AdviceSchema(Schema):
    """A threshold to try; nothing changes unless it is set."""

    name: str = Field(description="Key of the threshold.")
    title: str = Field(description="The threshold in words.")
    unit: str = Field(description="Its unit.")
    now: float = Field(description="In force, in that unit.")
    value: float = Field(description="To try, in that unit.")
    why: str = Field(description="One sentence.")


class AdvicesSchema(Schema):
    """Thresholds to try."""

    advice: list[AdviceSchema] = Field(description="Most often empty.")


class CheckInSchema(Schema):
    """How the person is; at least one thing is said."""

    pain: int | None = Field(
        None, ge=0, le=10, description="0 is none, 10 the most; null was not said."
    )
    stiffness: int | None = Field(
        None, ge=0, le=10, description="0 is none, 10 the most; null was not said."
    )
    spasm: bool = Field(False, description="Now.")
    triggers: list[str] = Field(
        default=[], max_length=20, description="What went before, in the words of the person."
    )
    note: str = Field("", description="Anything else.")


class BesideSchema(Schema):
    """What was measured in a stretch before an entry. It came before; no more is said."""

    length_s: float = Field(description="How long the stretch is [s].")
    worn_s: float = Field(description="Of it measured [s].")
    seated_s: float = Field(description="Seated [s].")
    longest_sitting_s: float = Field(description="Longest sitting bout so far [s].")
    slouched_s: float = Field(description="Leaning forward while seated [s].")
    bend_dose_s: float = Field(description="Integral of the sine of forward lean [s].")
    bends_30: int = Field(description="Bends of 30 deg or more.")
    bends_60: int = Field(description="Bends of 60 deg or more.")
    lifts: int = Field(description="Bends that look like a lift.")


class EntrySchema(Schema):
    """A check-in with what was measured before it."""

    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    said: CheckInSchema = Field(description="What was said.")
    before: BesideSchema = Field(description="The two hours before.")
    day: BesideSchema = Field(description="The day up to then.")


class DiarySchema(Schema):
    """Entries, oldest first."""

    entries: list[EntrySchema] = Field(description="Oldest first.")
    see_someone: str = Field(description="A sentence where entries have gone up; else empty.")


class CardSchema(Schema):
    """A card to open."""

    name: str = Field(description="Its key, and that of its drawing.")
    title: str = Field(description="What it is about.")
    steps: list[str] = Field(description="A sentence each.")


class CardsSchema(Schema):
    """Cards."""

    cards: list[CardSchema] = Field(description="Those to show now.")


class MovementSchema(Schema):
    """A movement to follow."""

    movement: MovementName = Field(description="Which one.")


class MovementNowSchema(Schema):
    """A movement that is being followed."""

    movement: MovementName = Field(description="Which one.")
    how: str = Field(description="What to do.")
    stop: str = Field(description="When to stop.")
    ready: bool = Field(description="The start was taken: move.")
    angle_deg: float = Field(description="The largest so far [deg].")
    problem: str = Field(description="Why it cannot be followed; empty: it can.")


class MovementDoneSchema(Schema):
    """The movement is over."""

    pain: bool | None = Field(description="Whether it hurt; null is not said.")
    stopped: bool = Field(False, description="Ended early by the person.")


class MovementRecordSchema(Schema):
    """A recorded movement, beside the one before it."""

    at_ms: int = Field(description="When [ms since the epoch, UTC].")
    movement: MovementName = Field(description="Which one.")
    peak_deg: float | None = Field(
        description="The largest angle from the start [deg]; null: stopped."
    )
    pain: bool | None = Field(description="Whether it hurt; null was not said.")
    stopped: bool = Field(description="Ended early.")
    change: str = Field(description="Against the one before, in words; empty: there is none.")


class MovementsSchema(Schema):
    """Movements recorded."""

    movements: list[MovementRecordSchema] = Field(description="Newest first.")


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

    why: str = Field("", description="In the words of the person.")


class TagSchema(Schema):
    """What a bend or lift belonged to."""

    task: str = Field("", description="Such as unloading.")
    zone: str = Field("", description="Such as dock 3.")


class HandoverSchema(Schema):
    """A sensor lent for a shift."""

    id: int = Field(description="Its key.")
    address: str = Field(description="Of the sensor.")
    person: str = Field(description="Number or word that the person chose.")
    start_ms: int = Field(description="When it was lent [ms since the epoch, UTC].")
    stop_ms: int | None = Field(
        description="When it came back [ms since the epoch, UTC]; null: it is out."
    )


class HandoversSchema(Schema):
    """Who has, and had, which sensor."""

    handovers: list[HandoverSchema] = Field(description="Oldest first.")


class HandOutSchema(Schema):
    """A sensor and who takes it."""

    address: str = Field(min_length=1, max_length=60, description="Of the sensor.")
    person: str = Field(min_length=1, max_length=20, description="A number or word, not a name.")


class ReportSchema(Schema):
    """A week in words; the numbers are in the CSV."""

    title: str = Field(description="What it is a report of.")
    period: str = Field(description="From when to when.")
    points: float | None = Field(description="Of 100; null where no day was seen for two hours.")
    points_before: float | None = Field(description="Of the week before.")
    notes: list[str] = Field(description='What must be said first, such as "simulated".')
    summary: list[str] = Field(description="Sentences.")
    suggestion: str = Field(description="One thing to try; empty: none.")
    lines: list[list[str]] = Field(description="Of the score: what, how much, points lost.")
    exposure: list[list[str]] = Field(description="What, time, share of worn time.")
    columns: list[str] = Field(description="Of the days.")
    days: list[list[str]] = Field(description="A row a day.")
    unknown: list[list[str]] = Field(description="What was not seen, and for how long.")
    small_print: str = Field(description="What the points are not.")


def report_schema(report: Report) -> ReportSchema:
    words = sheet(report)
    return ReportSchema(
        title=words.title,
        period=words.period,
        points=report.points,
        points_before=report.before,
        notes=list(words.notes),
        summary=list(words.summary),
        suggestion=words.suggestion,
        lines=[list(row) for row in words.lines],
        exposure=[list(row) for row in words.exposure],
        columns=list(DAY_COLUMNS),
        days=[list(row) for row in words.days],
        unknown=[list(row) for row in words.unknown],
        small_print=words.small_print,
    )


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
    "most_per_hour": "Reminders and lift cues an hour at most",
    "most_per_day": "Reminders and lift cues a day at most",
    "ignored": "Ignored so often in a row, a rule asks half as often",
    "most_backoff": "It never asks less often than at this many times its own distance",
    "react_s": "A reminder is ignored when nothing has changed after",
    "quiet": "Quiet hours",
    "working": "Working hours, outside of which nothing is told",
    "channels": "Channels",
    "plan": "Your own plan: a time and words",
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
            source="ours",
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
            source="ours",
            default=[channel.value for channel in Channel] if name == "channels" else [],
            value=_plain(kept.get(name)),
            at_start=False,
        )
        for name in ("quiet", "working", "channels", "plan")
    ]
    found += [
        SettingSchema(
            name=one.name,
            title=one.title,
            unit=one.unit,
            low=one.low,
            high=one.high,
            source=one.source,
            default=round(one.read(profile), 1),
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
                words=answer_words(result),
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
