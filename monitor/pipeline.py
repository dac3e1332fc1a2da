"""The data path on one page, in the order the data takes it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from monitor.alerts import Alerts
from monitor.calibration import NEUTRAL, Cells, Doubt, Rezeroing, RezeroParams, Slip, cut
from monitor.exposure import Doses, Minutes
from monitor.features import Features
from monitor.ingest import Backfilled, Ingest, Notices
from monitor.ingest import Statistics as IngestStatistics
from monitor.model import (
    NS_PER_S,
    Activity,
    Alert,
    Asked,
    Asker,
    Beat,
    Correction,
    DeviceEvent,
    DeviceEventKind,
    DeviceNotice,
    Disconnected,
    FeatureChunk,
    Fitted,
    Idle,
    LinkEvent,
    MinuteSummary,
    MotionChunk,
    MotionEvent,
    Mounting,
    Numbered,
    RawChunk,
    Refusal,
    Rezeroed,
    Ruled,
    SampleChunk,
    SegmentEnd,
    StateChange,
    Tick,
    TimeDoubt,
    Trust,
    Wish,
)
from monitor.model.exposure import Dose
from monitor.orientation import Orientation
from monitor.profiles import Profile, slouch_rad
from monitor.stage import feed
from monitor.states import Blanking, Hints, States
from monitor.timebase import Dating, Past, Timebase
from monitor.timebase import Statistics as TimebaseStatistics

Said = StateChange | MotionEvent | Beat
Told = FeatureChunk | SegmentEnd | Said


@dataclass(frozen=True, slots=True)
class Step:
    """Everything one push made possible, from samples to alerts, each list in time order.

    Attributes:
        past: the same of samples that were sent again, without beats and alerts; None where
            there were none.
        trust: whether the angles can be believed, where that changed.
        rezeroed: answers to wishes for a new zero.
        device: what the sensor said beside its samples.
        shaken: stretches of the samples in which it shook itself, so that they were not believed.
        numbers: of the samples of this step, live and past, by which the sensor names them.
        doubt: why times are less than certain now.
    """

    samples: list[SampleChunk | SegmentEnd] = field(default_factory=list)
    motion: list[MotionChunk | SegmentEnd] = field(default_factory=list)
    features: list[FeatureChunk | SegmentEnd] = field(default_factory=list)
    changes: list[StateChange] = field(default_factory=list)
    events: list[MotionEvent] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    minutes: list[MinuteSummary] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    past: "Step | None" = None
    trust: list[Trust] = field(default_factory=list)
    rezeroed: list[Rezeroed] = field(default_factory=list)
    device: list[DeviceNotice] = field(default_factory=list)
    shaken: list[tuple[int, int]] = field(default_factory=list)
    numbers: list[Numbered] = field(default_factory=list)
    doubt: TimeDoubt = TimeDoubt.NONE


@dataclass(frozen=True, slots=True)
class PathStatistics:
    """What came in and was refused, and how the sensor's clock is tied to UTC."""

    ingest: IngestStatistics
    timebase: TimebaseStatistics


class Acquire:
    """Link events to uniform samples: those of now, and apart from them those sent again."""

    def __init__(self) -> None:
        self.ingest = Ingest()
        self.timebase = Timebase()
        self._backfilled = Backfilled(self.ingest)
        self._past = Past(self.timebase)
        self._notices = Notices(self.ingest)
        self._dating = Dating(self.timebase)
        self._numbers: list[Numbered] = []

    def push(self, event: LinkEvent, /) -> list[SampleChunk | SegmentEnd]:
        raw = self.ingest.push(event)
        for chunk in raw:
            if isinstance(chunk, RawChunk):
                self._numbers.append(
                    Numbered(chunk.boot_id, chunk.sequence, chunk.sequence + len(chunk))
                )
        return feed(self.timebase, raw)

    def cut(self) -> None:
        """Have the next sample open a segment; nobody is told that the last one is over."""
        self.timebase.cut("forgotten")

    def leave_out(self, stored: Iterable[Numbered]) -> None:
        """Drop of what is sent again what an earlier run of this program has stored."""
        self.ingest.leave_out(stored)

    def push_past(self, event: LinkEvent, /) -> list[SampleChunk | SegmentEnd]:
        """The same event, after `push`."""
        return feed(self._past, self._backfilled.push(event))

    def push_notices(self, event: LinkEvent, /) -> list[DeviceNotice]:
        """The same event, after `push`."""
        return [*feed(self._dating, self._notices.push(event)), *self._dating.after(event)]

    def numbers(self) -> list[Numbered]:
        """Of the samples given out since this was asked last."""
        numbers, self._numbers = [*self._numbers, *self._past.given_out()], []
        return numbers


class Interpret:
    """Uniform samples to states, events and alerts; files and simulated motion enter here.

    With `neutral_s` the mean posture over the first so many still seconds becomes the
    zero of all angles from then on: the person stands still at the start.
    """

    def __init__(
        self,
        profile: Profile,
        mounting: Mounting,
        neutral_s: float | None = None,
        *,
        standing: Profile | None = None,
    ) -> None:
        """`standing` decides instead of `profile` once the zero was taken from standing."""
        self._profile, self._standing = profile, standing or profile
        self.profile = profile
        self.orientation = Orientation(replace(profile.orientation, mounting=mounting))
        self.slip = Slip(profile.slip, mounting)
        self.doubt = Doubt(profile.doubt)
        self.features = Features()
        self.states = States(profile.states)
        self.hints = Hints(profile.hints)
        self.blanking = Blanking(self.hints.shaken)
        self.minutes = Minutes()
        self.doses = Doses(profile.doses)
        self.alerts = Alerts(profile.alerts)
        self.neutral = None if neutral_s is None else _standing_first(profile.rezero, neutral_s)
        self._waits: Refusal | None = None  # why the person does not stand as --neutral asks
        self._waited: int | None = None  # since when [ns since the epoch, UTC]
        self._rezeroing: Rezeroing | None = None
        self._cells = Cells()
        self._wear(mounting)

    @property
    def mounting(self) -> Mounting:
        """The mounting in use now; another may be put in its place between two pushes."""
        return self.orientation.params.mounting

    @mounting.setter
    def mounting(self, mounting: Mounting) -> None:
        if mounting != self.mounting:
            self._wear(mounting)
            self.slip.refit(mounting, anew=True)
            self._trust(True)

    @property
    def trusted(self) -> bool:
        """False while the sensor is known to have slipped; may be set between two pushes."""
        return self.doubt.state.trusted

    @trusted.setter
    def trusted(self, trusted: bool) -> None:
        self._trust(trusted)

    def take_over(self, before: "Interpret") -> None:
        """Know of the sensor itself what the one before knew, and nothing of who wore it."""
        self.hints.state = before.hints.state
        self._wear(self.mounting)

    def rule(self, profile: Profile, standing: Profile) -> list[StateChange]:
        """Have other thresholds decide from the next sample on; clocks and states go on.

        What is orientation, calibration or exposure in them stays as it was: a person's own
        thresholds are none of these. Gives the state that lasts, said again under them.
        """
        self._profile, self._standing, self.profile = profile, standing, profile
        self.alerts.params = profile.alerts
        self._wear(self.mounting)
        return self.doubt.named(profile.states.profile, self.states.decided_ns)

    def correct(self, correction: Correction) -> None:
        """Take what the person says of themselves, between two pushes."""
        self.states.push(correction)

    def say(self, at_ns: int, activity: Activity, stretch: tuple[int, int] | None = None) -> None:
        """Take it that the person has sat or stood: in a stretch of the past, or since the
        present state began."""
        if stretch is not None:
            self.correct(Correction(*stretch, activity))
            return
        said = self.states.state.said
        if said is not None and said.at_ns < at_ns:
            self.correct(Correction(said.at_ns, at_ns, activity))

    def rezero(self, at_ns: int, by: Asker) -> None:
        """Take the first still and upright posture from `at_ns` on as the zero.

        The answer comes within ten seconds of samples, in a `Step`; while one is awaited,
        asking again changes nothing.
        """
        if self._rezeroing is None:
            self._rezeroing = Rezeroing(self.profile.rezero, at_ns, by)

    def mend(self, at_ns: int, by: Asker) -> Step:
        """Take the correction that a slip was met with; refused where none is offered."""
        before, offered = self.mounting, self.slip.state.offered
        if offered is None:
            refused = Refusal.NOTHING_OFFERED
            return Step(rezeroed=[Rezeroed(at_ns, at_ns, by, refused, 0.0, before)])
        step = Step(rezeroed=[Rezeroed(at_ns, at_ns, by, None, self.slip.state.moved_rad, offered)])
        self._refit(at_ns, offered, step)
        return step

    def push(self, samples: list[SampleChunk | SegmentEnd], /) -> Step:
        if self.neutral is None and self._rezeroing is None:
            return self._push(samples)
        step = Step(samples=samples)
        for part in cut(samples):
            made = self._push([part])
            for name in ("motion", "features", "changes", "events", "beats", "minutes", "doses",
                         "alerts", "trust", "shaken"):  # fmt: skip
                getattr(step, name).extend(getattr(made, name))
            for item in made.motion:
                for cell in self._cells.push(item):
                    self._answer(cell, step)
        return step

    def _answer(self, cell: MotionChunk | SegmentEnd, step: Step) -> None:
        """See whether a cell settles what is waited for."""
        said = self.states.state.said
        activity = None if said is None else said.activity
        if self.neutral is not None:
            found = self.neutral.push(cell, self.mounting, Activity.STAND)
            if found is not None and found.refused is not None:
                self.neutral = Rezeroing(self.neutral.params, 0, Asker.START)
                # Told once; with the data gone, there is nothing to tell.
                if found.refused not in (self._waits, Refusal.NO_DATA):
                    step.rezeroed.append(found)
                    self._waits = found.refused
            elif found is not None:
                start_ns = found.at_ns - round(self.neutral.params.still_s * NS_PER_S)
                self.neutral = None
                self.correct(Correction(start_ns, found.at_ns, Activity.STAND))
                step.rezeroed.append(found)
                self._refit(found.at_ns, found.mounting, step)
            if self.neutral is not None and isinstance(cell, MotionChunk):
                self._wait(self.neutral, cell, step)
        if self._rezeroing is not None:
            answer = self._rezeroing.push(cell, self.mounting, activity)
            if answer is not None:
                self._rezeroing = None
                step.rezeroed.append(answer)
                if answer.refused is None:
                    self._refit(answer.at_ns, answer.mounting, step)

    def _wait(self, neutral: Rezeroing, cell: MotionChunk, step: Step) -> None:
        """Say what --neutral waits for while somebody moves, and give up in the end."""
        params, at_ns = neutral.params, cell.segment.time_ns(cell.first + len(cell))
        if self._waited is None:
            self._waited = at_ns
        waited_s = (at_ns - self._waited) / NS_PER_S
        refused = None
        if waited_s >= params.named_patience_s + params.still_s:
            refused, self.neutral = Refusal.GAVE_UP, None
        elif self._waits is None and waited_s >= params.named_remind_s and not neutral.count:
            refused = Refusal.MOVING
        if refused is not None:
            self._waits = refused
            step.rezeroed.append(Rezeroed(at_ns, 0, Asker.START, refused, 0.0, self.mounting))

    def _trust(self, trusted: bool) -> None:
        """From the next sample on; the next beat says so."""
        if trusted == self.trusted:
            return
        trust = Trust(0, trusted, 0.0)
        self.doubt.state.trusted = trusted
        self.minutes.push(trust)
        self.alerts.push(trust)

    def _refit(self, at_ns: int, mounting: Mounting, step: Step) -> None:
        """The same wearer and donning under another zero."""
        self._wear(mounting)
        if self.slip.state.slipped:
            trust = Trust(at_ns, True, 0.0)
            step.trust.append(trust)
            self.alerts.push(trust)
            self.minutes.push(trust)
            for told in self.doubt.push(trust):
                if isinstance(told, StateChange):
                    step.changes.append(told)
                    self.doses.push(told)
        self.slip.refit(mounting, anew=False)

    def _wear(self, mounting: Mounting) -> None:
        self.orientation.params = replace(self.orientation.params, mounting=mounting)
        profile = self._standing if NEUTRAL in mounting.source else self._profile
        on_rad, off_rad = slouch_rad(profile, mounting)
        activity = replace(
            profile.states.activity,
            sit_tall_rad=mounting.sit_tall_rad,
            slouch_on_rad=on_rad,
            slouch_off_rad=off_rad,
        )
        if self.hints.state.away:
            soon_s = min(activity.not_worn_s, self.hints.params.not_worn_s)
            activity = replace(activity, not_worn_s=soon_s)
        self.states.params = replace(profile.states, activity=activity)
        self.alerts.know(activity.sit_tall_rad, activity.slouch_on_rad)

    def hear(self, notice: DeviceNotice) -> None:
        """Take what the sensor says of itself, between two pushes."""
        away = self.hints.state.away
        self.hints.hear(notice)
        if self.hints.state.away != away:
            self._wear(self.mounting)

    def _shaken(self, samples: list[SampleChunk | SegmentEnd]) -> list[tuple[int, int]]:
        """Stretches of the samples in which the sensor shook itself."""
        if not self.hints.state.vibrated and self.hints.state.since_ns is None:
            return []  # mostly: no motor has run
        return [
            stretch
            for chunk in samples
            if isinstance(chunk, SampleChunk) and len(chunk)
            for stretch in self.hints.blanked(
                *(chunk.segment.time_ns(at) for at in (chunk.first, chunk.first + len(chunk)))
            )
        ]

    def lose(self) -> None:
        """The sensor is out of reach, and its last word no longer holds."""
        self.hints.gone()
        self._wear(self.mounting)

    def _push(self, samples: list[SampleChunk | SegmentEnd]) -> Step:
        motion = feed(self.orientation, feed(self.blanking, samples))
        features = feed(self.features, motion)
        heard: list[Told | Trust] = []
        for seen in features:
            said = self.states.push(seen)
            if said or isinstance(seen, SegmentEnd):
                told = feed(self.hints, _in_order(seen, said))
                heard += feed(self.doubt, feed(Watching(self.slip), told))
            else:  # as above, for a chunk of which nothing is said: most of them, live
                heard += [seen, *feed(self.doubt, self.slip.push(seen))]
        # Of the same step and after it: no minute has taken what is doubted now.
        doubts: list[FeatureChunk | SegmentEnd | Trust] = [
            item for item in heard if isinstance(item, Trust)
        ]
        step = Step(
            samples=samples,
            shaken=self._shaken(samples),
            motion=motion,
            features=features,
            minutes=feed(self.minutes, [*doubts, *features]),
            doses=feed(self.doses, heard),
        )
        for item in heard:
            match item:
                case Beat():
                    step.beats.append(item)
                case StateChange():
                    step.changes.append(item)
                case MotionEvent():
                    step.events.append(item)
                case Trust():
                    step.trust.append(item)
                case _:
                    continue
            step.alerts.extend(self.alerts.push(item))
        return step


PRESENT_S = 10.0  # s; who asked for a zero longer ago no longer stands as then. Ours


def _standing_first(params: RezeroParams, neutral_s: float) -> Rezeroing:
    """Wait for as long as it takes until the person stands still for `neutral_s`."""
    patient = replace(params, still_s=neutral_s, patience_s=inf, far_rad=params.named_rad)
    return Rezeroing(patient, 0, Asker.START)


class Watching:
    """What is told, and what `Slip` makes of it behind each item."""

    def __init__(self, slip: Slip) -> None:
        self.slip = slip

    def push(self, item: Told, /) -> list[Told | Trust]:
        return [item, *self.slip.push(item)]


class Telling:
    """Features and what `States` says of them: after each chunk, and before a segment's end."""

    def __init__(self, states: States) -> None:
        self.states = states

    def push(self, item: FeatureChunk | SegmentEnd, /) -> list[Told]:
        return _in_order(item, self.states.push(item))


def _in_order(item: FeatureChunk | SegmentEnd, said: Sequence[Said]) -> list[Told]:
    return [*said, item] if isinstance(item, SegmentEnd) else [item, *said]


class Pipeline:
    """Link events to alerts. Deterministic: the same events give the same steps.

    Samples that were sent again are interpreted apart, so that now never waits for the past.
    """

    def __init__(
        self,
        interpret: Interpret,
        past: Callable[[], Interpret] | None = None,
        anew: Callable[[], Interpret] | None = None,
        ruled: Callable[[Ruled], tuple[Profile, Profile]] | None = None,
    ) -> None:
        """`past` makes what interprets samples sent again; without it they are left out.

        `anew` makes what goes on after `Wish.FORGET`; without it nobody may ask for that.
        `ruled` gives both profiles of `Interpret` for thresholds; the same holds for these.
        """
        self.acquire = Acquire()
        self.interpret = interpret
        self._make_past = past
        self._anew = anew
        self._profiles = ruled
        self._ruled: Ruled | None = None  # since the start, or since who wore it was forgotten
        self._past: Interpret | None = None  # made when needed: most sensors send nothing again

    def push(self, event: LinkEvent, /) -> Step:
        if isinstance(event, Fitted):
            trusted = self.interpret.trusted
            self.interpret.mounting = event.mounting
            if self.interpret.trusted == trusted:
                return Step()
            return Step(trust=[Trust(event.at_ns, True, 0.0)])
        if isinstance(event, Ruled):
            self._ruled = event
            if self._past is not None:
                self._rule(self._past, event)
            return Step(changes=self._rule(self.interpret, event))
        if isinstance(event, Asked):
            return self._grant(event)
        step = self.interpret.push(self.acquire.push(event))
        if self._make_past is not None and (samples := self.acquire.push_past(event)):
            interpret = self._interpreter_of_the_past(self._make_past)
            interpret.mounting = self.interpret.mounting
            # Whether it had slipped by then, nobody knows.
            interpret.trusted = self.interpret.trusted and not interpret.slip.state.slipped
            past = interpret.push(samples)
            step = replace(step, past=replace(past, beats=[], alerts=[], trust=[]))
        device = self.acquire.push_notices(event)
        for notice in device:
            self._hear(event, notice)
        if isinstance(event, Disconnected):
            self.interpret.lose()
        step.device.extend(device)
        step.numbers.extend(self.acquire.numbers())
        if self.acquire.timebase.doubt is not TimeDoubt.NONE:
            step = replace(step, doubt=self.acquire.timebase.doubt)
        if isinstance(event, Idle | Disconnected):
            step.alerts.extend(self.interpret.alerts.push(Tick(event.at_ns)))
        return step

    def statistics(self) -> PathStatistics:
        """Counts since the start, and the present fit of the clocks."""
        acquire = self.acquire
        return PathStatistics(acquire.ingest.statistics(), acquire.timebase.statistics())

    def _interpreter_of_the_past(self, make: Callable[[], Interpret]) -> Interpret:
        if self._past is None:
            self._past = make()
            if self._ruled is not None:
                self._rule(self._past, self._ruled)
        return self._past

    def _rule(self, interpret: Interpret, ruled: Ruled) -> list[StateChange]:
        if self._profiles is None:
            raise RuntimeError("this path was given thresholds, and cannot take any")
        return interpret.rule(*self._profiles(ruled))

    def _grant(self, asked: Asked) -> Step:
        match asked.wish:
            case Wish.MEND:
                return self.interpret.mend(asked.at_ns, asked.by)
            case Wish.FORGET:
                self._forget()
            case Wish.VIBRATE:
                self.interpret.hints.asked(asked.at_ns)
            case Wish.REZERO:
                self.interpret.rezero(asked.at_ns, asked.by)
            case Wish.SITTING:
                self.interpret.say(asked.at_ns, Activity.SIT, asked.stretch)
            case Wish.STANDING:
                self.interpret.say(asked.at_ns, Activity.STAND, asked.stretch)
        return Step()

    def _forget(self) -> None:
        """Begin anew with the next sample; what was half seen of before is never told."""
        if self._anew is None:
            raise RuntimeError("this path was asked to forget, and cannot begin anew")
        self.acquire.cut()
        before, self.interpret = self.interpret, self._anew()
        self.interpret.take_over(before)
        self._past = self._ruled = None

    def _hear(self, event: LinkEvent, notice: DeviceNotice) -> None:
        """What the sensor says counts from the next samples on."""
        self.interpret.hear(notice)
        if not isinstance(notice, DeviceEvent):
            return
        if self._make_past is not None:  # a vibration of its own, out of range
            self._interpreter_of_the_past(self._make_past).hear(notice)
        late_s = (event.at_ns - notice.at_ns) / NS_PER_S
        if notice.kind is DeviceEventKind.REZERO and late_s <= PRESENT_S:
            self.interpret.rezero(notice.at_ns, Asker.BUTTON)
