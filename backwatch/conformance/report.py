"""Verdicts for firmware engineers, and for scripts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from backwatch.conformance.check import Check, Level, Outcome
from backwatch.conformance.suite import Verdict, conforms, protocol_of
from backwatch.errors import printable
from monitor.link.probe import Advertised


def line(verdict: Verdict) -> str:
    """One verdict, with its evidence below it."""
    check = verdict.check
    word = verdict.outcome.value.upper()
    if verdict.outcome is Outcome.FAIL and check.level is Level.SHOULD:
        word = "WARN"
    out = [f"{word:5} {check.name}" + (f": {printable(verdict.remark)}" if verdict.remark else "")]
    if verdict.outcome in (Outcome.FAIL, Outcome.ERROR):
        out.append(f"      {check.level} by section {check.section}: “{check.sentence}”")
        out += [f"        {printable(entry)}" for entry in verdict.evidence]
    return "\n".join(out)


def summary(verdicts: Sequence[Verdict]) -> str:
    """What it comes to."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    warned = sum(
        verdict.outcome is Outcome.FAIL and verdict.check.level is Level.SHOULD
        for verdict in verdicts
    )
    told = (
        f"{counts[Outcome.PASS]} passed, {counts[Outcome.FAIL] - warned} failed, "
        f"{warned} warnings, {counts[Outcome.SKIP]} skipped, {counts[Outcome.ERROR]} errors"
    )
    to = " to version 1 only" if protocol_of(verdicts) == 1 else ""
    does = f"conforms{to}, as far as it was checked" if conforms(verdicts) else "does not conform"
    return f"{told}: the device {does}."


def listing(checks: Sequence[Check]) -> str:
    """The checks without carrying them out."""
    return "\n".join(
        f"{check.name:28} {check.section:5} {check.level.value:6} "
        f"{'destructive ' if check.destructive else ''}“{check.sentence}”"
        for check in checks
    )


def as_json(device: Advertised, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "device": {"address": device.address, "name": device.name},
        "protocol": protocol_of(verdicts),
        "conforms": conforms(verdicts),
        "checks": [
            {
                "name": verdict.check.name,
                "section": verdict.check.section,
                "level": verdict.check.level.value,
                "sentence": verdict.check.sentence,
                "outcome": verdict.outcome.value,
                "remark": verdict.remark,
                "evidence": list(verdict.evidence),
                "seconds": round(verdict.seconds, 3),
            }
            for verdict in verdicts
        ],
    }


__all__ = ["as_json", "line", "listing", "summary"]
