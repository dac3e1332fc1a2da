"""Faults as people write them, and as docs/faults.md lists them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from backwatch.__main__ import main
from simulator.device import Device
from simulator.errors import SimulatorError
from simulator.faults import FAULTS, FaultError, Need, listing, parse_fault
from simulator.peripheral import Peripheral
from simulator.vendors import Movesense
from simulator.vendors.peripheral import VendorPeripheral

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "faults.md"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("lost-frames", {"share": 0.02}),
        ("lost-frames:0.1", {"share": 0.1}),
        ("lost-frames:share=10%", {"share": 0.1}),
        ("out-of-range:5min", {"lasting": 300.0, "at": 10.0, "every": 0.0}),
        ("out-of-range:at=2,lasting=1h", {"lasting": 3600.0, "at": 2.0, "every": 0.0}),
        ("reboot:1, 20s", {"at": 1.0, "every": 20.0}),
        ("clock-jump:by=-2.5", {"by": -2.5, "at": 10.0, "every": 0.0}),
        ("slipped:-15deg,tilt", {"angle": -15.0, "way": "tilt", "at": 10.0, "every": 0.0}),
        ("upside-down", {}),
    ],
)
def test_a_fault_is_read_with_its_defaults(text, values):
    fault = parse_fault(text)

    assert dict(fault.values) == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lost-frame", "did you mean lost-frames?"),
        ("lost", "did you mean lost-frames?"),
        ("", "there is no fault ''; use one of"),
        ("lost-frames:2", "share is '2'; give a number from 0 to 1, or per cent"),
        ("lost-frames:-0.1", "share is '-0.1'"),
        ("lost-frames:nan", "share is 'nan'"),
        ("lost-frames:0.1,0.2", "'0.2' is too much; it takes share"),
        ("reboot:at=1,at=2", "at is given twice"),
        ("reboot:when=2", "no argument 'when'; it takes at, every"),
        ("reboot:inf", "at is 'inf'"),
        ("reboot:3days", "at is '3days'; give a number from 0 to 604800 [s]"),
        ("small-mtu:23.5", "give a whole number from 23 to 517 [bytes]"),
        ("slipped:way=sidewards", "did you mean sideways?"),
        ("upside-down:1", "it takes no arguments"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_can(text, message):
    with pytest.raises(SimulatorError) as told:
        parse_fault(text)

    assert message in str(told.value)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_written_as_it_is_read(name):
    fault = parse_fault(name)

    assert parse_fault(str(fault)) == fault


def test_the_list_has_one_line_for_each_fault(capsys):
    assert main(["simulate-device", "--list-faults"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].split()[0] for line in lines] == list(FAULTS)
    for line in lines:
        assert parse_fault(re.sub(r"\[[^]]*\]", "", line.split()[0]))


def test_the_document_has_one_row_for_each_fault():
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", DOCUMENT.read_text(), re.MULTILINE)

    assert sorted(rows) == sorted(FAULTS)


def test_every_fault_has_a_test():
    sources = (HERE / "test_faults.py").read_text()

    named = set(re.findall(r"[\"' ]([a-z][a-z-]+)(?=[:\"' ])", sources))
    assert set(FAULTS) - named == set()


def _sensor(fault, transport="tcp-client:127.0.0.1:1", air=None):
    return Peripheral(
        transport,
        Device(7),
        iter(()),
        name="x",
        address="C0:00:00:00:00:01",
        faults=[parse_fault(fault)],
        air=air,
    )


@pytest.mark.parametrize("name", [name for name, act in FAULTS.items() if Need.AIR in act.NEEDS])
def test_a_fault_of_the_air_says_that_it_needs_one_of_its_own(name):
    with pytest.raises(FaultError, match=f"fault {name} acts through the air: .*--port"):
        _sensor(name)


def test_a_second_device_needs_a_virtual_air():
    with pytest.raises(FaultError, match="fault same-name needs a virtual air"):
        _sensor("same-name", transport="usb:0")


@pytest.mark.parametrize(
    "name", [name for name, act in FAULTS.items() if Need.FIRMWARE in act.NEEDS]
)
def test_a_fault_of_our_firmware_is_none_of_another_make(name):
    with pytest.raises(FaultError, match=f"fault {name} is one of our own firmware"):
        VendorPeripheral(
            "tcp-client:127.0.0.1:1",
            Movesense(),
            iter(()),
            name="x",
            address="C0:00:00:00:00:01",
            faults=[parse_fault(name)],
            air=object(),
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "nonsense"], "there is no fault 'nonsense'"),
        (["--fault", "out-of-range", "--air", "127.0.0.1:1"], "(--port, not --air or --transport)"),
        (["--fault", "reboot", "--device", "movesense"], "use it with --device backwatch"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(capsys, arguments, message):
    where = [] if "--air" in arguments else ["--port", "0"]

    assert main(["simulate-device", *where, *arguments]) == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_faults_are_listed_without_bumble():
    code = "import sys; sys.modules['bumble'] = None; from simulator import faults"
    code += "; print(faults.listing())"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == listing()
