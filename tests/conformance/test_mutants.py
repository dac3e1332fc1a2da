"""Every check has been seen to fail: for each there is a faulty firmware that it finds."""

import asyncio

import pytest

from backwatch.conformance import CHECKS, Bench, Outcome, choose, conforms, run_checks
from backwatch.conformance.check import Level
from backwatch.conformance.report import line as told
from tests.conformance.mutants import MUTANTS


def test_every_check_has_a_fault_that_it_finds():
    assert {check.name for check in CHECKS} == {name for name, _ in MUTANTS.values()}


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
