"""What every test gets."""

import inspect
from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx


@pytest.fixture(autouse=True)
def _no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """A blocking call inside an event loop fails the asynchronous test that made it."""
    if not inspect.iscoroutinefunction(request.function):
        yield
        return
    with blockbuster_ctx():
        yield
