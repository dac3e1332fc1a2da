"""What the path makes, as lines."""

import json

from backwatch.telling import json_lines, word_lines
from monitor.model import NS_PER_S, DeviceCounters, DeviceEvent, DeviceEventKind
from monitor.pipeline import Step

T0_NS = 1_790_000_000 * NS_PER_S
MARKED = Step(
    device=[
        DeviceCounters(T0_NS, 0, 0, 0, 0, 0),
        DeviceEvent(T0_NS, DeviceEventKind.MARK, 0, 7, 3, time_trusted=False),
    ]
)


def test_a_marked_moment_is_a_line_for_programs():
    [line] = json_lines(MARKED)

    assert json.loads(line) == {
        "what": "mark",
        "kind": "mark",
        "at_ns": T0_NS,
        "value": 0,
        "time_trusted": False,
    }


def test_a_marked_moment_is_a_line_for_people():
    [line] = word_lines(MARKED)

    assert line.endswith("  * You marked this moment")
