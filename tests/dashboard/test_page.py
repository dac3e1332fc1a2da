"""The built front end as files."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from dashboard import Access, serve


@pytest.mark.parametrize("path", ["/", "/index.html"])
async def test_addresses_of_the_page_lead_to_the_page(page: httpx.AsyncClient, path: str) -> None:
    answer = await page.get(path)

    assert answer.status_code == 200
    assert "<title>Backwatch</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_files_named_by_their_content_are_kept_for_ever(page: httpx.AsyncClient) -> None:
    answer = await page.get("/assets/index-abc123.js")

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]


async def test_a_file_is_sent_small_to_who_takes_it_so(page: httpx.AsyncClient) -> None:
    path = "/assets/index-abc123.js"
    whole = await page.get(path, headers={"accept-encoding": "identity"})

    small = await page.get(path, headers={"accept-encoding": "gzip, br"})

    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in whole.headers
    assert small.content == whole.content
    assert small.headers["vary"] == whole.headers["vary"] == "accept-encoding"
    for name in ("content-type", "cache-control", "last-modified"):
        assert small.headers[name] == whole.headers[name]


async def test_a_page_that_changed_is_sent_anew_and_else_not(
    page: httpx.AsyncClient, static: Path
) -> None:
    first = await page.get("/")
    known = {"if-none-match": first.headers["etag"]}

    again = await page.get("/", headers=known)
    new = "<!doctype html><title>Another</title>"
    await asyncio.to_thread((static / "index.html").write_text, new)
    changed = await page.get("/", headers=known)

    assert (first.headers["content-encoding"], again.status_code) == ("gzip", 304)
    assert "Another" in changed.text


@pytest.mark.parametrize(
    "path",
    ["/assets/gone.js", "/api/nowhere", "/api", "/..%2f..%2fetc/passwd.txt", "/page.key",
     "/nosuch", "/no/such", "/%00", "/assets", "/assets/", "/" + "x" * 3000],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(page: httpx.AsyncClient, path: str) -> None:
    answer = await page.get(path)

    assert answer.status_code == 404


async def test_a_page_that_was_not_built_says_how(
    tmp_path: Path, make_app: Callable[..., ASGIApp], access: Access, new_browser: Callable
) -> None:
    app = make_app(static=tmp_path / "nothing here")
    async with new_browser(app, authorization=f"Bearer {access.api_token}") as client:
        answer = await client.get("/")

        assert answer.status_code == 503
        assert "hatch_build.py" in answer.text
        assert (await client.get("/api/now")).status_code == 200


async def test_nonsense_on_the_line_is_refused_and_not_told_to_the_terminal(
    app: ASGIApp, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(app, "127.0.0.1", 0) as address:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"\x16\x03\x01 nonsense\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 400")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert capfd.readouterr().err == ""
