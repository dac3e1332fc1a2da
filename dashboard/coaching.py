"""Alerts and coaching as they go over HTTP; times are ms since the epoch, UTC (`_ms`)."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from dashboard.lifts import LiftPartSchema
from dashboard.person import Person
from dashboard.reasons import LineSchema, ReasonSchema, reasons_for
from dashboard.schemas import (
    AlertSchema,
    DecisionSchema,
    Said,
    Schema,
    alert_schema,
    decision_schema,
    ms_from_ns,
)
from monitor.coaching import NUMBERS, RULES, Channel, Decision, Manners
from monitor.coaching.advice import Advice
from monitor.coaching.settings import SWITCHES
from monitor.model.journal import WORD_CHARACTERS, Trace, Verdict
from monitor.profiles import THRESHOLDS, Profile
from monitor.service import CoachNow
from monitor.store import StoredAlert, WishValue

VerdictName = Literal["right", "wrong", "had_to"]
Value = None | bool | int | float | str | list[str]


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
    hours: Literal["quiet", "working"] | None = Field(
        description="Silent in quiet hours, or outside of working hours; null: neither is now."
    )
    hours_until_ms: int | None = Field(
        description="Until then [ms since the epoch, UTC]; null: not within a week, or not silent."
    )
    first_day: bool = Field(description="On the first day it only looks.")
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
    threshold: bool = Field(description="What counts; else how and when it is told.")


class SettingsSchema(Schema):
    """All of them."""

    settings: list[SettingSchema] = Field(description="In the order to show them.")
    tour: bool = Field(description="A demo reads with shorter times than these now.")


class ValueSchema(Schema):
    """A value to set; null puts the default back."""

    value: bool | int | float | Said | list[Said] | None = Field(
        description="To set; null puts the default back."
    )


class PhaseSchema(Schema):
    """A phase of recovery, as the person or their physiotherapist names it."""

    label: str = Field(
        min_length=1, max_length=WORD_CHARACTERS, description="In their own words, such as 3."
    )
    profile: Literal["desk", "manual"] | None = Field(
        None, description="The profile that goes with it; null: the one of the settings."
    )


class PhaseNowSchema(Schema):
    """The phase that is set, if one is. It never advances, or ends, by itself."""

    phase: PhaseSchema | None = Field(description="Null: none is set.")
    since_ms: int | None = Field(
        description="Since when it is set [ms since the epoch, UTC]; null: none is, or not known."
    )
    in_force: str = Field(description="Name and version of the profile that is read with now.")
    at_start: bool = Field(
        description="Its profile takes effect at the next start, since nothing is recorded now."
    )
    words: str = Field(description="The same in a sentence.")


class TraceSchema(Schema):
    """Angles around an alert, about ten a second; null marks a gap."""

    t_ms: list[int] = Field(description="Ascending [ms since the epoch, UTC].")
    sagittal_deg: list[float | None] = Field(description="Forward lean [deg].")
    lateral_deg: list[float | None] = Field(description="Lean to the right [deg].")
    inclination_deg: list[float | None] = Field(description="From upright, in any direction [deg].")


class WhySchema(Schema):
    """Everything there is to say why an alert came, or did not."""

    alert: AlertSchema = Field(description="The alert.")
    rule: str = Field(description="The rule in words.")
    decisions: list[DecisionSchema] = Field(description="Oldest first; empty: told at once.")
    trace: TraceSchema | None = Field(description="Null where none was kept.")
    trace_due: bool = Field(
        description="It will be there in a few seconds: those after the alert are waited for."
    )
    reasons: list[ReasonSchema] = Field(
        description="The numbers it was raised for, with their thresholds as of then."
    )
    parts: list[LiftPartSchema] = Field(description="Of the index of a lift; else empty.")
    lines: list[LineSchema] = Field(description="Thresholds to draw.")
    profile_known: bool = Field(
        description="Whether the thresholds of its profile are known; else only those are told "
        "that were kept with the alert."
    )
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


def coaching_schema(now: CoachNow) -> CoachingSchema:
    seen = now.surroundings
    until = now.wishes.snoozed_until_ns
    closing, opens_ns = now.hours or (None, None)
    return CoachingSchema(
        snoozed_until_ms=ms_from_ns(until) if until else None,
        in_call=now.wishes.in_call,
        in_call_said=bool(now.kept.get("in_call")),
        do_not_disturb=None if seen is None else seen.do_not_disturb,
        microphone=None if seen is None else seen.microphone,
        camera=None if seen is None else seen.camera,
        pain=now.wishes.pain,
        hours=closing,
        hours_until_ms=None if opens_ns is None else ms_from_ns(opens_ns),
        first_day=now.first_day,
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
    "lifts_per_hour": "Lift cues an hour at most",
    "lifts_per_day": "Lift cues a day at most",
    "page_sound": "Sound on the page",
    "movement_check": "Guided movement check",
    "ignored": "Ignored so often in a row, a rule asks half as often",
    "most_backoff": "It never asks less often than at this many times its own distance",
    "react_s": "A reminder is ignored when nothing has changed after",
    "quiet": "Quiet hours",
    "working": "Working hours, outside of which nothing is told",
    "channels": "Channels",
    "plan": "Your own plan: a time and words",
}


def settings_schema(kept: Mapping[str, WishValue], person: Person) -> SettingsSchema:
    """Every threshold and manner, with unit, range, source and what is set."""
    usual = person.usual or person.profile

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
            threshold=False,
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
            threshold=False,
        )
        for name in ("quiet", "working", "channels", "plan")
    ]
    found += [
        SettingSchema(
            name=name,
            title=_TITLES[name],
            unit="",
            low=None,
            high=None,
            source="ours",
            default=False,
            value=_plain(kept.get(name)),
            threshold=False,
        )
        for name in SWITCHES
    ]
    found += [
        SettingSchema(
            name=one.name,
            title=one.title,
            unit=one.unit,
            low=one.low,
            high=one.high,
            source=one.source,
            default=round(one.read(usual), 1) or None,  # nought is off
            value=_plain(kept.get(one.name)),
            threshold=True,
        )
        for one in THRESHOLDS.values()
    ]
    return SettingsSchema(settings=found, tour=person.profile.name != usual.name)


def phase_schema(kept: WishValue, profile: Profile) -> PhaseNowSchema:
    """The phase as it was kept, and whether its profile is in force."""
    found = kept if isinstance(kept, dict) else {}
    label, chosen, since_ns = found.get("label"), found.get("profile"), found.get("since_ns")
    phase = None
    if isinstance(label, str) and label:
        phase = PhaseSchema(
            label=label[:WORD_CHARACTERS],
            profile="desk" if chosen == "desk" else "manual" if chosen == "manual" else None,
        )
    later = phase is not None and phase.profile not in (None, profile.name)
    words = "No phase is set." if phase is None else f"Phase {phase.label}."
    if phase is not None and later:
        words += f" Profile {phase.profile} counts from the next start."
    if phase is not None:
        words += " It stays until you change it."
    return PhaseNowSchema(
        phase=phase,
        since_ms=ms_from_ns(since_ns) if isinstance(since_ns, int) and phase else None,
        in_force=profile.key,
        at_start=later,
        words=words,
    )


def _plain(value: WishValue) -> Value:
    if isinstance(value, list):
        return [str(one) for one in value]
    return None if isinstance(value, dict) else value


def why_schema(
    stored: StoredAlert,
    decisions: list[Decision],
    trace: Trace | None,
    feedback: Verdict | None,
    profile: Profile | None,
    *,
    trace_due: bool,
) -> WhySchema:
    """Why an alert was raised; `profile` is the one it was read with, None: not known."""
    rule = RULES.get(stored.alert.rule)
    reasons = reasons_for(stored.alert, profile)
    return WhySchema(
        alert=alert_schema(stored, decisions),
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
        trace_due=trace is None and trace_due,
        reasons=list(reasons.numbers),
        parts=list(reasons.parts),
        lines=list(reasons.lines),
        profile_known=profile is not None,
        feedback=None if feedback is None else feedback.value,
    )


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
