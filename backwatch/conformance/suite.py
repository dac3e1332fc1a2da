"""Checks carried out against a device, and what became of them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from backwatch.conformance.bench import Bench
from backwatch.conformance.check import BreachError, Check, Level, Outcome, SkippedError
from backwatch.conformance.checks import CHECKS
from firmware_protocol import gatt
from monitor.link.errors import LinkError

EVIDENCE_LINES = 14  # of the log, with a check that did not pass; chosen by us

PATIENCE = 4  # checks in a row that could not be carried out: it is gone; chosen by us
NO_CONTROL = "no control characteristic: a version 1 device"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one check.

    Attributes:
        remark: what was measured, what was wrong, or why it was not checked.
        evidence: the last bytes said and heard, if it did not pass.
        seconds: how long it took.
    """

    check: Check
    outcome: Outcome
    remark: str
    evidence: tuple[str, ...]
    seconds: float


def choose(only: Sequence[str], *, destructive: bool) -> tuple[Check, ...]:
    """The checks by name, group, or section; all where none is named.

    Raises:
        LookupError: a word that names none; the word is its argument.
    """
    chosen = []
    for word in only:
        matching = [check for check in CHECKS if _matches(check, word)]
        if not matching:
            raise LookupError(word)
        chosen += matching
    return tuple(
        check
        for check in CHECKS
        if (check in chosen or not only) and (destructive or not check.destructive)
    )


async def run_checks(bench: Bench, checks: Sequence[Check]) -> AsyncIterator[Verdict]:
    """Each verdict as soon as it is there.

    Raises:
        LinkError: there is no device to check, or no adapter.
    """
    await bench.connect()
    control = any(offered.uuid == gatt.CONTROL for offered in bench.line.offered())
    errors = 0
    for check in checks:
        if errors >= PATIENCE:
            yield Verdict(check, Outcome.ERROR, "not checked: it does not answer any more", (), 0.0)
            continue
        await bench.clear()
        begin_s = bench.line.now_s()
        outcome, remark = Outcome.PASS, ""
        if check.control and not control:
            outcome = Outcome.SKIP
            remark = NO_CONTROL
        else:
            try:
                remark = await check.run(bench) or ""
            except BreachError as error:
                outcome, remark = Outcome.FAIL, str(error)
            except SkippedError as error:
                outcome, remark = Outcome.SKIP, str(error)
            except LinkError as error:
                outcome, remark = Outcome.ERROR, str(error)
            except Exception as error:  # a device may do what we did not think of
                outcome = Outcome.ERROR
                remark = f"the check itself failed, please report it: {error!r}"
        errors = errors + 1 if outcome is Outcome.ERROR else 0
        bench.hear()
        shown = outcome in (Outcome.FAIL, Outcome.ERROR)
        evidence = tuple(bench.log[-EVIDENCE_LINES:]) if shown else ()
        yield Verdict(check, outcome, remark, evidence, bench.line.now_s() - begin_s)
    await bench.clear()


def conforms(verdicts: Sequence[Verdict]) -> bool:
    """Whether nothing that binds failed, and all of it could be checked."""
    return not any(
        verdict.outcome is Outcome.ERROR
        or (verdict.outcome is Outcome.FAIL and verdict.check.level is Level.MUST)
        for verdict in verdicts
    )


def protocol_of(verdicts: Sequence[Verdict]) -> int:
    """The version that could be checked: 1 where the device has no control characteristic."""
    return 1 if any(verdict.remark == NO_CONTROL for verdict in verdicts) else 2


def _matches(check: Check, word: str) -> bool:
    group = check.name.partition(".")[0]
    return word in (check.name, group, check.section) or check.section.startswith(f"{word}.")


__all__ = ["Verdict", "choose", "conforms", "protocol_of", "run_checks"]
