"""A whole demo in a process of its own, and a session of its page."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import SIZES


class Demo:
    """A running demo; `folder` is where it keeps its days."""

    def __init__(self, link: str, folder: Path, chromium: Browser) -> None:
        self.url = link.partition("/login")[0]
        self.folder = folder
        self._chromium = chromium
        context = chromium.new_context()
        context.new_page().goto(link)
        self._session = context.storage_state()
        context.close()

    def look(
        self, size: str = "desktop", theme: str = "light", *, bypass_csp: bool = False
    ) -> BrowserContext:
        """A browser with the session."""
        width, height = SIZES[size]
        return self._chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale="en-GB",
            storage_state=self._session,
            bypass_csp=bypass_csp,
        )


@contextlib.contextmanager
def running_demo(home: Path, chromium: Browser) -> Iterator[Demo]:
    """Without days before today; it has to end as it should."""
    command = [sys.executable, "-m", "backwatch", "demo", "--no-browser", "--days", "0"]
    with subprocess.Popen(
        [*command, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_DATA_HOME": str(home)},
    ) as process:
        try:
            assert process.stdout is not None
            link = re.search(r"http://\S+", process.stdout.readline())
            assert link is not None, "the demo printed no link"
            yield Demo(link.group(0), home / "backwatch" / "demo", chromium)
        finally:
            process.terminate()
            assert process.wait(20) == 0
