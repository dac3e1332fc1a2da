"""An address of the page turned into a QR code."""

import io
from urllib.parse import quote, urlsplit

import segno

LONGEST = 300  # characters; more makes a code that no phone reads. Ours


def kit_address(page: str, sensor: str) -> str:
    """Where the page lends that sensor; raises ValueError where the page has no such address."""
    parts = urlsplit(page)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{page!r} is not the address of a page, such as http://127.0.0.1:8765")
    address = f"{parts.scheme}://{parts.netloc}/#/kit/{quote(sensor, safe='')}"
    if len(address) > LONGEST:
        raise ValueError(f"{len(address)} characters are too many for a code; {LONGEST} fit")
    return address


def terminal_code(link: str) -> str:
    """The code of a link in half blocks and terminal colours, for a phone to read."""
    shown = io.StringIO()
    segno.make_qr(link, error="l").terminal(shown, border=2, compact=True)
    return shown.getvalue().rstrip("\n")


def kit_svg(page: str, sensor: str) -> bytes:
    """An SVG image, black on white; raises ValueError as `kit_address`."""
    image = io.BytesIO()
    segno.make_qr(kit_address(page, sensor), error="m").save(
        image, kind="svg", scale=8, dark="#000", light="#fff", title=f"Sensor {sensor}"
    )
    return image.getvalue()
