"""The guide at `/guide/`: the documents as `make site` built them.

The policy of each page allows the page's own inline scripts and styles by their hashes. No sign-in
is needed to read the guide.
"""

import base64
import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PAGES: Final = Path(__file__).with_name("guide_pages")
"""Where `make site` puts the pages; the wheel and the image contain the folder."""

INLINE: Final = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)
HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The guide is not built</title>
<h1>The guide is not built</h1>
<p>Run <code>make site</code> in the folder of Pushgate, then load this page again. The wheel and the
image contain the guide. The same documents are in the folder <code>docs/</code>.</p>
</html>
"""


class Guide(StaticFiles):
    """The application to mount at `/guide`. While there are no built pages, it says which command
    makes them; it finds new pages without a restart.
    """

    def __init__(self, pages: Path = PAGES) -> None:
        super().__init__(directory=pages, html=True, check_dir=False)
        self._home = pages / "index.html"

    async def check_config(self) -> None:
        """Accept that the folder is not there: its pages may be built later."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer one request. Raise HTTPException 404 for an unknown page, 405 for another method
        than GET and HEAD.
        """
        if not self._home.is_file():
            return HTMLResponse(NOT_BUILT, 404, HEADERS | {"Content-Security-Policy": _policy([], [])})
        return await super().get_response(path, scope)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file with its headers, or 304 where the client has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(HEADERS)
        if os.fspath(full_path).endswith(".html"):
            response.headers["Content-Security-Policy"] = policy_of(
                os.fspath(full_path), stat_result.st_mtime_ns
            )
        return response


@lru_cache(maxsize=512)
def policy_of(page: str, changed_at_ns: int) -> str:
    """The Content-Security-Policy of the page in the file `page`, which last changed at the given
    nanosecond.
    """
    inline = INLINE.findall(Path(page).read_bytes())
    return _policy(
        [_source(body) for kind, body in inline if kind == b"script"],
        [_source(body) for kind, body in inline if kind == b"style"],
    )


def _source(body: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}'"


def _policy(scripts: list[str], styles: list[str]) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *dict.fromkeys(scripts)]),
            " ".join(["style-src 'self'", *dict.fromkeys(styles)]),
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )
