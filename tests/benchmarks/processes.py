"""A command run to its end, and what it cost."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
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
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        # Through a small process: Linux counts the memory of whoever starts a process to it.
        told = subprocess.run(
            [sys.executable, "-S", __file__, str(output), sys.executable, "-m", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        code, cpu_s, peak_mb = json.loads(told.stdout)
        if code not in may_end:
            raise RuntimeError(f"{' '.join(arguments)} ended with {code}: {told.stderr[-2000:]}")
        return Cost(cpu_s, peak_mb, output.read_text())


@contextlib.contextmanager
def started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A module of this tree meanwhile, told to end by the end of its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        try:
            yield process
        finally:
            process.stdin.close()


def cpu_s(pid: int) -> float:
    """User and system time of another process up to now, on Linux."""
    return time.clock_gettime((~pid << 3) | 2)  # its clock's number: clock_getcpuclockid(3)


def _main() -> None:
    with Path(sys.argv[1]).open("w") as output:
        process = subprocess.Popen(sys.argv[2:], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_s, peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6
    print(json.dumps([process.returncode, cpu_s, peak_mb]))


if __name__ == "__main__":
    _main()
