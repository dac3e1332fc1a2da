"""What can go wrong with the file that keeps the days."""

from pathlib import Path


class StoreError(Exception):
    """The database cannot be used as it is.

    The message says which file, what is wrong with it, and what to do next.
    """

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")
        self.path = path
        self.problem = problem
        self.remedy = remedy


class ForeignFileError(StoreError):
    """The file is something else, and is left as it is."""


class NewerStoreError(StoreError):
    """A later version wrote the file; this one must not guess what it means."""


class StoreInUseError(StoreError):
    """Another process is writing."""
