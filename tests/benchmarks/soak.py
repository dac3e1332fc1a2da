"""Hours of drawn faults: what was injected, and where the samples are."""

import json
from collections.abc import Iterator

from tests.benchmarks.figures import Figure, Subject
from tests.benchmarks.processes import run

HOURS, QUICK_HOURS = 1.0, 0.02


def measure(quick: bool) -> Iterator[Figure]:
    hours = QUICK_HOURS if quick else HOURS
    command = ["tests.faults.soak", "--hours", f"{hours}", "--seed", "1"]
    told = json.loads(run(command, may_end=(0, 1)).output)
    said = f"{told['device_s'] / 3600:.1f} h of device time in {told['wall_s']:.0f} s"
    yield Figure("faults injected", told["injected"], "", note=said)
    yield Figure("connections", told["connections"], "")
    for name in ("measured", "stored"):
        yield Figure(f"samples {name}", told[name], "")
    for reason, count in told["lost"].items():
        yield Figure(f"lost: {reason}", count, "", note="as the device told")
    yield Figure("law broken", told["violations"], "times", most=0.0)


SUBJECT = Subject("soak", "Drawn faults against the law", measure)
