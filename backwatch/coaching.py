"""What a person has set, and the channels of this machine, put together to a coach."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from backwatch.errors import UserError
from dashboard.texts import alert_text
from firmware_protocol import codes
from monitor.coaching import Broker, Channel, Manners, Outcome, Pattern
from monitor.config import Config
from monitor.link import Orders
from monitor.model import NS_PER_S, Alert, Asked, Asker, Haptics, Wish
from monitor.profiles import THRESHOLDS
from monitor.service import Coach, Desktop, Speaker, Vibration, Webhook, look, vibrate
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.store import WishValue

DAY_NS = 24 * 3600 * NS_PER_S


def make_coach(
    config: Config,
    store: Store,
    orders: Orders,
    *,
    simulated: bool,
    ask: Callable[[Asked], None] = lambda _: None,
    manners: Manners | None = None,
) -> Coach:
    """The coach of this person, who was told what the journal says.

    A simulated person needs no desktop, and nobody looks whether this machine is in a call.

    Args:
        orders: of the sensor that may vibrate.
        ask: is told between its samples that it will.
        manners: what holds where the person has set nothing; None: the usual.
    """
    journal = store.journal()

    def broker() -> Broker:
        now_ns = time.time_ns()
        told = [
            (decision.alert.rule, decision.at_ns)
            for decision in journal.decisions(now_ns - 2 * DAY_NS, now_ns)
            if decision.outcome is Outcome.TOLD and decision.at_ns > now_ns - DAY_NS
        ]
        with contextlib.closing(store.queries(simulated=simulated)) as queries:
            first_ns = queries.first_worn_ns()
        return Broker(
            replace(manners or Manners(), baseline=not simulated),
            _local,
            first_day=None if first_ns is None else _local(first_ns).date(),
            told=told,
        )

    return Coach(
        broker(),
        journal,
        speakers=_speakers(config, orders, ask, simulated=simulated),
        words=_words,
        clock_ns=time.time_ns,
        look=None if simulated else look,
        simulated=simulated,
        manners=manners,
        renew=broker,
    )


def own_thresholds(kept: "Mapping[str, WishValue]") -> dict[str, float]:
    """Those of the wishes that are thresholds of the person."""
    return {
        name: float(value)
        for name, value in kept.items()
        if name in THRESHOLDS and isinstance(value, int | float)
    }


def phase_profile(kept: "Mapping[str, WishValue]") -> str | None:
    """The profile that a phase of recovery selects; None: none does."""
    phase = kept.get("phase")
    name = phase.get("profile") if isinstance(phase, dict) else None
    return name if isinstance(name, str) else None


def _speakers(
    config: Config, orders: Orders, ask: Callable[[Asked], None], *, simulated: bool
) -> dict[Channel, Speaker]:
    async def play(pattern: Pattern) -> bool:
        # Before the order goes out, so that not a sample of the shaking is believed.
        ask(Asked(time.time_ns(), Wish.VIBRATE, Asker.ALERT))
        return await vibrate(orders, _MOTOR[pattern])

    speakers: dict[Channel, Speaker] = {}
    if config.haptics is not Haptics.OFF:
        speakers[Channel.VIBRATION] = Vibration(play)
    if not simulated:
        speakers[Channel.DESKTOP] = Desktop()
    if config.webhook:
        try:
            speakers[Channel.WEBHOOK] = Webhook(config.webhook, config.webhook_secret or "")
        except ValueError as error:
            raise UserError(str(error)) from error
    return speakers


_MOTOR = {Pattern.EVENT: codes.Pattern.EVENT, Pattern.POSTURE: codes.Pattern.POSTURE}


def _words(alert: Alert) -> tuple[str, str]:
    text = alert_text(alert.rule, alert.values)
    return text.title, text.action


def _local(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / NS_PER_S)
