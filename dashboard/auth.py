"""Who may see the page: one-time links, sessions signed with a key on disk, API tokens."""

import hashlib
import hmac
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from dashboard.errors import KeyFileError

KEY_NAME = "page.key"  # lies beside the database
KEY_BYTES = 32
SESSION_S = 30 * 24 * 3600  # s; chosen by us: one link a month on a machine of one's own
LINKS = 16  # unused links at a time; the oldest gives way


class Access:
    """Decides who may see the page; a restart keeps everybody in.

    Args:
        key_path: the signing key, made (0600) where there is none; whoever can read it is in.
        clock_s: UTC now [s since the epoch].

    Raises:
        KeyFileError: the key cannot be read, made, or is none.
    """

    def __init__(self, key_path: Path, clock_s: Callable[[], float] = time.time) -> None:
        self._key = load_key(key_path)
        self._clock_s = clock_s
        self._links: OrderedDict[bytes, None] = OrderedDict()

    @property
    def api_token(self) -> str:
        """For programs: `Authorization: Bearer` this. Stays the same as long as the key does."""
        return self._sign("api", "")

    def new_link_token(self) -> str:
        """A token for one more link; it opens the page once, until the program ends."""
        token = secrets.token_urlsafe(KEY_BYTES)
        self._links[_digest(token)] = None
        while len(self._links) > LINKS:
            self._links.popitem(last=False)
        return token

    def redeem(self, token: str) -> bool:
        """Whether the token of a link is good; it is not a second time."""
        found = _digest(token) in self._links
        self._links.pop(_digest(token), None)
        return found

    def new_session(self) -> str:
        """The value of a session cookie."""
        payload = f"{int(self._clock_s()) + SESSION_S}.{secrets.token_urlsafe(12)}"
        return f"{payload}.{self._sign('session', payload)}"

    def is_session(self, value: str) -> bool:
        """Whether we signed this cookie, and its time has not run out."""
        payload, _, signature = value.rpartition(".")
        if not _equal(signature, self._sign("session", payload)):
            return False
        return int(payload.partition(".")[0]) > self._clock_s()

    def is_api_token(self, value: str) -> bool:
        """Whether this is the API token."""
        return _equal(value, self.api_token)

    def _sign(self, purpose: str, payload: str) -> str:
        message = f"backwatch {purpose}\0{payload}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def load_key(path: Path) -> bytes:
    """The key in the file, made from the system's randomness where there is none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(KEY_BYTES)
            with os.fdopen(file, "wb") as stream:
                stream.write(key)
        path.chmod(0o600)
    except OSError as error:
        raise KeyFileError(
            f"{path}: the key of the page cannot be used ({error.strerror}); "
            "check the folder and its permissions"
        ) from error
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            f"{path}: {len(key)} bytes are no key of ours ({KEY_BYTES}); delete the file, "
            "and open the page with a new link"
        )
    return key


def _digest(token: str) -> bytes:
    # Looked up by digest, so that the time it takes says nothing of the token.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _equal(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())
