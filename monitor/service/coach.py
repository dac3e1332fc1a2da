"""Alerts of the path to what the person hears: the broker, kept up to date and carried out."""

import asyncio
import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time

from monitor.coaching import Broker, Channel, Decision, Manners, Outcome, Wishes, rule
from monitor.coaching.manners import Closing
from monitor.coaching.settings import SettingError, read_manners, read_plan, read_wishes
from monitor.drill import Drill
from monitor.model import NS_PER_S, Alert, Beat, MotionChunk, Severity, Tick
from monitor.model.journal import Trace
from monitor.movements import Capture, UnableError
from monitor.pipeline import Step
from monitor.profiles import THRESHOLDS
from monitor.service.channels import Browser, Notice, Speaker
from monitor.service.live import AnglePoints
from monitor.service.surroundings import Surroundings
from monitor.store import Journal, StoredAlert, WishValue
from monitor.trial import HalfDay, Plan

log = logging.getLogger(__name__)

LOOK_S = 1.0  # how soon something set by a command or a page takes effect
SURROUNDINGS_S = 5.0  # how soon a call is noticed
WAITING = 64  # alerts whose row or whose telling is still to come
BEFORE_S, AFTER_S = 25.0, 5.0  # of an alert, in its trace; thirty seconds in all
TRACE_POINTS = 400  # 40 s at ten a second
TO_SAY = 32  # notices that wait for slow channels; more are dropped and counted

RULING = {*THRESHOLDS, "phase"}  # what is read and alerted by

Words = Callable[[Alert], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CoachNow:
    """How things stand with alerts.

    Attributes:
        wishes: in force, what the system shows included.
        kept: what the person has set, by name.
        held: alerts that wait for a better moment, with the reason.
        silent_until_ns: end of a half-day that a trial keeps silent; None: none does.
        surroundings: what the system shows; None where nobody looks.
        problem: a setting that cannot be used; empty: none.
        undelivered: notices that a channel could not deliver, by channel.
        hours: which hours keep it silent now, and until when where that comes; None: none do.
        first_day: it only looks today.
    """

    wishes: Wishes
    kept: Mapping[str, WishValue]
    held: tuple[Decision, ...]
    silent_until_ns: int | None
    surroundings: Surroundings | None
    problem: str
    undelivered: Mapping[Channel, int]
    hours: tuple[Closing, int | None] | None = None
    first_day: bool = False


@dataclass(slots=True)
class _Known:
    """An alert on its way.

    Attributes:
        stored: its row, once written.
        last: the last decision about it.
    """

    last: Decision
    stored: StoredAlert | None = None


_Point = tuple[int, float | None, float | None, float | None]


@dataclass(slots=True)
class _State:
    known: OrderedDict[tuple[str, int], _Known] = field(default_factory=OrderedDict)
    to_keep: list[Decision] = field(default_factory=list)
    kept: Mapping[str, WishValue] = field(default_factory=dict)
    unit: HalfDay | None = None
    points: deque[_Point] = field(default_factory=lambda: deque(maxlen=TRACE_POINTS))
    plan: tuple[tuple[time, str], ...] = ()
    reminded: set[tuple[date, time, str]] = field(default_factory=set)
    planned: dict[int, str] = field(default_factory=dict)  # words by instant
    capture: Capture | None = None
    unable: str = ""
    drill: Drill | None = None
    to_trace: list[Alert] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    surroundings: Surroundings | None = None
    problem: str = ""


class Coach:
    """Runs a broker for one person.

    `take` and `stored` are called from the event loop that runs `run`.

    Attributes:
        browser: notifications of a browser, where pages are served; None: there are none.
        on_ruled: called when thresholds or a phase are set otherwise; None: nobody wants to know.

    Args:
        journal: where wishes come from and decisions go.
        speakers: the channels there are; the page is not among them.
        words: title and action of an alert.
        look: what the system shows; None: nobody looks.
        simulated: as in `read_manners`.
        manners: what holds where the person has set nothing; None: the usual.
        renew: makes the broker of who comes next, from what is stored; called in a thread.
    """

    def __init__(
        self,
        broker: Broker,
        journal: Journal,
        *,
        speakers: Mapping[Channel, Speaker],
        words: Words,
        clock_ns: Callable[[], int],
        look: Callable[[], Awaitable[Surroundings]] | None = None,
        simulated: bool = False,
        manners: Manners | None = None,
        renew: Callable[[], Broker] | None = None,
    ) -> None:
        self._broker = broker
        self._renew = renew
        self._journal = journal
        self._speakers = dict(speakers)
        self._words = words
        self._clock_ns = clock_ns
        self._look = look
        self._simulated = simulated
        self._manners = manners
        self._state = _State()
        self._keeping = asyncio.Lock()
        self._taken_back = 0  # times
        self._undelivered: Counter[Channel] = Counter()
        self._to_say: asyncio.Queue[tuple[Decision, Notice]] = asyncio.Queue(TO_SAY)
        self.browser: Browser | None = None
        self.on_told: Callable[[StoredAlert], None] = lambda _: None
        self.on_cleared: Callable[[StoredAlert], None] = lambda _: None
        self.on_ruled: Callable[[], Awaitable[None]] | None = None
        self._ruled: Mapping[str, WishValue] | None = None

    def follow(self, capture: Capture | None) -> None:
        """Follow a movement of the person from now on; None ends it."""
        self._state.capture, self._state.unable = capture, ""

    @property
    def followed(self) -> tuple[Capture | None, str]:
        """The movement that is followed, and why it cannot be."""
        return self._state.capture, self._state.unable

    @property
    def drill(self) -> Drill | None:
        """The drill that is on; another, or None, may be put in its place."""
        return self._state.drill

    @drill.setter
    def drill(self, drill: Drill | None) -> None:
        self._state.drill = drill

    def take(self, step: Step) -> None:
        """Decide about the alerts of a step."""
        self._follow(step)
        if self._state.drill is not None:
            for event in step.events:
                self._state.drill.push(event)
        self._state.to_trace += step.alerts
        items: list[Alert | Beat] = [*step.beats, *step.alerts]
        # A beat first: an alert is judged by what the person does at that second.
        for item in sorted(items, key=lambda one: (one.at_ns, isinstance(one, Alert))):
            self._carry_out(self._broker.push(item))

    def _follow(self, step: Step) -> None:
        state = self._state
        if state.capture is None or state.unable:
            return
        try:
            for chunk in step.motion:
                if isinstance(chunk, MotionChunk) and len(chunk.up):
                    state.capture.push(chunk)
        except UnableError as error:
            state.unable = str(error)

    def see(self, angles: AnglePoints) -> None:
        """Remember the last angles; alerts that have theirs are traced."""
        state = self._state
        state.points.extend(
            zip(
                angles.t_ns,
                angles.sagittal_deg,
                angles.lateral_deg,
                angles.inclination_deg,
                strict=True,
            )
        )
        while state.to_trace and angles.t_ns[-1] >= state.to_trace[0].at_ns + AFTER_S * NS_PER_S:
            state.traces.append(self._trace(state.to_trace.pop(0)))

    def forget_angles(self) -> None:
        """Let go of the last angles, and of alerts that wait for theirs: they were erased."""
        state = self._state
        state.points.clear()
        state.to_trace.clear()
        state.traces.clear()
        state.to_keep.clear()

    async def take_back(self) -> None:
        """Take back what is shown, and say nothing of what was about to be."""
        self._taken_back += 1
        while not self._to_say.empty():
            self._to_say.get_nowait()
        for speaker in (self.browser, *self._speakers.values()):
            if speaker is not None:
                await speaker.forget()

    async def forget(self) -> None:
        """Decide from now on as for somebody else; what is under way of before is let go of."""
        self._state = _State(surroundings=self._state.surroundings)
        await self.take_back()
        self._undelivered.clear()
        if self._renew is not None:
            self._broker = await asyncio.to_thread(self._renew)
        await self.refresh()

    def _trace(self, alert: Alert) -> Trace:
        start_ns = alert.at_ns - round(BEFORE_S * NS_PER_S)
        stop_ns = alert.at_ns + round(AFTER_S * NS_PER_S)
        points = [point for point in self._state.points if start_ns <= point[0] < stop_ns]
        columns = zip(*points, strict=True) if points else ((), (), (), ())
        return Trace(alert.rule, alert.at_ns, *columns)

    def stored(self, alerts: Iterable[StoredAlert]) -> None:
        """Rows of alerts: pages can be told of those that were decided."""
        for alert in alerts:
            known = self._state.known.get((alert.alert.rule, alert.alert.at_ns))
            if known is None:
                continue
            known.stored = alert
            if known.last.outcome in (Outcome.TOLD, Outcome.CLEARED):
                self.on_told(alert)
            if known.last.outcome is Outcome.CLEARED:
                self.on_cleared(alert)

    def now(self) -> CoachNow:
        """How things stand."""
        state = self._state
        unit, now_ns = state.unit, self._clock_ns()
        held = {(alert.rule, alert.at_ns) for alert in self._broker.held()}
        return CoachNow(
            self._broker.wishes,
            state.kept,
            tuple(known.last for key, known in state.known.items() if key in held),
            unit.stop_ns if unit is not None and unit.silent else None,
            state.surroundings,
            state.problem,
            dict(self._undelivered),
            self._broker.hours(now_ns),
            self._broker.only_looks(now_ns),
        )

    async def run(self) -> None:
        """Keep up with what the person sets, and say what is to be said; until cancelled.

        It closes the journal behind it.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_up(), name="backwatch coach")
                tasks.create_task(self._say(), name="backwatch say")
                if self._look is not None:
                    tasks.create_task(self._look_around(), name="backwatch look")
        finally:
            self._state.traces += map(self._trace, self._state.to_trace)
            try:
                await self.keep()
            except Exception as error:  # whatever it is, the day itself is stored elsewhere
                log.error("the last decisions about alerts were not kept: %r", error)
            await asyncio.to_thread(self._journal.close)

    async def refresh(self) -> None:
        """Read what is set, now."""
        self._state.kept, trials = await asyncio.to_thread(_read, self._journal)
        ruled = {name: value for name, value in self._state.kept.items() if name in RULING}
        if self.on_ruled is not None and ruled != self._ruled:
            await self.on_ruled()
            self._ruled = ruled  # not before: whoever asks meanwhile waits for it, too
        now_ns = self._clock_ns()
        plan = next(
            (p for _, p, ended, _ in trials if ended is None and p.start_ns <= now_ns < p.stop_ns),
            None,
        )
        self._state.unit = None if plan is None else plan.at(now_ns)
        try:
            self._state.plan = read_plan("plan", self._state.kept.get("plan") or [])
            self._broker.manners = read_manners(
                self._state.kept, simulated=self._simulated, base=self._manners
            )
            self._state.problem = ""
        except SettingError as error:
            self._state.problem = str(error)
        self._wish()

    async def _keep_up(self) -> None:
        while True:
            await self.refresh()
            self._carry_out(self._broker.push(Tick(self._clock_ns())))
            self._remind()
            await self.keep()
            await asyncio.sleep(LOOK_S)

    async def keep(self) -> None:
        """Put what was decided into the journal."""
        async with self._keeping:
            state = self._state
            if state.to_keep or state.traces:
                decisions, state.to_keep = state.to_keep, []
                traces, state.traces = state.traces, []
                await asyncio.to_thread(_add, self._journal, decisions, traces)

    def _remind(self) -> None:
        """Raise what the person has planned for this minute, once."""
        state, now_ns = self._state, self._clock_ns()
        local = self._broker.local(now_ns)
        for at, words in state.plan:
            key = (local.date(), at, words)
            if (local.hour, local.minute) == (at.hour, at.minute) and key not in state.reminded:
                state.reminded = {*(old for old in state.reminded if old[0] == key[0]), key}
                alert = Alert(now_ns, "plan", Severity.INFO, now_ns, "")
                state.planned[now_ns] = words
                self._carry_out(self._broker.push(alert))

    async def _look_around(self) -> None:
        assert self._look is not None
        while True:
            self._state.surroundings = await self._look()
            self._wish()
            await asyncio.sleep(SURROUNDINGS_S)

    def _wish(self) -> None:
        seen = self._state.surroundings
        unit = self._state.unit
        self._broker.wishes = read_wishes(
            self._state.kept,
            trial_silent=unit is not None and unit.silent,
            seen=None
            if seen is None
            else Wishes(in_call=seen.in_call, do_not_disturb=bool(seen.do_not_disturb)),
        )

    def _carry_out(self, decisions: Iterable[Decision]) -> None:
        state = self._state
        for decided in decisions:
            decision = replace(decided, channels=self._there(decided.channels))
            state.to_keep.append(decision)
            key = (decision.alert.rule, decision.alert.at_ns)
            known = state.known.setdefault(key, _Known(decision))
            known.last = decision
            while len(state.known) > WAITING:
                state.known.popitem(last=False)
            if decision.outcome not in (Outcome.TOLD, Outcome.CLEARED):
                continue
            self._queue(decision)
            if known.stored is not None:
                told = decision.outcome is Outcome.TOLD
                (self.on_told if told else self.on_cleared)(known.stored)

    def _there(self, channels: Collection[Channel]) -> tuple[Channel, ...]:
        """Those there are now; a browser that can show it does so in place of the desktop.

        Where a sensor should vibrate and none may, the desktop says it.
        """
        there = {*self._speakers, Channel.PAGE}
        if Channel.VIBRATION in channels and Channel.VIBRATION not in there:
            channels = dict.fromkeys((*channels, Channel.DESKTOP))
        if self.browser is not None and self.browser.ready and Channel.BROWSER in channels:
            there = there - {Channel.DESKTOP} | {Channel.BROWSER}
        return tuple(channel for channel in channels if channel in there)

    def _speaker(self, channel: Channel) -> Speaker | None:
        return self.browser if channel is Channel.BROWSER else self._speakers.get(channel)

    def _queue(self, decision: Decision) -> None:
        alert = decision.alert
        title, action = self._words(alert)
        if alert.rule == "plan":
            title, action = self._state.planned.get(alert.at_ns, title), ""
        key = f"{alert.rule}-{alert.at_ns}"
        notice = Notice(key, alert.rule, title, action, rule(alert.rule).pattern, decision.at_ns)
        try:
            self._to_say.put_nowait((decision, notice))
        except asyncio.QueueFull:
            log.warning("%s was not told: the channels are too slow", alert.rule)

    async def _say(self) -> None:
        while True:
            decision, notice = await self._to_say.get()
            taken_back = self._taken_back
            if decision.outcome is Outcome.CLEARED:
                for speaker in (self.browser, *self._speakers.values()):
                    if speaker is not None:
                        await speaker.clear(notice)
                continue
            for channel in decision.channels:
                speaker = self._speaker(channel)
                if self._taken_back != taken_back:
                    break
                if speaker is None:
                    continue
                said = await speaker.say(notice)
                if self._taken_back != taken_back:  # meanwhile; so this was not among it
                    await speaker.clear(notice)
                elif not said:
                    self._undelivered[channel] += 1
                    if channel is Channel.VIBRATION:
                        await self._say_instead(decision, notice)

    async def _say_instead(self, decision: Decision, notice: Notice) -> None:
        """By the desktop, what no sensor could vibrate for; unless it is told there anyway."""
        desktop = self._speakers.get(Channel.DESKTOP)
        shown = {Channel.DESKTOP, Channel.BROWSER} & set(decision.channels)
        if desktop is not None and not shown and not await desktop.say(notice):
            self._undelivered[Channel.DESKTOP] += 1


def _add(journal: Journal, decisions: list[Decision], traces: list[Trace]) -> None:
    journal.add_decisions(decisions)
    for trace in traces:
        journal.add_trace(trace)


def _read(
    journal: Journal,
) -> tuple[Mapping[str, WishValue], list[tuple[int, Plan, int | None, str]]]:
    return journal.wishes(), journal.trials()


__all__ = ["Coach", "CoachNow", "Words"]
