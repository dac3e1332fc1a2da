"""What comes from the field table: the C header, the tables of the specification, the vectors."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import firmware_protocol
from firmware_protocol import (
    ImuFrame,
    SensorConfig,
    decode_config,
    decode_frame,
    encode_config,
    encode_frame,
    errors,
    gatt,
    generate,
    samples_per_frame,
)
from firmware_protocol.layout import IMU_FRAME, LAYOUTS, SENSOR_CONFIG, Block, Field, Scalar

PACKAGE = Path(firmware_protocol.__file__).parent
VECTORS = json.loads((PACKAGE / "vectors.json").read_text(encoding="utf-8"))
CONFIG_BLOCK = Block(SENSOR_CONFIG.head.fields + SENSOR_CONFIG.tail.fields)

compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(
    compiler is None, reason="No C compiler was found, so the generated header is not compiled."
)


def vectors(message):
    return [pytest.param(row, id=row["name"]) for row in VECTORS[message]]


@pytest.mark.parametrize("row", vectors("imu_frame"))
def test_a_golden_frame_is_read_and_written_to_the_letter(row):
    got = decode_frame(bytes.fromhex(row["hex"]))

    assert (got.boot_id, got.sequence, got.device_us) == (
        row["boot_id"],
        row["sequence"],
        row["device_us"],
    )
    assert got.counts.tolist() == row["counts"]
    counts = np.array(row["counts"], dtype=np.int16)
    frame = ImuFrame(row["boot_id"], row["sequence"], row["device_us"], counts)
    assert encode_frame(frame).hex() == row["hex"]


@pytest.mark.parametrize("row", vectors("sensor_config"))
def test_a_golden_config_is_read_and_written_to_the_letter(row):
    fields = {key: value for key, value in row.items() if key not in ("name", "hex")}

    assert decode_config(bytes.fromhex(row["hex"])) == SensorConfig(**fields)
    assert encode_config(SensorConfig(**fields)).hex() == row["hex"]


@pytest.mark.parametrize("row", vectors("refused"))
def test_a_golden_fault_is_refused_for_its_reason(row):
    decode = {"imu_frame": decode_frame, "sensor_config": decode_config}[row["message"]]

    with pytest.raises(getattr(errors, row["reason"] + "Error")) as caught:
        decode(bytes.fromhex(row["hex"]))
    assert caught.value.offset == row["offset"]


def test_the_vectors_reach_every_reason_a_sender_can_give():
    reasons = {row["reason"] for row in VECTORS["refused"]}
    classes = {cls.__name__.removesuffix("Error") for cls in errors.ProtocolError.__subclasses__()}

    assert reasons == classes


def test_the_golden_numbers_of_samples_hold():
    for row in VECTORS["samples_per_frame"]:
        assert samples_per_frame(row["mtu"]) == row["samples"]


def test_the_generated_files_are_fresh():
    assert generate.main(["--check"]) == 0


def test_a_stale_file_is_found_and_renewed(tmp_path, monkeypatch, capsys):
    shutil.copytree(PACKAGE, tmp_path / "copy")
    monkeypatch.setattr(generate, "_HERE", tmp_path / "copy")
    spec = tmp_path / "copy" / "spec.md"
    fresh = spec.read_text(encoding="utf-8")
    spec.write_text(fresh.replace("| 6 | `sequence`", "| 7 | `sequence`"), encoding="utf-8")
    (tmp_path / "copy" / "vectors.json").unlink()

    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err.count("is stale") == 2
    assert generate.main([]) == 0
    assert spec.read_text(encoding="utf-8") == fresh
    assert generate.main(["--check"]) == 0


def test_a_specification_without_its_markers_is_refused():
    spec = (PACKAGE / "spec.md").read_text(encoding="utf-8")

    with pytest.raises(generate.StaleSpecError, match="sensor_config"):
        generate.with_tables(spec.replace("<!-- generated: sensor_config", "<!-- "))


def test_another_field_moves_those_after_it_in_every_table(monkeypatch):
    extra = Field("extra", Scalar.U16, "1", "new")
    monkeypatch.setattr(
        generate,
        "SENSOR_CONFIG",
        type(SENSOR_CONFIG)(
            "sensor_config",
            2,
            Block((extra, *SENSOR_CONFIG.head.fields)),
            SENSOR_CONFIG.record,
            SENSOR_CONFIG.tail,
        ),
    )

    table = generate.with_tables((PACKAGE / "spec.md").read_text(encoding="utf-8"))

    assert "| 17 | `crc` |" in table


def test_generated_files_say_so_in_line_1():
    for name in ("c/backwatch_protocol.h", "vectors.json"):
        first = (PACKAGE / name).read_text(encoding="utf-8").partition("\n")[0]
        assert re.search("[Gg]enerated.*do not edit", first)


def test_the_specification_states_the_sizes_that_hold():
    spec = (PACKAGE / "spec.md").read_text(encoding="utf-8")

    assert (IMU_FRAME.head.size, IMU_FRAME.record.size, IMU_FRAME.size(0)) == (18, 12, 20)
    assert "A head of 18 bytes, `n` samples of 12 bytes, a CRC of 2 bytes: 20 + 12 n" in spec
    assert SENSOR_CONFIG.size() == 17
    assert "config characteristic, 17 bytes" in spec


@pytest.fixture(scope="module")
def parser(tmp_path_factory):
    program = tmp_path_factory.mktemp("c") / "parse_vectors"
    source = Path(__file__).with_name("parse_vectors.c")
    strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", PACKAGE / "c"]
    subprocess.run([compiler, *strict, source, "-o", program], check=True, timeout=60)

    def run(*arguments, text=""):
        done = subprocess.run(
            [program, *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
        return done.stdout.splitlines()

    return run


@needs_compiler
def test_c_places_every_field_where_python_does(parser):
    lines = dict(line.rsplit(" ", 1) for line in parser("layout"))

    blocks = {
        "bw_imu_frame_head": IMU_FRAME.head,
        "bw_imu_frame_sample": IMU_FRAME.record,
        "bw_sensor_config": CONFIG_BLOCK,
    }
    for name, block in blocks.items():
        assert int(lines[name]) == block.size
    offsets = {key: value for key, value in lines.items() if "." in key}
    assert len(offsets) == 8
    for key, value in offsets.items():
        name, field = key.split(".")
        assert int(value) == blocks[name].offset(field)
    for mtu in range(601):
        assert int(lines[f"samples at {mtu}"]) == samples_per_frame(mtu)
    for name in ("SERVICE", "IMU", "CONFIG"):
        assert lines[name] == getattr(gatt, name).replace("-", "")


@needs_compiler
def test_c_reads_the_golden_vectors_as_python_does(parser):
    frames, configs = VECTORS["imu_frame"], VECTORS["sensor_config"]

    got = parser(text="".join(row["hex"] + "\n" for row in frames + configs))

    want = []
    for row in frames:
        flat = [n for sample in row["counts"] for n in sample]
        numbers = [1, row["boot_id"], row["sequence"], row["device_us"], *flat]
        want.append(" ".join(["frame", *map(str, numbers)]))
    for row in configs:
        names = ("boot_id", "rate_mhz", "acc_range_g", "gyr_range_dps", "samples_per_frame")
        want.append(" ".join(["config", "1", *(str(row[name]) for name in names)]))
    assert got == want


@needs_compiler
def test_the_header_asserts_every_offset_and_size():
    header = (PACKAGE / "c" / "backwatch_protocol.h").read_text(encoding="utf-8")

    for layout in LAYOUTS:
        for field in layout.head.fields + layout.record.fields:
            assert re.search(rf"BW_STATIC_ASSERT\(offsetof\(struct \w+, {field.name}\)", header)
            assert re.search(rf"BW_STATIC_ASSERT\(sizeof\(.*->{field.name}\)", header)


@needs_compiler
def test_a_wrong_offset_does_not_compile(tmp_path):
    header = (PACKAGE / "c" / "backwatch_protocol.h").read_text(encoding="utf-8")
    wrong = header.replace("OFFSET_SEQUENCE 6u", "OFFSET_SEQUENCE 7u")
    assert wrong != header
    path = tmp_path / "wrong.c"
    path.write_text(wrong, encoding="utf-8")

    done = subprocess.run(
        [compiler, "-std=c11", "-fsyntax-only", path], capture_output=True, text=True, timeout=60
    )

    assert done.returncode != 0
    assert "sequence begins at byte 6" in done.stderr


@needs_compiler
def test_the_header_is_cplusplus_too(tmp_path):
    if shutil.which("g++") is None:
        pytest.skip("No C++ compiler was found, so the header is compiled as C only.")
    path = tmp_path / "use.cpp"
    path.write_text('#include "backwatch_protocol.h"\n', encoding="utf-8")

    done = subprocess.run(
        ["g++", "-std=c++11", "-Wall", "-Werror", "-fsyntax-only", "-I", PACKAGE / "c", path],
        timeout=60,
    )

    assert done.returncode == 0
