"""Every asynchronous test here runs in virtual time."""

from collections.abc import Mapping
from typing import Any

from tests.faults.virtual import VirtualLoop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Any]:
    del config, item
    return {"virtual": VirtualLoop}
