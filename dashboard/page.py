"""The built front end, as files with the right caching."""

import mimetypes
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

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
    """Files of the front end; its own addresses lead to index.html."""

    def __init__(self, folder: Path = STATIC) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self.config_checked = True  # a folder that is missing has its own answer, below

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, the page for an address of its own, or how to build what is missing."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or not _is_view(path):
                raise
            try:
                response = await super().get_response("index.html", scope)
            except HTTPException:
                response = PlainTextResponse(NOT_BUILT, status_code=503)
        # Names under assets/ hold a hash of their content; everything else may change.
        lasting = path.startswith("assets/") and response.status_code in (200, 304)
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if lasting else "no-cache"
        )
        return response


def _is_view(path: str) -> bool:
    """Whether an address may be one of the page's own: no file, and not of the API."""
    return (path.partition("/")[0] != "api" and "." not in path.rpartition("/")[2]) or path == "."
