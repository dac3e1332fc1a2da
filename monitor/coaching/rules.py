"""What each alert is, in one table: how it matters, where it sounds, when it is of no more use."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from monitor.model import Activity, Alert, Beat, Posture


class Kind(StrEnum):
    """What an alert is about; manners differ by it."""

    POSTURE = "posture"  # how long something lasts; kept apart, capped, held until it suits
    LIFT = "lift"  # how a bend or lift was done; capped, told after the return
    SERVICE = "service"  # about the sensor, or asked for by the person
    NOTICE = "notice"  # something follows; given up where it cannot be told at once
    SAFETY = "safety"  # a fall or a jolt; told at once, whatever is set


class Channel(StrEnum):
    """Where an alert can reach the person."""

    VIBRATION = "vibration"
    DESKTOP = "desktop"
    BROWSER = "browser"
    PAGE = "page"
    WEBHOOK = "webhook"


class Pattern(StrEnum):
    """How the sensor vibrates: postures repeat, events are short, as SpineWise has it."""

    NONE = "none"
    EVENT = "event"  # short
    POSTURE = "posture"  # repeating


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert.

    Attributes:
        name: as in `Alert.rule`.
        priority: of several at once, the highest is told.
        again_s: the rule asks again after so long while its condition lasts; back-off doubles it.
        keep_s: held for longer than this, it is of no more use [s].
        holds: whether its condition still holds, as a beat shows.
        title: in words, for settings and lists.
        delay: the setting of `monitor.alerts.Params` that says how long it waits; empty: at once.
    """

    name: str
    title: str
    kind: Kind
    priority: int
    delay: str
    channels: tuple[Channel, ...]
    pattern: Pattern
    again_s: float
    keep_s: float
    holds: Callable[[Alert, Beat], bool]


WHILE_BENT = ("hold", "limit")  # about being bent, so they need not wait until it is over
ONCE_IN_A_WHILE = ("jolt",)  # of what is told at once, whatever is set
SEATED = (Activity.SIT, Activity.UPRIGHT, Activity.RECLINE)
FLEXED_RAD = math.radians(20.0)  # ISO 11226

_SILENT = (Channel.DESKTOP, Channel.BROWSER, Channel.PAGE, Channel.WEBHOOK)
_ALL = (Channel.VIBRATION, *_SILENT)


def _always(_: Alert, __: Beat) -> bool:
    return True


def _slouched(_: Alert, beat: Beat) -> bool:
    return beat.posture is Posture.SLOUCHED


def _seated(_: Alert, beat: Beat) -> bool:
    return beat.activity in SEATED


def _standing(_: Alert, beat: Beat) -> bool:
    return beat.activity is Activity.STAND


def _unmoved(alert: Alert, beat: Beat) -> bool:
    return beat.static_since_ns is not None and beat.static_since_ns <= alert.since_ns


def _flexed(_: Alert, beat: Beat) -> bool:
    return beat.lean_rad >= FLEXED_RAD


# Priorities, channels and how long a cue is of use: chosen by us. A lift cue that comes half a
# minute late belongs to no lift any more; a reminder outlives the longest meeting.
_DAY_S = 86_400.0
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule("fall", "A movement like a fall", Kind.SAFETY, 100, "", _SILENT, Pattern.NONE,
                 0.0, _DAY_S, _always),
            Rule("jolt", "A jolt", Kind.SAFETY, 90, "", (Channel.PAGE,), Pattern.NONE,
                 0.0, _DAY_S, _always),
            Rule("lift", "A demanding lift", Kind.LIFT, 70, "", _ALL, Pattern.EVENT,
                 0.0, 30.0, _always),
            Rule("hold", "Staying bent", Kind.LIFT, 60, "hold_dose", _ALL, Pattern.POSTURE,
                 300.0, 30.0, _flexed),
            Rule("limit", "Near your own limit", Kind.SERVICE, 55, "", _ALL, Pattern.EVENT,
                 0.0, 5.0, _flexed),
            Rule("repetitive", "Many deep bends", Kind.LIFT, 50, "repetitive_window_s", _ALL,
                 Pattern.EVENT, 300.0, 600.0, _always),
            Rule("slipped", "The sensor has moved", Kind.SERVICE, 47, "", _SILENT, Pattern.NONE,
                 0.0, _DAY_S, _always),
            Rule("plan", "Your plan", Kind.SERVICE, 46, "", _SILENT, Pattern.NONE,
                 0.0, 3600.0, _always),
            Rule("sitting", "Time for a break", Kind.POSTURE, 45, "sitting_s", _ALL,
                 Pattern.POSTURE, 1800.0, _DAY_S, _seated),
            Rule("slouch", "Leaning forward", Kind.POSTURE, 40, "slouch_s", _ALL,
                 Pattern.POSTURE, 300.0, _DAY_S, _slouched),
            Rule("standing", "Standing for long", Kind.POSTURE, 30, "standing_s", _ALL,
                 Pattern.POSTURE, 2700.0, _DAY_S, _standing),
            Rule("static", "In one position", Kind.POSTURE, 20, "static_s", _ALL,
                 Pattern.POSTURE, 1200.0, _DAY_S, _unmoved),
            Rule("break_soon", "A break is due soon", Kind.NOTICE, 10, "notice_s",
                 (Channel.DESKTOP, Channel.BROWSER, Channel.PAGE), Pattern.NONE, 0.0, 0.0, _seated),
        )
    }
)  # fmt: skip


def rule(name: str) -> Rule:
    """The rule of an alert; one that a newer version wrote counts as a posture reminder."""
    return RULES.get(name) or Rule(
        name, name.replace("_", " ").capitalize(), Kind.POSTURE, 0, "", (Channel.PAGE,),
        Pattern.NONE, 300.0, 600.0, _always
    )  # fmt: skip
