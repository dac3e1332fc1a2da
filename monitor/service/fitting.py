"""Wishes of the person to how the sensor sits: calibrated, zeroed, corrected, noted."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from monitor.calibration import Finding, Guide, Progress, Task
from monitor.calibration.guide import Params as GuideParams
from monitor.model import (
    NS_PER_S,
    Activity,
    Asked,
    Asker,
    Calibration,
    Connected,
    Disconnected,
    Fitted,
    LinkEvent,
    Mounting,
    Refusal,
    Rezeroed,
    SampleChunk,
    Trust,
    Wish,
)
from monitor.pipeline import Step
from monitor.store import Fittings, ZeroNote

ANSWER_S = 15.0  # s; the path answers within ten seconds of samples. Ours
PLACE_CHARACTERS = 40  # longest name of a place. Ours
HEARD_NS = 1800 * NS_PER_S  # what was said of longer ago no longer bears on now; belief.Params
NO_PLACE = "none"  # a place that stands for: without a calibration


class Misfit(StrEnum):
    """Why a wish cannot be granted now."""

    NO_SENSOR = "no_sensor"  # none is connected
    RUNNING = "running"  # a calibration is under way
    NOT_RUNNING = "not_running"
    NOT_DONE = "not_done"  # there is nothing to accept yet
    NO_SLUMP = "no_slump"  # no threshold was advised
    NO_PLACE = "no_place"  # nothing was calibrated there
    PLACE_NAME = "place_name"  # empty, too long, or not to be read


class FittingError(Exception):
    """A wish that cannot be granted; `misfit` says why."""

    def __init__(self, misfit: Misfit) -> None:
        super().__init__(misfit.value)
        self.misfit = misfit


class Asking(Protocol):
    """`monitor.link.AskedLink`, as far as it is needed here."""

    @property
    def address(self) -> str | None:
        """Of the sensor that is connected."""

    def ask(self, event: Asked | Fitted) -> None:
        """Put this among the events of the link."""


@dataclass(frozen=True, slots=True)
class CalibrationNow:
    """A guided calibration under way.

    Attributes:
        finding: what it found; complete once `progress.task` is done.
    """

    place: str
    started_ns: int
    progress: Progress | None
    finding: Finding | None


class Fitting:
    """What the page and the sensor's button may ask of one sensor; belongs to the event loop."""

    def __init__(
        self,
        asking: Asking,
        fittings: Fittings,
        *,
        marked: Mounting,
        guide: GuideParams | None = None,
        place: str | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Grant wishes to the sensor of `asking`.

        Args:
            marked: how the sensor sits by its axes alone, for when no calibration is left.
            guide: what a guided calibration accepts; None is as of any profile.
            place: whose calibration is in use from the start; None: the one chosen last.
        """
        self._params = guide
        self._marked = marked
        self._place = place  # until another is chosen
        self._asking = asking
        self._fittings = fittings
        self._clock_ns = clock_ns
        self._address: str | None = None  # of the sensor whose samples these are
        self._guide: Guide | None = None
        self._now: CalibrationNow | None = None
        self._answers: list[asyncio.Future[Rezeroed]] = []

    # What the path says

    async def take(self, event: LinkEvent, step: Step) -> None:
        """Take an event and what the path made of it; zeros and slips are kept."""
        if isinstance(event, Connected):
            self._address = event.address
        if self._guide is not None and self._now is not None:
            self._guided(self._guide, self._now, step)
        if isinstance(event, Disconnected):
            self._lost(event.at_ns)
        for answer in step.rezeroed:
            if answer.by is not Asker.START:
                self._answer(answer)
        told: list[Rezeroed | Trust] = [*step.rezeroed, *step.trust]
        if told and self._address is not None:
            await asyncio.to_thread(self._note, self._address, told)

    def _note(self, address: str, told: list[Rezeroed | Trust]) -> None:
        for one in told:
            self._fittings.note(address, one)

    def _guided(self, guide: Guide, now: CalibrationNow, step: Step) -> None:
        said: list[Progress] = []
        for item in step.samples:
            if isinstance(item, SampleChunk) and item.segment.time_ns(item.first) < now.started_ns:
                continue  # measured before it was asked for
            said += guide.push(item)
        progress = said[-1] if said else now.progress
        self._now = replace(now, progress=progress, finding=guide.finding)

    def _answer(self, answer: Rezeroed) -> None:
        answers, self._answers = self._answers, []
        for waiting in answers:
            if not waiting.done():
                waiting.set_result(answer)

    def _lost(self, at_ns: int) -> None:
        self._answer(_refused(at_ns, Asker.PAGE, Refusal.NO_DATA))

    # A new zero

    async def rezero(self, by: Asker) -> Rezeroed:
        """Take the present posture as the zero; returns when the path has answered."""
        return await self._wish(Wish.REZERO, by)

    def say(self, activity: Activity, start_ns: int, stop_ns: int) -> bool:
        """The person says that they were sitting or standing in a stretch of the past.

        False where what is seen now cannot learn from it: no sensor is connected, or it was
        too long ago.
        """
        now_ns = self._clock_ns()
        if self._asking.address is None or now_ns - stop_ns > HEARD_NS:
            return False
        wish = Wish.SITTING if activity is Activity.SIT else Wish.STANDING
        self._asking.ask(Asked(now_ns, wish, Asker.PAGE, (start_ns, stop_ns)))
        return True

    async def mend(self, by: Asker) -> Rezeroed:
        """Take the correction that a slip was met with."""
        return await self._wish(Wish.MEND, by)

    async def _wish(self, wish: Wish, by: Asker) -> Rezeroed:
        at_ns = self._clock_ns()
        if self._asking.address is None:
            return _refused(at_ns, by, Refusal.NO_DATA)
        answer: asyncio.Future[Rezeroed] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._asking.ask(Asked(at_ns, wish, by))
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            return _refused(self._clock_ns(), by, Refusal.NO_DATA)

    # The guided calibration

    def start(self, place: str, *, slump: bool = True) -> CalibrationNow:
        """Begin; what is measured from now on counts.

        Raises:
            FittingError: no sensor is connected, one is under way, or the name will not do.
        """
        if self._now is not None:
            raise FittingError(Misfit.RUNNING)
        if self._asking.address is None:
            raise FittingError(Misfit.NO_SENSOR)
        named = place_name(place)
        self._guide = Guide(self._params, slump=slump)
        self._now = CalibrationNow(named, self._clock_ns(), None, None)
        return self._now

    def calibrating(self) -> CalibrationNow | None:
        """How it stands; None while none is under way."""
        return self._now

    def skip(self) -> None:
        """Leave the slump out. Raises FittingError where that is not what is asked for."""
        guide, now = self._running()
        if now.progress is None or now.progress.task is not Task.SLUMP:
            raise FittingError(Misfit.NOT_DONE)
        guide.skip()
        self._now = replace(now, progress=replace(now.progress, task=Task.DONE, share=1.0))

    def cancel(self) -> None:
        """Give it up; nothing is changed. Raises FittingError where none is under way."""
        self._running()
        self._guide = self._now = None

    def drop(self) -> None:
        """Let go of whoever was being calibrated or waits for a zero: the data is of another."""
        self._guide = self._now = None
        self._lost(self._clock_ns())

    async def accept(self, *, slouch: bool = False) -> Calibration:
        """Keep what was found, and use it from now on.

        Args:
            slouch: with the advised threshold in place of the profile's.

        Raises:
            FittingError: it is not done, no threshold was advised, or the sensor has gone.
        """
        _, now = self._running()
        if now.finding is None or now.progress is None or now.progress.task is not Task.DONE:
            raise FittingError(Misfit.NOT_DONE)
        if self._address is None:
            raise FittingError(Misfit.NO_SENSOR)
        calibration = calibrated(now.finding, self._address, now.place, slouch=slouch)
        self._guide = self._now = None
        await asyncio.to_thread(self._fittings.keep, calibration)
        self._place = None
        self._use(calibration.mounting)
        return calibration

    def _running(self) -> tuple[Guide, CalibrationNow]:
        if self._guide is None or self._now is None:
            raise FittingError(Misfit.NOT_RUNNING)
        return self._guide, self._now

    # Places

    async def places(self) -> list[Calibration]:
        """Of the sensor that is connected, or of all; the one in use first."""
        return await asyncio.to_thread(self._fittings.calibrations, self._asking.address)

    async def choose(self, place: str) -> Calibration:
        """Use the calibration of that place from now on, also in later runs.

        Raises:
            FittingError: no sensor is connected, or nothing was calibrated there.
        """
        address, at_ns = self._asking.address, self._clock_ns()
        if address is None:
            raise FittingError(Misfit.NO_SENSOR)
        chosen = await asyncio.to_thread(self._fittings.choose, address, place, at_ns)
        if chosen is None:
            raise FittingError(Misfit.NO_PLACE)
        self._place = None
        self._use(chosen.mounting)
        return chosen

    async def forget(self, place: str) -> None:
        """Let go of the calibration of that place.

        Where it was in use, that of the place chosen before it is from now on; where there is
        none, the sensor's axes alone.

        Raises:
            FittingError: no sensor is connected, or nothing was calibrated there.
        """
        address, at_ns = self._asking.address, self._clock_ns()
        if address is None:
            raise FittingError(Misfit.NO_SENSOR)
        before = await asyncio.to_thread(self._fittings.calibrations, address)
        used = self._place or (before[0].place if before else NO_PLACE)
        if not await asyncio.to_thread(self._fittings.forget, address, place):
            raise FittingError(Misfit.NO_PLACE)
        if used != place:
            return
        self._place = None
        left = next((one.place for one in before if one.place != place), None)
        # Chosen anew, lest a zero taken at the place that is gone counts for this one.
        chosen = (
            None
            if left is None
            else await asyncio.to_thread(self._fittings.choose, address, left, at_ns)
        )
        self._use(self._marked if chosen is None else chosen.mounting)

    async def notes(self, start_ns: int, stop_ns: int) -> list[ZeroNote]:
        """Zeros taken and refused, and slips, in a stretch of time."""
        return await asyncio.to_thread(self._fittings.notes, start_ns, stop_ns)

    def _use(self, mounting: Mounting) -> None:
        self._asking.ask(Fitted(self._clock_ns(), mounting))


def calibrated(finding: Finding, sensor: str, place: str, *, slouch: bool) -> Calibration:
    """What was found, of whom and where.

    Raises:
        FittingError: `slouch` is asked for and no threshold was advised.
    """
    mounting = finding.mounting
    if slouch:
        if finding.slouch_rad is None:
            raise FittingError(Misfit.NO_SLUMP)
        mounting = replace(mounting, slouch_on_rad=finding.slouch_rad)
    return Calibration(sensor, place, finding.at_ns, mounting, finding.quality, finding.slouch_rad)


def place_name(text: str) -> str:
    """A name for a place as it is kept; raises FittingError for one that will not do."""
    name = " ".join(text.split())
    if not name or len(name) > PLACE_CHARACTERS or not name.isprintable() or name == NO_PLACE:
        raise FittingError(Misfit.PLACE_NAME)
    return name


def _refused(at_ns: int, by: Asker, refused: Refusal) -> Rezeroed:
    return Rezeroed(at_ns, at_ns, by, refused, 0.0, _UNKNOWN)


_UNKNOWN = Mounting((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), False, "unknown")
