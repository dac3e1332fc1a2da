"""The built front end as files."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from dashboard import Access


@pytest.mark.parametrize("path", ["/", "/index.html", "/history", "/history/2026-09-21"])
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


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/api/nowhere", "/api", "/..%2f..%2fetc/passwd.txt", "/page.key"]
)
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
