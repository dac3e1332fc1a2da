"""A command run to its end, and what it cost."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cost:
    """Of one process.

    Attributes:
        cpu_s: user and system.
        peak_mb: largest resident memory [10^6 bytes].
        output: what it printed.
    """

    cpu_s: float
    peak_mb: float
    output: str


def run(arguments: Sequence[str], *, may_end: tuple[int, ...] = (0,)) -> Cost:
    """Run a module of this tree; it must end as it may."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in may_end:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, output)
