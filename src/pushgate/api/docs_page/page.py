"""Routes of `/docs`. In: files of this package. Out: a page that reads `/openapi.json` and sends
the calls that a reader tries, with the API key that the reader enters.
"""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.datastructures import Headers
from fastapi.responses import RedirectResponse

from pushgate.domain.errors import NotFound

router = APIRouter(include_in_schema=False)
_TYPES = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
_COMPRESSED = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
_HEADERS = {
    # The icons of Swagger UI are data: images in its style sheet.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@cache
def _read(name: str) -> tuple[bytes, str]:
    """Return the content of a file as it is sent, and its entity tag."""
    stored = f"{name}.gz" if name in _COMPRESSED else name
    content = (files(__package__) / "files" / stored).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _respond(request: Request, name: str) -> Response:
    content, tag = _read(name)
    headers = _HEADERS | {"ETag": tag} | ({"Content-Encoding": "gzip"} if name in _COMPRESSED else {})
    if tag in _known_tags(request.headers):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers | {"Content-Type": _TYPES[name]})


def _known_tags(headers: Headers) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]


@router.get("/docs")
async def show_page(request: Request) -> Response:
    """The page."""
    return _respond(request, "index.html")


@router.get("/docs/")
async def leave_slash() -> Response:
    """Redirect `/docs/` to `/docs`: the page names its files by relative addresses."""
    return RedirectResponse("../docs", 308)


@router.get("/docs/{name}")
async def send_file(request: Request, name: str) -> Response:
    """One of the page's files."""
    if name not in _TYPES:
        raise NotFound("there is no such file")
    return _respond(request, name)
