"""The built front end, as files with the right caching."""

import asyncio
import gzip
import mimetypes
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
PAGE = (".", "index.html")  # as StaticFiles calls it
SHRINKING = ("", ".css", ".html", ".js", ".svg", ".txt", ".webmanifest")  # "": of `/`

# Named here because a computer's own table may say otherwise (a Windows registry may call
# scripts text/plain, and then nosniff keeps them from running), and is read while serving.
for _suffix, _type in (
    (".css", "text/css"),
    (".html", "text/html"),
    (".js", "text/javascript"),
    (".svg", "image/svg+xml"),
    (".webmanifest", "application/manifest+json"),
    (".woff2", "font/woff2"),
):
    mimetypes.add_type(_type, _suffix)

NOT_BUILT = """The page has not been built yet. In the source tree:

    python hatch_build.py

Then load this page again. Recording works without it, and so does the API under /api.
"""


class Page(StaticFiles):
    """Files of the front end, by their names; `/` is index.html."""

    def __init__(self, folder: Path = STATIC) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self.config_checked = True  # a folder that is missing has its own answer, below
        self._smaller: dict[str, bytes] = {}  # by path and ETag

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or how to build what is missing."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path not in PAGE:
                raise
            response = PlainTextResponse(NOT_BUILT, status_code=503)
        # Names under assets/ hold a hash of their content; everything else may change.
        lasting = path.startswith("assets/") and response.status_code in (200, 304)
        if isinstance(response, FileResponse) and Path(path).suffix in SHRINKING:
            response = await self._shrunk(response, Headers(scope=scope))
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if lasting else "no-cache"
        )
        return response

    async def _shrunk(self, whole: FileResponse, asked: Headers) -> Response:
        """The file at a third of its length, for a browser that takes it so."""
        whole.headers.add_vary_header("accept-encoding")
        coding = asked.get("accept-encoding", "")
        if "gzip" not in coding or "range" in asked:
            return whole
        key = f"{whole.path} {whole.headers['etag']}"
        body = self._smaller.get(key)
        if body is None:
            body = await asyncio.to_thread(lambda: gzip.compress(Path(whole.path).read_bytes()))
            self._smaller[key] = body
        headers = {name: whole.headers[name] for name in ("last-modified", "vary")}
        # Weak, because the bytes are others; it is compared with that of the file all the same.
        headers |= {"content-encoding": "gzip", "etag": f"W/{whole.headers['etag']}"}
        return Response(body, headers=headers, media_type=whole.media_type)
