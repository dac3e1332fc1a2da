"""One writer to a database: a lock that ends with the process that holds it."""

import os
import sys
from pathlib import Path

from monitor.store.errors import StoreInUseError


class WriterLock:
    """Held from construction until `release`, or until the process dies, however it dies.

    Raises:
        StoreInUseError: another process holds it.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise StoreInUseError(
                database,
                "another Backwatch is recording into it",
                "Stop that one first, or choose another file",
            ) from error

    def release(self) -> None:
        """Let others write; may be called again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _lock(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
