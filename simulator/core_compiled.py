"""The C core as a shared library, built on first use, and called through cffi."""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import firmware_protocol

if TYPE_CHECKING:
    from simulator.core import CoreSetup

SOURCES = Path(firmware_protocol.__file__).parent / "c"
BOARD = SOURCES / "boards" / "host"
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
COMPILERS = ("cc", "gcc", "clang")
COMPILE_TIMEOUT_S = 120.0
STATISTICS = 12  # members of struct bw_statistics
BLOCK_BYTES = 240  # bw_ring.h
ALIGNMENT_BYTES = 8  # what the ring may skip to align itself


class NoCompilerError(Exception):
    """The C core cannot be built or loaded here; the message says why, after "because"."""


class CompiledCore:
    """`bw_host.h` with Python types. One object is one power-up."""

    def __init__(self, setup: "CoreSetup", boot_id: int, saved: bytes | None) -> None:
        """
        Raises:
            NoCompilerError: the core cannot be built or loaded here.
            ValueError: the setup does not hold.
        """
        ffi, library = _load()
        self._ffi, self._library = ffi, library
        described = ffi.new("struct bw_host_setup *")
        described.memory = setup.blocks * BLOCK_BYTES + ALIGNMENT_BYTES
        for name, values in (
            ("rates_mhz", setup.rates_mhz),
            ("acc_ranges_g", setup.acc_ranges_g),
            ("gyr_ranges_dps", setup.gyr_ranges_dps),
        ):
            for index, value in enumerate(values):
                getattr(described, name)[index] = value
        described.rates = len(setup.rates_mhz)
        described.acc_ranges = len(setup.acc_ranges_g)
        described.gyr_ranges = len(setup.gyr_ranges_dps)
        described.frame_samples = setup.frame_samples
        described.capabilities = setup.capabilities
        described.first_sequence = setup.first_sequence
        described.boot_id = boot_id
        kept = ffi.NULL if saved is None else ffi.from_buffer(saved)
        host = library.bw_host_new(described, kept, 0 if saved is None else len(saved))
        if host == ffi.NULL:
            raise ValueError(f"the C core does not start with {setup}")
        self._host = ffi.gc(host, library.bw_host_free)

    def set_clock(self, now_us: int) -> None:
        self._library.bw_host_set_clock(self._host, now_us)

    def set_store_fails(self, fails: bool) -> None:
        self._library.bw_host_set_store_fails(self._host, fails)

    def samples(self, counts: NDArray[np.int16], device_us: NDArray[np.uint64]) -> None:
        self._library.bw_host_samples(
            self._host,
            self._ffi.from_buffer("int16_t[]", counts),
            self._ffi.from_buffer("uint64_t[]", device_us),
            len(counts),
        )

    def skip(self, count: int) -> None:
        self._library.bw_host_skip(self._host, count)

    def connected(self, mtu: int) -> None:
        self._library.bw_host_connected(self._host, mtu)

    def mtu(self, mtu: int) -> None:
        self._library.bw_host_mtu(self._host, mtu)

    def disconnected(self) -> None:
        self._library.bw_host_disconnected(self._host)

    def subscribed(self, channel: int, on: bool) -> None:
        self._library.bw_host_subscribed(self._host, channel, on)

    def write(self, channel: int, payload: bytes) -> int:
        data = self._ffi.from_buffer(payload)
        return int(self._library.bw_host_write(self._host, channel, data, len(payload)))

    def button(self, kind: int) -> None:
        self._library.bw_host_button(self._host, kind)

    def condition(self, flags: int, percent: int, millivolts: int, self_test: int) -> None:
        self._library.bw_host_condition(self._host, flags, percent, millivolts, self_test)

    def poll(self, room: int) -> list[tuple[int, bytes]]:
        count = self._library.bw_host_poll(self._host, room)
        channel, size = self._ffi.new("int *"), self._ffi.new("uint32_t *")
        taken = []
        for index in range(count):
            data = self._library.bw_host_taken(self._host, index, channel, size)
            taken.append((int(channel[0]), bytes(self._ffi.buffer(data, size[0]))))
        return taken

    def config(self) -> bytes:
        data = self._ffi.new("uint8_t[17]")
        self._library.bw_host_config(self._host, data)
        return bytes(self._ffi.buffer(data))

    def boot_id(self) -> int:
        return int(self._library.bw_host_boot_id(self._host))

    def haptic(self) -> int:
        return int(self._library.bw_host_haptic(self._host))

    def saved(self) -> bytes | None:
        size = self._ffi.new("uint32_t *")
        data = self._library.bw_host_saved(self._host, size)
        return None if data == self._ffi.NULL else bytes(self._ffi.buffer(data, size[0]))

    def statistics(self) -> tuple[int, ...]:
        values = self._ffi.new("uint32_t[]", STATISTICS)
        members = self._library.bw_host_statistics(self._host, values, STATISTICS)
        assert members == STATISTICS
        return tuple(int(value) for value in values)


def sources() -> list[Path]:
    """The C files of the core and of the board that is a program, without a `main`."""
    return [*sorted(SOURCES.glob("*.c")), BOARD / "bw_host.c"]


def cache_folder() -> Path:
    """Where built libraries are kept: BACKWATCH_CACHE, or the user's cache folder."""
    named = os.environ.get("BACKWATCH_CACHE")
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "backwatch"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "backwatch"


def build(folder: Path) -> Path:
    """The shared library in `folder`, built if it is not there for these very sources.

    Safe to call from several processes at once: the file appears whole or not at all.

    Raises:
        NoCompilerError: no compiler, sources missing, or it does not compile.
    """
    files = sources()
    headers = [*sorted(SOURCES.glob("*.h")), BOARD / "bw_host.h"]
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise NoCompilerError(f"no C compiler was found (looked for {', '.join(COMPILERS)})")
    digest = hashlib.sha256(repr((compiler, STRICT, sys.platform)).encode())
    try:
        for path in [*files, *headers]:
            digest.update(path.name.encode() + path.read_bytes())
    except OSError as error:
        raise NoCompilerError(f"the C sources cannot be read: {error}") from error
    library = folder / f"core-{digest.hexdigest()[:16]}.so"
    if library.exists():
        return library
    with tempfile.TemporaryDirectory(prefix="backwatch-") as scratch:
        built = Path(scratch) / library.name
        include = ["-I", str(SOURCES), "-I", str(BOARD)]
        command = [compiler, *STRICT, "-O2", "-fPIC", "-shared", *include, "-o", str(built)]
        try:
            done = subprocess.run(
                [*command, *map(str, files)],
                capture_output=True,
                text=True,
                timeout=COMPILE_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoCompilerError(f"{compiler} does not run: {error}") from error
        if done.returncode != 0:
            first = (done.stderr.strip() or "it gave no reason").splitlines()[0]
            raise NoCompilerError(f"{compiler} refused the C core: {first}")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Renamed inside one folder, so that no other process loads half a file.
            part = library.with_name(f"{library.name}.{os.getpid()}")
            shutil.copy(built, part)
            part.replace(library)
        except OSError as error:
            raise NoCompilerError(f"{folder} cannot be written: {error}") from error
    return library


@functools.cache
def _load() -> tuple[Any, Any]:
    try:
        import cffi
    except ImportError as error:
        raise NoCompilerError(
            "cffi is not installed (it comes with backwatch[simulator])"
        ) from error
    ffi = cffi.FFI()
    ffi.cdef(_declarations())
    try:
        folder = cache_folder()
    except RuntimeError as error:  # the user has no home
        raise NoCompilerError(f"there is no folder for the built core: {error}") from error
    path = build(folder)
    try:
        return ffi, ffi.dlopen(str(path))
    except OSError as error:
        raise NoCompilerError(f"{path} cannot be loaded: {error}") from error


def _declarations() -> str:
    """`bw_host.h` without what cffi does not read."""
    try:
        text = (BOARD / "bw_host.h").read_text(encoding="utf-8")
    except OSError as error:
        raise NoCompilerError(f"the C sources cannot be read: {error}") from error
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


__all__ = ["CompiledCore", "NoCompilerError", "build", "cache_folder", "sources"]
