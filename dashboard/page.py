"""The built front end, as files with the right caching."""

import mimetypes
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
PAGE = (".", "index.html")  # as StaticFiles calls it

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
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if lasting else "no-cache"
        )
        return response
