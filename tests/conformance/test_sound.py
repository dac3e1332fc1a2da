"""A sound device passes, and every check speaks of the specification as it is."""

import asyncio
import re
from importlib import resources

import pytest

from backwatch.conformance import CHECKS, Bench, Outcome, choose, conforms, run_checks
from backwatch.conformance.report import summary
from firmware_protocol import gatt
from firmware_protocol.codes import EventKind
from monitor.link.probe import ProbeError
from simulator.core import CoreSetup, DeviceCore, Engine
from tests.conformance.virtual import VirtualLine


def verdicts_of(line, only=(), destructive=False):
    async def run():
        checks = choose(only, destructive=destructive)
        return [verdict async for verdict in run_checks(Bench(line), checks)]

    return asyncio.run(run())


def unexpected(verdicts, allowed=(Outcome.PASS, Outcome.SKIP)):
    return [(v.check.name, v.remark) for v in verdicts if v.outcome not in allowed]


def test_a_sound_device_passes_all_checks():
    line = VirtualLine(CoreSetup(ring_samples=2000), up_s=60.0)
    line.core.press(EventKind.MARK)

    verdicts = verdicts_of(line, destructive=True)

    assert unexpected(verdicts) == []
    assert conforms(verdicts)
    skipped = [v.check.name for v in verdicts if v.outcome is Outcome.SKIP]
    # No passkey, a full ring, a device with a motor.
    assert skipped == ["encryption.passkey", "ring.keeps", "haptics.unable"]


def test_a_device_without_parts_and_with_an_empty_ring_conforms_too():
    line = VirtualLine(CoreSetup(capabilities=0, rates_mhz=(100_000,)), up_s=0.0)

    verdicts = verdicts_of(line, destructive=True)

    assert unexpected(verdicts) == []
    assert conforms(verdicts)


def test_a_device_that_offers_no_control_is_said_to_conform_to_version_1_only():
    line = VirtualLine(CoreSetup(), up_s=10.0)
    line.offers = tuple(offered for offered in line.offers if offered.uuid != gatt.CONTROL)

    verdicts = verdicts_of(line, only=["config", "hello"])

    assert summary(verdicts).endswith("conforms to version 1 only, as far as it was checked.")


class Fast(VirtualLine):
    rate_hz = 1000.0


class Slow(VirtualLine):
    rate_hz = 10.0


class Narrow(VirtualLine):
    largest_mtu = 35


class Narrowest(VirtualLine):
    largest_mtu = 23


class Wide(VirtualLine):
    largest_mtu = 517


class Busy(VirtualLine):
    def room(self):
        return 1


class Modelled(VirtualLine):
    def power_up(self, setup):
        return DeviceCore(7, setup, engine=Engine.MODEL)


class Drifting(VirtualLine):
    drift = 1.0004


@pytest.mark.parametrize(
    ("kind", "setup"),
    [
        (Fast, CoreSetup(rates_mhz=(1_000_000,))),
        (Slow, CoreSetup(rates_mhz=(10_000,))),
        (Narrow, CoreSetup()),
        (Narrowest, CoreSetup()),
        (Wide, CoreSetup(frame_samples=25)),
        (Busy, CoreSetup()),
        (VirtualLine, CoreSetup(ring_samples=64)),
        (Modelled, CoreSetup()),
        (Drifting, CoreSetup()),
    ],
)
def test_sound_devices_of_all_sizes_conform(kind, setup):
    verdicts = verdicts_of(kind(setup, 10.0), destructive=True)

    assert conforms(verdicts), unexpected(verdicts)
    assert [name for name, _ in unexpected(verdicts)] in ([], ["config.mtu"])


class Leaves(VirtualLine):
    """Its battery is empty after ten connections."""

    connections = 0

    async def connect(self, mtu=None):
        self.connections += 1
        if self.connections > 10:
            raise ProbeError("nobody there")
        await super().connect(mtu)


def test_a_device_that_leaves_ends_the_checks_soon_and_does_not_conform():
    line = Leaves()

    verdicts = verdicts_of(line)

    assert not conforms(verdicts)
    assert len(verdicts) == len(choose([], destructive=False))
    assert line.connections < 20
    assert verdicts[-1].remark == "not checked: it does not answer any more"


class Surprises(VirtualLine):
    def config(self):
        raise ZeroDivisionError("our own fault")


def test_a_fault_of_our_own_is_an_error_of_one_check():
    verdicts = verdicts_of(Surprises(), ["config.valid", "hello.again"])

    assert [verdict.outcome for verdict in verdicts] == [Outcome.ERROR, Outcome.PASS]
    assert "please report it: ZeroDivisionError" in verdicts[0].remark


def test_names_are_unique_and_each_sentence_stands_in_its_section():
    text = resources.files("firmware_protocol").joinpath("spec.md").read_text()
    parts = re.split(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", text, flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    said = {number: " ".join(body.split()) for number, body in sections.items()}

    assert len({check.name for check in CHECKS}) == len(CHECKS)
    missing = [
        (check.name, check.section, check.sentence)
        for check in CHECKS
        if " ".join(check.sentence.split()) not in said.get(check.section, "")
    ]
    assert missing == []


def test_only_names_checks_groups_and_sections():
    assert [check.name for check in choose(["hello.again"], destructive=False)] == ["hello.again"]
    assert all(c.name.startswith("time.") for c in choose(["time"], destructive=False))
    assert {c.section for c in choose(["12"], destructive=True)} >= {"12.2", "12.3", "12.4"}
    assert not any(check.destructive for check in choose([], destructive=False))
    with pytest.raises(LookupError, match="nonsense"):
        choose(["nonsense"], destructive=False)
