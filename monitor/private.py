"""Bytes to files that only their owner may read, and back."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Write a file (0600) so that it is there whole, or as it was; its folder is made (0700).

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # is 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    with contextlib.suppress(OSError):  # a folder cannot be synced everywhere
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_private(path: Path) -> tuple[bytes | None, bool]:
    """The bytes, None without a file; and whether others could read it until now.

    Raises:
        OSError: it cannot be read, or belongs to somebody else.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None, False
    with os.fdopen(file, "rb") as stream:
        exposed = False
        if sys.platform != "win32":
            state = os.fstat(stream.fileno())
            if state.st_uid != os.geteuid():
                raise PermissionError(None, "it belongs to another user", str(path))
            exposed = bool(state.st_mode & 0o077)
            if exposed:
                os.fchmod(stream.fileno(), 0o600)
        return stream.read(), exposed


@contextlib.contextmanager
def changing(path: Path) -> Iterator[None]:
    """Keep other processes that ask for the same from changing the file meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    import fcntl

    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
