"""A sound device passes, and every check speaks of the specification as it is."""

import asyncio
import re
from importlib import resources

import pytest

from backwatch.conformance import CHECKS, Bench, Outcome, choose, conforms, run_checks
from firmware_protocol.codes import EventKind
from simulator.core import CoreSetup
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
    assert skipped == ["ring.keeps", "haptics.unable"]  # a full ring; a device with a motor


def test_a_device_without_parts_and_with_an_empty_ring_conforms_too():
    line = VirtualLine(CoreSetup(capabilities=0, rates_mhz=(100_000,)), up_s=0.0)

    verdicts = verdicts_of(line, destructive=True)

    assert unexpected(verdicts) == []
    assert conforms(verdicts)


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
