"""Paths and methods as HTTP defines them: an encoded slash belongs to an id, HEAD is GET without a
body.
"""

from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PathNormalization:
    """Middleware that corrects the path and the method of a request before it is routed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if b"%2f" in scope["raw_path"].lower():
            scope["path"] = decode(scope["raw_path"])
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        get_scope = {**scope, "method": "GET"}
        await self._app(get_scope, receive, without_body)
        scope["route"] = get_scope.get("route")  # for the access log


def decode(raw_path: bytes) -> str:
    """Return the decoded path with encoded slashes left as they are: they do not separate parts."""
    parts = raw_path.decode("ascii").split("/")
    return "/".join(unquote(part).replace("/", "%2F") for part in parts)


def last_part(raw_path: bytes) -> str:
    """Return the last part of a path, with encoded slashes decoded. Raises UnicodeDecodeError for a
    part that is not UTF-8.
    """
    return unquote(raw_path.decode("ascii").rpartition("/")[2], errors="strict")
