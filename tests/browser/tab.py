"""A tab of Chromium that may be out of sight, or asleep.

Playwright keeps every page in sight: it tells Chromium that each has the focus. So this speaks to
Chromium by itself, over its own protocol.
"""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import FLAGS

ANSWER_S = 20.0  # how long Chromium may take for anything, where others are at work


class Tab:
    """The tab; `opened` makes one."""

    def __init__(self, browser: ClientConnection) -> None:
        self._browser = browser
        self._asked = 0
        (self._target,) = (
            one["targetId"]
            for one in self.ask("Target.getTargets")["targetInfos"]
            if one["type"] == "page"
        )
        self._other: str | None = None
        attached = self.ask("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        self.of_page("Runtime.enable")

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """A request to Chromium, of the whole or of a session; raises RuntimeError if refused."""
        self._asked += 1
        request = {"id": self._asked, "method": method, "params": params}
        self._browser.send(json.dumps(request | ({"sessionId": session} if session else {})))
        while True:
            told = json.loads(self._browser.recv(timeout=ANSWER_S))
            if told.get("id") != self._asked:
                continue  # an event
            if "error" in told:
                raise RuntimeError(f"{method} was refused: {told['error']}")
            answer: dict[str, Any] = told["result"]
            return answer

    def of_page(self, method: str, **params: Any) -> dict[str, Any]:
        """A request about the page."""
        return self.ask(method, self._session, **params)

    def value(self, expression: str) -> Any:
        """What an expression has in the page."""
        told = self.of_page("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(f"{expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def wait(self, expression: str) -> None:
        """Until an expression holds."""
        last_s = time.monotonic() + ANSWER_S
        while not self.value(f"Boolean({expression})"):
            if time.monotonic() > last_s:
                raise TimeoutError(
                    f"{expression} does not hold of {self.value('document.body.innerText')}"
                )
            time.sleep(0.02)

    def go(self, url: str) -> None:
        """Open a page."""
        self.of_page("Page.navigate", url=url)

    def hide(self) -> None:
        """Bring another tab before it."""
        if self._other is None:
            self._other = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.ask("Target.activateTarget", targetId=self._other)
        self.wait("document.visibilityState === 'hidden'")

    def freeze(self) -> None:
        """Let nothing of it run, as Chromium does with tabs that were long out of sight."""
        self.hide()
        self.of_page("Page.setWebLifecycleState", state="frozen")

    def show(self) -> None:
        """Wake it, and bring it to the front."""
        self.of_page("Page.setWebLifecycleState", state="active")
        self.ask("Target.activateTarget", targetId=self._target)

    def renderers(self) -> list[int]:
        """Processes that draw pages."""
        told = self.ask("SystemInfo.getProcessInfo")["processInfo"]
        return [one["id"] for one in told if one["type"] == "renderer"]


def chromium_path() -> str | None:
    """Where it is installed, if it is."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextlib.contextmanager
def opened(executable: str) -> Iterator[Tab]:
    """A tab of a browser of its own, which ends with the context."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                executable,
                "--headless=new",
                *FLAGS,
                f"--user-data-dir={profile}",
                "--remote-debugging-port=0",
                "about:blank",
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stderr is not None
            where = next(line for line in process.stderr if "DevTools listening on" in line)
            with connect(where.split()[-1], max_size=None, proxy=None) as browser:
                tab = Tab(browser)
                try:
                    yield tab
                finally:
                    tab.ask("Browser.close")
            process.stderr.read()  # until it has ended; a full pipe would hold it up
