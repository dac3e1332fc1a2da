"""A working day to look at: spans, minutes, events and alerts as the path would store them."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import numpy as np

from monitor.coaching import Channel, Decision, Outcome, Reason
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    EventKind,
    MinuteSummary,
    MotionEvent,
    Posture,
    Severity,
    StateChange,
)
from monitor.model.exposure import Bout, Course, Dose, Histogram, Run, Zone
from monitor.model.journal import CheckIn, Feedback, Movement, MovementRecord, Trace, Verdict
from monitor.store import Covered, RecordingEnd, RecordingStart, Store
from monitor.trial import Design, draw

PROFILE = "desk/1"
MINUTE_NS = 60 * NS_PER_S
PEAK = {"peak_sagittal_deg": 74.0, "peak_rate_degps": 118.0, "duration_s": 2.4}
SIT, STAND, WALK = Activity.SIT, Activity.STAND, Activity.WALK
NEUTRAL, SLOUCHED, NONE = Posture.NEUTRAL, Posture.SLOUCHED, Posture.NONE

# Minutes of each state, the morning and then, after a pause without data, the afternoon.
MORNING = [
    (WALK, NONE, 4),
    (SIT, NEUTRAL, 31),
    (SIT, SLOUCHED, 14),
    (STAND, NEUTRAL, 12),
    (SIT, NEUTRAL, 38),
    (WALK, NONE, 5),
    (SIT, SLOUCHED, 22),
    (SIT, NEUTRAL, 17),
    (Activity.UPRIGHT, NEUTRAL, 9),
    (STAND, NEUTRAL, 26),
    (WALK, NONE, 3),
    (SIT, NEUTRAL, 24),
]
AFTERNOON = [
    (WALK, NONE, 6),
    (SIT, NEUTRAL, 28),
    (SIT, SLOUCHED, 19),
    (Activity.NOT_WORN, NONE, 13),
    (STAND, NEUTRAL, 17),
    (SIT, NEUTRAL, 21),
    (SIT, SLOUCHED, 14),
]
PAUSE_MIN = 41
LENGTH_NS = (sum(m for _, _, m in MORNING + AFTERNOON) + PAUSE_MIN) * MINUTE_NS


def afternoon_zone(now: datetime) -> timezone:
    """The whole-hour time zone in which it is afternoon at `now`, so that today is long enough."""
    offset_h = (14 - now.astimezone(UTC).hour + 12) % 24 - 12
    return timezone(timedelta(hours=offset_h))


def zone_name(zone: timezone) -> str:
    """The same zone as browsers know it, where the sign is the other way round."""
    offset_h = round(zone.utcoffset(None).total_seconds() / 3600)
    return "UTC" if offset_h == 0 else f"Etc/GMT{-offset_h:+d}"


def store_day(store: Store, stop_ns: int, *, simulated: bool = True) -> None:
    """Fill the hours before `stop_ns`."""
    start_ns = stop_ns - LENGTH_NS
    pause_ns = start_ns + sum(m for _, _, m in MORNING) * MINUTE_NS
    with store.writer() as writer:
        for states, at_ns in ((MORNING, start_ns), (AFTERNOON, pause_ns + PAUSE_MIN * MINUTE_NS)):
            writer.write([RecordingStart(at_ns, "C0:FF:EE:00:00:01", "Back", simulated, "axes")])
            for activity, posture, minutes in states:
                writer.write([StateChange(at_ns, activity, posture, 0.9, PROFILE)])
                for _ in range(minutes):
                    writer.write([Covered(at_ns, at_ns + MINUTE_NS, 50.0), _minute(at_ns, posture)])
                    at_ns += MINUTE_NS
            if states is MORNING:
                writer.write([*_events(start_ns), *_alerts(start_ns)])
            else:
                writer.write(_late_alerts(stop_ns))
            writer.write([RecordingEnd("the day went on")])


def store_sitting(store: Store, stop_ns: int) -> None:
    """Ten minutes of sitting before `stop_ns`, and no lean."""
    start_ns = stop_ns - 10 * MINUTE_NS
    with store.writer() as writer:
        writer.write(
            [
                RecordingStart(start_ns, "C0:FF:EE:00:00:01", "Back", True, "axes"),
                StateChange(start_ns, SIT, NEUTRAL, 0.9, PROFILE),
                Covered(start_ns, stop_ns, 50.0),
                RecordingEnd("the day went on"),
            ]
        )


def store_journal(store: Store, stop_ns: int) -> None:
    """What became of the alerts of `store_day`, and what its person said."""
    slouches = _late_alerts(stop_ns)
    told = (Channel.PAGE, Channel.DESKTOP)
    hour_ns = 60 * MINUTE_NS
    journal = store.journal()
    for alert in slouches:
        t_ns = tuple(alert.at_ns + round(s * NS_PER_S) for s in np.arange(-25, 5, 0.1))
        angles = tuple(
            round(9 + 10 / (1 + np.exp(-s / 2)) + 2 * np.sin(s / 3), 1)
            for s in np.arange(-25, 5, 0.1) + 14
        )
        journal.add_trace(Trace("slouch", alert.at_ns, t_ns, angles, (None,) * len(t_ns), angles))
    first, second, third = slouches
    journal.add_decisions(
        [
            Decision(first.at_ns, first, Outcome.TOLD, Reason.AT_ONCE, told),
            Decision(first.at_ns + MINUTE_NS, first, Outcome.CLEARED, Reason.CORRECTED),
            Decision(second.at_ns, second, Outcome.HELD, Reason.IN_CALL),
            Decision(second.at_ns + 9 * MINUTE_NS, second, Outcome.TOLD, Reason.HELD_BEFORE, told),
            Decision(third.at_ns, third, Outcome.DROPPED, Reason.SNOOZED),
        ]
    )
    journal.add_check_in(CheckIn(stop_ns - 26 * hour_ns, 4, 3, triggers=("gardening",)))
    journal.add_check_in(CheckIn(stop_ns - hour_ns, 2, 5, note="Long call in the morning."))
    for days, peak_deg in ((8, 71.0), (1, 78.0)):
        for movement, share in ((Movement.FLEXION, 1.0), (Movement.SIDE_LEFT, 0.4)):
            at_ns = stop_ns - days * 24 * hour_ns
            journal.add_movement(MovementRecord(at_ns, movement, peak_deg * share, False))
    journal.close()


def store_misjudged(store: Store, now_ns: int, zone: tzinfo) -> None:
    """Ten reminders of yesterday to take a break, all of which the person called wrong."""
    at_ns = now_ns - 24 * 60 * MINUTE_NS
    alerts = [_alert("sitting", Severity.INFO, at_ns + i * MINUTE_NS) for i in range(10)]
    with store.writer() as writer:
        writer.write([RecordingStart(at_ns, "C0:FF:EE:00:00:01", "Back", True, "axes")])
        writer.write([*alerts, RecordingEnd("the day went on")])
    queries, journal = store.queries(simulated=True), store.journal()
    for stored in queries.alerts(datetime.fromtimestamp(at_ns / NS_PER_S, zone).date()):
        journal.add_feedback(Feedback(now_ns, stored.id, Verdict.WRONG))
    queries.close()
    journal.close()


def store_doses(store: Store, stop_ns: int) -> None:
    """The exposure of the day of `store_day`."""
    at_ns = stop_ns - LENGTH_NS
    doses = []
    for states, pause in ((MORNING, PAUSE_MIN), (AFTERNOON, 0)):
        for activity, posture, minutes in states:
            worn = activity is not Activity.NOT_WORN
            doses += [
                _dose(at_ns + i * MINUTE_NS, activity, 1.0 if posture is SLOUCHED else 0.0)
                for i in range(minutes if worn else 0)
            ]
            at_ns += minutes * MINUTE_NS
        at_ns += pause * MINUTE_NS
    with store.writer() as writer:
        writer.write([RecordingStart(doses[0].start_ns, "C0:FF:EE:00:00:01", "Back", True, "axes")])
        writer.write([*doses, RecordingEnd("the day went on")])


def store_trial(store: Store, now_ns: int, zone: tzinfo) -> None:
    """A trial that is over: less slouching on the half-days with reminders."""
    first = datetime.fromtimestamp(now_ns / NS_PER_S, zone).date() - timedelta(days=30)
    plan = draw(Design(0, 12, 0, 0, tuple(range(7))), "slouch", 7, first, zone)
    journal = store.journal()
    journal.start_trial(plan, plan.start_ns - 1)
    journal.close()
    generator = np.random.default_rng(7)
    doses = []
    for unit in plan.half_days:
        share = (0.32 if unit.silent else 0.22) + generator.normal(0, 0.03)
        middle_ns = (unit.start_ns + unit.stop_ns) // 2
        for minute in range(-65, 65):
            doses.append(_dose(middle_ns + minute * MINUTE_NS, SIT, share))
    with store.writer() as writer:
        writer.write([RecordingStart(doses[0].start_ns, "C0:FF:EE:00:00:01", "Back", True, "axes")])
        writer.write([*doses, RecordingEnd("the day went on")])


def _dose(at_ns: int, activity: Activity, slouched_share: float) -> Dose:
    at_ns -= at_ns % MINUTE_NS
    seated_s = 60.0 if activity is SIT else 0.0
    posture = SLOUCHED if slouched_share > 0.5 else NEUTRAL
    lean = Histogram(8 if slouched_share < 0.5 else 18, (50_000, 8_000, 0, 2_000))
    return Dose(
        at_ns,
        worn_s=60.0,
        forward_s=60.0,
        lean=lean,
        speed=Histogram(2, (60_000,)),
        bend_dose_s=9.0,
        seated_s=seated_s,
        seated_beyond_s=seated_s / 4,
        slouched_s=seated_s * slouched_share,
        breaks=int(activity is WALK),
        longest_static_s=780.0,
        course=Course((Run(0, 60_000, activity, posture, True, Zone.UNDER_20, 0, None),)),
        longest_sitting_s=1900.0,
        bends_30=at_ns // MINUTE_NS % 7 // 6,
        bouts=_bouts(at_ns // MINUTE_NS, activity),
    )


def _bouts(minute: int, activity: Activity) -> tuple[Bout, ...]:
    """Every fourth minute one that ended, of any length; some of them leaning."""
    if minute % 4:
        return ()
    length_s = 1500.0 if minute % 60 == 0 else (7.0, 22.0, 95.0, 31.0, 400.0)[minute // 4 % 5]
    return (Bout(activity, Zone.UNDER_20 if minute % 16 else Zone.FROM_20_TO_60, length_s),)


def _minute(at_ns: int, posture: Posture) -> MinuteSummary:
    at_ns -= at_ns % MINUTE_NS
    over_20_s = 18.0 if posture is SLOUCHED else 3.0
    return MinuteSummary(at_ns, 60.0, over_20_s, over_20_s / 3, 1.0, 0.4, 0.0, 11.0, 48.0)


def _events(start_ns: int) -> list[MotionEvent]:
    def event(kind: EventKind, minute: float, flags: tuple[str, ...] = ()) -> MotionEvent:
        at_ns = start_ns + round(minute * MINUTE_NS)
        stop_ns = at_ns + 3 * NS_PER_S
        return MotionEvent(kind, at_ns, stop_ns, stop_ns, 0.8, PROFILE, PEAK, flags)

    bends = [event(EventKind.BEND, 2 + 5.3 * i) for i in range(32)]
    lifts = [event(EventKind.LIFT, 100 + 9.5 * i) for i in range(7)]
    deep = [event(EventKind.LIFT, 170 + 4 * i, ("demanding", "deep")) for i in range(2)]
    return [*bends, *lifts, *deep]


def _alerts(start_ns: int) -> list[Alert]:
    return [
        _alert("sitting", Severity.INFO, start_ns + 40 * MINUTE_NS, duration_s=1800.0),
        _alert("lift", Severity.HIGH, start_ns + 174 * MINUTE_NS, **PEAK),
    ]


def _late_alerts(stop_ns: int) -> list[Alert]:
    return [
        _alert("slouch", Severity.CAUTION, stop_ns - minutes * MINUTE_NS, duration_s=600.0)
        for minutes in (64, 55, 3)
    ]


def _alert(rule: str, severity: Severity, at_ns: int, **values: float) -> Alert:
    return Alert(at_ns, rule, severity, at_ns - 10 * MINUTE_NS, PROFILE, values)
