"""Files that are sent while they are read from the API."""

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse


async def download(
    pieces: AsyncIterator[bytes], *, name: str, media_type: str, head: bytes = b""
) -> Response:
    """Answer with a file of this name: the head, then the pieces. The first piece is read before
    the answer begins, so that a refusal of the API is an error page and no broken file.
    """
    first = head + await anext(pieces, b"")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_chain(first, pieces), media_type=media_type, headers=headers)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
