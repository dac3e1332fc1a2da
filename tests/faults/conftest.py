"""Every asynchronous test here runs in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.faults.virtual import VirtualLoop, clocks


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Any]:
    del config, item
    return {"virtual": VirtualLoop}


@pytest.fixture(autouse=True)
async def _virtual_clocks() -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    with clocks(loop):
        yield
