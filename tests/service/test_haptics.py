"""What a sensor may vibrate for by itself, from profile and mounting."""

import math
from dataclasses import replace

import numpy as np
import pytest

from firmware_protocol.codes import RuleKind
from firmware_protocol.control import decode_message, encode_message
from monitor.link import Orders
from monitor.model import Haptics, Idle, Placement, SampleChunk, Segment
from monitor.orientation import mounting_from_axes
from monitor.pipeline import Step
from monitor.profiles import PROFILES, personal, placed
from monitor.service import Worn
from monitor.service.haptics import brief, device_neutral, device_rules
from monitor.service.worn import Wearing
from monitor.store import RawSamples
from tests.service.conftest import FakeLink, ScriptedPath

DESK = placed(PROFILES["desk"], Placement.UPPER_BACK)
MOUNTING = mounting_from_axes("+x", "-z")


def kinds(rules):
    return [rule.kind for rule in rules]


def test_out_of_range_the_sensor_watches_the_slouch_of_the_profile():
    slouch, *rest = device_rules(DESK, MOUNTING, Haptics.OUT_OF_RANGE)

    assert (slouch.kind, slouch.index) == (RuleKind.FORWARD, 0)
    assert (slouch.on_ddeg, slouch.off_ddeg) == (120, 80)
    assert (slouch.dwell_100ms, slouch.cooldown_s, slouch.most_per_hour) == (600, 300, 6)
    assert slouch.flags == 0
    assert kinds(rest) == [RuleKind.OFF] * 3


@pytest.mark.parametrize("haptics", [Haptics.OFF, Haptics.ALERTS])
def test_otherwise_every_rule_is_off_also_one_that_another_host_has_left(haptics):
    rules = device_rules(DESK, MOUNTING, haptics)

    assert kinds(rules) == [RuleKind.OFF] * 4
    assert [rule.index for rule in rules] == [0, 1, 2, 3]


def test_where_a_slouch_cannot_be_seen_there_is_no_rule():
    pelvis = placed(PROFILES["desk"], Placement.LOW_BACK)
    no_forward = mounting_from_axes("+x", None)

    assert kinds(device_rules(pelvis, MOUNTING, Haptics.OUT_OF_RANGE)) == [RuleKind.OFF] * 4
    assert kinds(device_rules(DESK, no_forward, Haptics.OUT_OF_RANGE)) == [RuleKind.OFF] * 4


def test_the_wearers_own_threshold_counts_from_sitting_tall():
    own = replace(MOUNTING, sit_tall_rad=math.radians(5), slouch_on_rad=math.radians(18))

    slouch = device_rules(DESK, own, Haptics.OUT_OF_RANGE)[0]

    assert (slouch.on_ddeg, slouch.off_ddeg) == (230, 170)

    chosen = personal(DESK, {"slouch_on_deg": 24.0})
    assert device_rules(chosen, own, Haptics.OUT_OF_RANGE)[0].on_ddeg == 290


@pytest.mark.parametrize(
    ("up", "forward", "vectors"),
    [
        ("+x", "-z", ((16384, 0, 0), (0, 0, -16384))),
        ("-y", "+x", ((0, -16384, 0), (16384, 0, 0))),
        ("+z", "-y", ((0, 0, 16384), (0, -16384, 0))),
    ],
)
def test_neutral_is_up_and_forward_in_the_axes_of_the_sensor(up, forward, vectors):
    said = device_neutral(mounting_from_axes(up, forward))

    assert (said.up_x, said.up_y, said.up_z) == vectors[0]
    assert (said.forward_x, said.forward_y, said.forward_z) == vectors[1]


def test_what_is_told_fits_its_fields():
    for rule in device_rules(DESK, MOUNTING, Haptics.OUT_OF_RANGE):
        assert decode_message(encode_message(replace(rule, id=1))) == replace(rule, id=1)


def test_a_new_zero_is_told_and_the_same_one_is_not():
    orders = Orders()
    orders.open("C0")
    tell = brief(orders, DESK, Haptics.OUT_OF_RANGE)

    tell(MOUNTING)
    for command in orders.differing():
        orders.answered(command, None)
    tell(MOUNTING)
    same = orders.differing()
    tell(mounting_from_axes("-x", "-z"))

    assert same == []
    assert [type(command).__name__ for command in orders.differing()] == ["SetNeutral"]


def test_when_the_sensor_shook_is_kept_with_the_samples_of_then():
    segment = Segment(0, 0, 100.0)
    chunks = [
        SampleChunk(segment, first, np.zeros((50, 3)), np.zeros((50, 3)), np.zeros(50, np.uint8))
        for first in (0, 50)
    ]
    shaken = (300_000_000, 700_000_000)
    path = ScriptedPath({5: Step(samples=[*chunks], shaken=[shaken])})
    worn = Worn(FakeLink([], stays=False), path, lambda: MOUNTING)

    _, _, items = Wearing(worn, 0, 0, DESK.alerts, simulated=False).take(Idle(5))

    assert [one.shaken for one in items if isinstance(one, RawSamples)] == [
        ((300_000_000, 500_000_000),),
        ((500_000_000, 700_000_000),),
    ]
