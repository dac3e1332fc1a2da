"""The device core in C compiles for people and for the chip, and is as small as its README says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import firmware_protocol

C = Path(firmware_protocol.__file__).parent / "c"
CORE = sorted(C.glob("*.c"))
HOST = sorted((C / "boards" / "host").glob("*.c"))
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I", C, "-I", C / "boards/host"]
CORTEX_M4 = ["-mcpu=cortex-m4", "-mthumb", "-Os", "-ffunction-sections", "-fdata-sections"]


def tool(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} was not found, so the C core is not compiled with it.")
    return found


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_the_core_compiles_without_a_warning(compiler, level, tmp_path):
    command = [tool(compiler), *STRICT, "-Wconversion", "-Wno-sign-conversion", level]
    if level == "-O0":
        command += ["-Wshadow", "-Wcast-align", "-Wstrict-prototypes", "-Wmissing-prototypes"]
    for path in [*CORE, *HOST]:
        done = subprocess.run(
            [*command, "-c", path, "-o", tmp_path / "out.o"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


def test_the_core_needs_no_heap_no_floats_and_no_operating_system():
    for path in [*CORE, *C.glob("bw_*.h")]:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"\b(float|double|malloc|calloc|realloc|free\(|printf)\b", text)
        included = set(re.findall(r"#include <(.*?)>", text))
        assert included <= {"stddef.h", "stdint.h", "string.h"}


@pytest.fixture(scope="module")
def cortex(tmp_path_factory):
    """Bytes of (text, data, bss) by file, and the symbols they need from elsewhere."""
    compiler, folder = tool("arm-none-eabi-gcc"), tmp_path_factory.mktemp("arm")
    sizes = {}
    objects = []
    for path in CORE:
        built = folder / (path.stem + ".o")
        subprocess.run(
            [compiler, *STRICT, *CORTEX_M4, "-c", path, "-o", built], check=True, timeout=60
        )
        told = subprocess.run(
            [tool("arm-none-eabi-size"), built], capture_output=True, text=True, check=True
        ).stdout.splitlines()[1]
        sizes[path.stem] = tuple(map(int, told.split()[:3]))
        objects.append(built)
    named = subprocess.run(
        [tool("arm-none-eabi-nm"), "-u", *objects], capture_output=True, text=True, check=True
    ).stdout
    return sizes, set(re.findall(r" U (\w+)", named))


def test_flash_and_ram_on_a_cortex_m4_are_what_the_readme_says(cortex, tmp_path):
    sizes, _ = cortex
    flash = sum(text + data for text, data, _ in sizes.values())
    static = sum(data + bss for _, data, bss in sizes.values())
    source = tmp_path / "size.c"
    source.write_text('#include "bw_core.h"\nstruct bw_core core;\n', encoding="utf-8")
    built = tmp_path / "size.o"
    subprocess.run(
        [tool("arm-none-eabi-gcc"), *STRICT, *CORTEX_M4, "-c", source, "-o", built], check=True
    )
    told = subprocess.run(
        [tool("arm-none-eabi-size"), built], capture_output=True, text=True, check=True
    ).stdout.splitlines()[1]
    ram = int(told.split()[2])
    readme = (C / "README.md").read_text(encoding="utf-8")
    (said_flash,) = re.findall(r"\| flash \| ([\d,]+) bytes", readme)
    (said_ram,) = re.findall(r"\| `struct bw_core` \| ([\d,]+) bytes", readme)

    assert static == 0
    assert abs(flash - int(said_flash.replace(",", ""))) <= 0.1 * flash, sizes
    assert abs(ram - int(said_ram.replace(",", ""))) <= 0.1 * ram


def test_the_core_links_to_nothing_but_memory_functions_and_arithmetic(cortex):
    _, needed = cortex

    outside = {name for name in needed if not name.startswith("bw_")}
    assert outside <= {"memcpy", "memset", "memcmp", "__aeabi_uldivmod", "__aeabi_ldivmod"}


def test_the_readme_names_every_function_a_board_provides():
    header = (C / "bw_core.h").read_text(encoding="utf-8")
    readme = (C / "README.md").read_text(encoding="utf-8")
    board = header[header.index("struct bw_board {") : header.index("/* What kind of device")]

    names = re.findall(r"\(\*(\w+)\)", board)

    assert names == ["clock_us", "notify", "random", "haptic", "store"]
    for name in names:
        assert f"`{name}`" in readme
    for name in re.findall(r"^(?:\w+ )+\*?(bw_core_\w+)\(", header, re.MULTILINE):
        assert f"`{name}`" in readme, name
