"""Every check has been seen to fail: for each there is a faulty firmware that it finds."""

import asyncio

import pytest

from backwatch.conformance import CHECKS, Bench, Outcome, choose, conforms, run_checks
from backwatch.conformance.check import Level
from backwatch.conformance.report import line as told
from tests.conformance.mutants import MUTANTS


def test_every_check_has_a_fault_that_it_finds():
    assert {check.name for check in CHECKS} == {name for name, _ in MUTANTS.values()}


def test_the_bytes_in_question_are_shown():
    (check,) = choose(["stream.clock_runs"], destructive=False)
    mutant = next(m for name, m in MUTANTS.values() if name == check.name)

    async def run():
        return [verdict async for verdict in run_checks(Bench(mutant()), [check])]

    (verdict,) = asyncio.run(run())

    shown = [entry for entry in verdict.evidence if entry.endswith(" ...")]
    assert 2 <= len(shown) <= 3
    assert all(entry.startswith("<- IMU: 01 0a 07 00 00 00") for entry in shown)


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_is_found(fault):
    name, mutant = MUTANTS[fault]
    (check,) = choose([name], destructive=True)

    async def run():
        return [verdict async for verdict in run_checks(Bench(mutant()), [check])]

    (verdict,) = asyncio.run(run())

    assert verdict.outcome is Outcome.FAIL, verdict.remark
    assert conforms([verdict]) is (check.level is Level.SHOULD)
    assert check.section in told(verdict)
