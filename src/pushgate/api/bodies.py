"""Request bodies: read within their bound, decoded straight from their bytes."""

from collections.abc import Sequence
from typing import TypeVar

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from pushgate.api.problems import UnreadableBody, WrongMediaType, faults
from pushgate.errors import InvalidRequest, TooLarge

Model = TypeVar("Model", bound=BaseModel)
JSON_TYPES = ("application/json",)


async def read(request: Request, most: int, media_types: Sequence[str] = JSON_TYPES) -> bytes:
    """The whole body. Raises TooLarge as soon as it is over `most` bytes, and WrongMediaType."""
    require_media_type(request, media_types)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"the body may have {most} bytes; send fewer at once")
    return bytes(body)


def require_media_type(request: Request, media_types: Sequence[str]) -> None:
    """Raise WrongMediaType unless the request is of one of these types."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in media_types:
        raise WrongMediaType(f"send this with Content-Type: {media_types[0]}")


def parse(body: bytes, model: type[Model], prefix: str = "") -> Model:
    """Decode and check. Raises UnreadableBody for what is no JSON, InvalidRequest that names each bad field."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        if error.error_count() == 1:
            (first,) = error.errors(include_url=False, include_input=False)
            if first["type"] == "json_invalid":
                raise UnreadableBody(f"the body is not JSON in UTF-8: {first['ctx']['error']}") from error
        raise InvalidRequest(faults(error, prefix)) from error


def answer(value: object, status: int = 200) -> Response:
    """A JSON response."""
    return Response(orjson.dumps(value), status, media_type="application/json")
