"""A link, the path, the store and the page put together and run until told to stop."""

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from backwatch.coaching import make_coach, own_thresholds, phase_profile
from backwatch.errors import UserError
from backwatch.recorded import Recorded
from backwatch.telling import Telling
from dashboard import Access, Address, DashboardError, Person, create_app, names, serve
from dashboard.auth import KEY_NAME
from dashboard.demo import Demo, Pace
from dashboard.developer import Developer
from dashboard.faults import Faults
from monitor.config import Config, ConfigError, SensorConfig, data_folder
from monitor.link import (
    SENSORS_NAME,
    AskedLink,
    BleLink,
    Bonds,
    Link,
    LinkError,
    Orders,
    Radio,
    RecordedLink,
    Recorder,
    Sampling,
    TapeWriter,
    tapes_folder,
)
from monitor.model import NS_PER_S, Haptics, Mounting, Numbered, Placement, Ruled
from monitor.orientation import MountingError, mounting_from_axes
from monitor.pipeline import Interpret, Pipeline, Step
from monitor.plausible import Plausible
from monitor.profiles import PROFILES, SEES_THE_CHEST, Profile, personal, placed
from monitor.service import NO_PLACE, Coach, Fitting, Monitor, Retention, Roster, Rules, Worn, brief
from monitor.store import Fittings, Store, StoreError

DAY_NS = 24 * 3600 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Session:
    """What runs now.

    Attributes:
        link: opens the page once; None without a page.
        elsewhere: links for other devices, each of which opens it once, the likeliest first;
            none where the page is for this machine only.
    """

    monitor: Monitor
    link: str | None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Where results go besides store and page.

    Attributes:
        words: a step to lines.
        tell: takes each line.
        tape: raw link events are written there; of the second sensor to the same name with
            "-2", and so on.
    """

    words: Callable[[Step], Iterator[str]] = field(default=lambda _: iter(()))
    tell: Callable[[str], object] = print
    tape: Path | None = None


def make_pipeline(
    config: Config,
    worn: SensorConfig | None = None,
    base: Callable[[], Profile] | None = None,
) -> Pipeline:
    """The path as configured, or UserError; of the sensor that counts unless another is named.

    Args:
        base: the profile where the wearer has set nothing (`Ruled`); None is that of the
            configuration.
    """
    worn = worn or config.worn[0]
    in_force = base or partial(_profile, config.profile)
    calibrated = worn.neutral_s is not None
    try:
        mounting = mounting_from_axes(worn.up, worn.forward)
    except MountingError as error:
        raise UserError(str(error)) from error

    def interpret(neutral_s: float | None = None) -> Interpret:
        profile = placed(in_force(), worn.placement, calibrated=calibrated)
        standing = placed(in_force(), worn.placement, calibrated=True)
        return Interpret(profile, mounting, neutral_s, standing=standing)

    def ruled(event: Ruled) -> tuple[Profile, Profile]:
        profile = _profile(event.profile) if event.profile else in_force()
        own = personal(profile, dict(event.own))
        return (
            placed(own, worn.placement, calibrated=calibrated),
            placed(own, worn.placement, calibrated=True),
        )

    anew = partial(interpret, worn.neutral_s)
    return Pipeline(anew(), past=interpret, anew=anew, ruled=ruled)


def _stored(store: Store, *, simulated: bool) -> list[Numbered]:
    """Samples of the last two days, which need not be heard again."""
    queries = store.queries(simulated=simulated)
    try:
        return queries.numbers(time.time_ns() - 2 * DAY_NS)
    finally:
        queries.close()


@dataclass(frozen=True, slots=True)
class _InForce:
    """What is read and alerted by.

    Attributes:
        usual: what holds where the person has set nothing, by their phase, if any.
        profile: with the thresholds they have made their own, and at the pace of a demo.
        rules: what of it the person has set.
    """

    usual: Profile
    profile: Profile
    rules: Rules


def _in_force(config: Config, store: Store, pace: Pace | None) -> _InForce:
    """By what is stored now; UserError where that cannot be used."""
    with contextlib.closing(store.journal()) as journal:
        kept = journal.wishes()
    phase, own = phase_profile(kept), own_thresholds(kept)
    usual = _profile(phase or config.profile)
    paced = usual if pace is None or phase else pace.profile
    try:
        profile = personal(paced, own)
    except ValueError as error:
        raise UserError(f"{error}; put it back: backwatch alerts set NAME") from error
    return _InForce(usual, profile, Rules(profile.alerts, phase, tuple(sorted(own.items()))))


def _as_configured(config: Config, pace: Pace | None) -> _InForce:
    """By the configuration, and at the pace of a demo."""
    usual = _profile(config.profile)
    profile = usual if pace is None else pace.profile
    return _InForce(usual, profile, Rules(profile.alerts))


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise UserError(f"profile {name!r} is not one of {', '.join(PROFILES)}")
    return PROFILES[name]


@asynccontextmanager
async def session(
    config: Config,
    *,
    simulated: bool,
    told: Told,
    page: bool = True,
    demo: Demo | None = None,
    faults: Faults | None = None,
) -> AsyncIterator[Session]:
    """Run from here to the end of the context; a part that fails ends the context with it.

    Args:
        demo: what the page is told of a demo; None: this is none.
        faults: of the simulated sensor; None: there are none to be had from here.
    """
    _profile(config.profile)  # before anything is made
    pace = None if demo is None else demo.pace
    async with contextlib.AsyncExitStack() as stack:
        with _explained():
            store = await asyncio.to_thread(Store, config.db)
            begun = in_force = await asyncio.to_thread(_in_force, config, store, pace)
            configured = _as_configured(config, pace)
            pipelines = [
                make_pipeline(config, worn, lambda: configured.profile) for worn in config.worn
            ]
            person: Person | None = None

            def anew() -> Rules:
                nonlocal in_force
                try:
                    in_force = _in_force(config, store, pace)
                except UserError:  # such as of somebody before; it must not keep what is set now
                    in_force = configured
                if person is not None:
                    person.profile, person.usual = in_force.profile, in_force.usual
                return in_force.rules

            stored = await asyncio.to_thread(_stored, store, simulated=simulated)
            radio = Radio(config.adapter, Bonds(config.db.parent / SENSORS_NAME))
            stack.push_async_callback(radio.close)
            await radio.check()
            fittings = await asyncio.to_thread(store.fittings)
            stack.push_async_callback(asyncio.to_thread, fittings.close)
            fitting: Fitting | None = None
            coach: Coach | None = None
            worn = []
            recorders: list[Recorder] = []
            for number, (one, pipeline) in enumerate(zip(config.worn, pipelines, strict=True)):
                pipeline.acquire.leave_out(stored)
                heard = BleLink(one.sensor, radio=radio)
                heard.orders.sampling = Sampling(
                    config.rate_hz, config.acc_range_g, config.gyr_range_dps
                )
                asked = AskedLink(heard, _fitted(fittings, one))
                if number == 0:
                    fitting = Fitting(
                        asked,
                        fittings,
                        marked=pipeline.interpret.mounting,
                        guide=begun.profile.guide,
                        place=one.place,
                    )
                recorder = Recorder(
                    tapes_folder(config.db),
                    _calibrated(pipeline),
                    lambda: monitor.recording().kept_since_ns,
                )
                recorders.append(recorder)
                link: Link = recorder.heard(asked)
                if told.tape is not None:
                    tape = await asyncio.to_thread(TapeWriter, _tape(told.tape, number))
                    stack.callback(tape.close)
                    link = RecordedLink(link, tape)
                carried = _worn(link, heard, pipeline, one)
                haptics = config.haptics if number == 0 else Haptics.OFF

                def told_of(
                    mounting: Mounting,
                    orders: Orders = heard.orders,
                    placement: Placement = one.placement,
                    haptics: Haptics = haptics,
                ) -> None:
                    brief(orders, placed(in_force.profile, placement), haptics)(mounting)

                worn.append(replace(carried, brief=told_of, ask=asked.ask))
                if number == 0:
                    coach = await asyncio.to_thread(
                        make_coach,
                        config,
                        store,
                        heard.orders,
                        simulated=simulated,
                        ask=asked.ask,
                        manners=None if pace is None else pace.manners,
                    )
            first, *beside = worn
            telling = Telling(
                pipelines[0],
                told.words,
                told.tell,
                Plausible(config.worn[0].up, config.worn[0].forward),
            )
            monitor = Monitor(
                first.link,
                telling,
                store,
                mounting=first.mounting,
                placement=first.placement,
                status=first.status,
                brief=first.brief,
                ask=first.ask,
                objections=telling.objections,
                beside=beside,
                fitting=fitting,
                coach=coach,
                alerts=begun.profile.alerts,
                rules=begun.rules,
                anew=anew,
                forget_tapes=recorder.forget_before,
                trunk=begun.profile.trunk,
                simulated=simulated,
                retention=Retention(
                    config.keep_details_days or None,
                    config.keep_summaries_days or None,
                    config.keep_raw_days or None,
                ),
            )
            address: Address | None = None
            if page:
                access = await asyncio.to_thread(Access, config.db.parent / KEY_NAME)
                queries = await asyncio.to_thread(store.queries, simulated=simulated)
                journal = await asyncio.to_thread(store.journal)
                stack.callback(journal.close)
                person = Person(
                    journal,
                    queries,
                    coach,
                    begun.profile,
                    begun.usual,
                    slouch_seen=config.placement in SEES_THE_CHEST,
                    simulated=simulated,
                )
                recorded = Recorded(
                    config,
                    lambda: in_force.profile,
                    configured.profile,
                    recorders,
                    queries,
                    simulated=simulated,
                )
                stack.push_async_callback(recorded.close)
                app = create_app(
                    monitor,
                    queries,
                    access=access,
                    simulated=simulated,
                    hosts=names(config.host),
                    slouch_seen=config.placement in SEES_THE_CHEST,
                    fitting=fitting,
                    roster=Roster(radio),
                    demo=demo,
                    developer=Developer(faults, recorded),
                    person=person,
                )
                address = await stack.enter_async_context(serve(app, config.host, config.port))
        links: list[str] = []  # made once all is well: each opens the page
        if address is not None:
            others = await asyncio.to_thread(address.elsewhere)
            links = [each.link(access.new_link_token()) for each in (address, *others)]
        keep_what_is_here()
        async with _running(monitor):
            yield Session(monitor, next(iter(links), None), tuple(links[1:]))


def _worn(link: Link, heard: BleLink, pipeline: Pipeline, worn: SensorConfig) -> Worn:
    return Worn(
        link,
        pipeline,
        lambda: pipeline.interpret.mounting,
        worn.placement,
        lambda: heard.status,
    )


def _calibrated(pipeline: Pipeline) -> Callable[[], Mounting | None]:
    """How the sensor sits, once more is known of that than its axes."""
    axes = pipeline.interpret.mounting

    def now() -> Mounting | None:
        mounting = pipeline.interpret.mounting
        return None if mounting == axes else mounting

    return now


def _fitted(fittings: Fittings, worn: SensorConfig) -> Callable[[str], Mounting | None]:
    """How the sensor of an address sits at the place that is named, or was chosen last."""
    if worn.place == NO_PLACE:
        return lambda _: None
    return lambda address: fittings.worn(address, time.time_ns(), worn.place)


def _tape(first: Path, number: int) -> Path:
    return first if number == 0 else first.with_name(f"{first.stem}-{number + 1}{first.suffix}")


@asynccontextmanager
async def _running(monitor: Monitor) -> AsyncIterator[None]:
    """The monitor as a task, from when it can write: its failure cancels the body, the body's
    end closes it."""
    body = asyncio.current_task()
    assert body is not None
    task = asyncio.create_task(monitor.run(), name="backwatch monitor")

    def failed(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and done.exception() is not None:
            body.cancel()

    task.add_done_callback(failed)
    try:
        with _explained():
            try:
                ready = asyncio.create_task(monitor.ready.wait(), name="backwatch ready")
                try:
                    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    ready.cancel()
                yield
            except asyncio.CancelledError:
                if task.done() and task.exception() is not None:
                    body.uncancel()
                    await task
                raise
            monitor.close()
            await task
    finally:
        monitor.close()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def keep_what_is_here() -> None:
    """Let the garbage collector pass over what has been loaded and made up to now.

    It stays as long as the process; going through all of it holds up samples and answers by
    100 ms, every few hundred requests.
    """
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """What a person can put right, as UserError."""
    try:
        yield
    except (LinkError, StoreError, DashboardError, ConfigError) as error:
        raise UserError(str(error)) from error


@contextlib.contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Set by SIGINT or SIGTERM, from before anybody is told that all is up."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def until(stop: asyncio.Event, seconds: float | None = None) -> bool:
    """Wait to be stopped, or for a time; whether the time has passed."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return True
    return False


def demo_folder(number: int = 1) -> Path:
    """Where simulated days are kept, apart from real ones; several demos at once each have one."""
    return data_folder() / ("demo" if number == 1 else f"demo-{number}")
