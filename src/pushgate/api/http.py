"""Request bodies, read within their limits and validated from their bytes, and JSON responses."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import orjson
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from pushgate.api.field_errors import field_errors
from pushgate.api.http_request import HeaderFields, HttpRequest
from pushgate.api.json_text import BYTE_ORDER_MARK, repeated_keys
from pushgate.domain.errors import (
    FieldError,
    InvalidRequest,
    TooLarge,
    UnreadableBody,
    UnsupportedEncoding,
    UnsupportedMediaType,
)

Model = TypeVar("Model", bound=BaseModel)
JSON_TYPES = ("application/json",)
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]*)")


async def read_body(request: HttpRequest, max_bytes: int, media_types: Sequence[str] = JSON_TYPES) -> bytes:
    """Return the whole body, without a byte order mark.

    Raises UnsupportedMediaType, ClientDisconnect, and TooLarge as soon as the body has more than
    `max_bytes`.
    """
    require_media_type(request.headers, media_types)
    body: bytes | bytearray = b""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        if isinstance(body, bytearray):
            body += chunk
        else:
            body = bytearray(body) + chunk if body else chunk  # most bodies are one chunk
        if len(body) > max_bytes:
            raise TooLarge(f"the body may have {max_bytes} bytes; send fewer at once")
    return bytes(body).removeprefix(BYTE_ORDER_MARK)


def require_media_type(headers: HeaderFields, media_types: Sequence[str]) -> None:
    """Raise UnsupportedMediaType unless the body is of one of these types, in UTF-8 and not
    compressed.
    """
    sent = headers.get("content-type") or ""
    if sent not in media_types:
        _check_media_type(sent, media_types)
    codings = ",".join(headers.getlist("content-encoding")).lower().split(",")
    if any(coding.strip() not in ("", "identity") for coding in codings):
        raise UnsupportedEncoding("send this without compression: leave Content-Encoding out")


def _check_media_type(sent: str, media_types: Sequence[str]) -> None:
    """Check a media type in any case and with parameters."""
    name, _, parameters = sent.lower().partition(";")
    if name.strip() not in media_types:
        raise UnsupportedMediaType(f"send this with Content-Type: {media_types[0]}")
    charset = _CHARSET.search(parameters)
    if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType("send this in UTF-8: Content-Type has another charset")


ExtraChecks = Callable[[Mapping[str, object]], Sequence[FieldError]]
"""Returns the errors that a schema cannot find, in the JSON of a body that its schema refuses."""


def parse(body: bytes, model: type[Model], extra_checks: ExtraChecks | None = None) -> Model:
    """Decode and validate a body.

    Raises UnreadableBody for text that is not JSON, InvalidRequest that names each bad field. The
    extra checks run only for a body that the schema refuses.
    """
    return validate(body, model, extra_checks, repeated_keys(body))


def validate(
    body: bytes,
    model: type[Model],
    extra_checks: ExtraChecks | None = None,
    repeated: Sequence[FieldError] = (),
) -> Model:
    """Validate a body whose repeated keys are known. Raises as `parse` does."""
    errors = list(repeated)
    try:
        written = model.model_validate_json(body)
    except ValidationError as error:
        if error.error_count() == 1:
            (first,) = error.errors(include_url=False, include_input=False)
            if first["type"] == "json_invalid":
                raise UnreadableBody(f"the body is not JSON in UTF-8: {first['ctx']['error']}") from error
        errors += field_errors(error)
    if errors:
        others = extra_checks(_fields(body, model)) if extra_checks else ()
        known = {error.field for error in errors}
        raise InvalidRequest([*errors, *(error for error in others if error.field not in known)])
    return written


def _fields(body: bytes, model: type[BaseModel]) -> dict[str, object]:
    """Return the fields of the model that the body has, as they are written."""
    written: object = None
    with suppress(orjson.JSONDecodeError):
        written = orjson.loads(body)
    found = written.items() if isinstance(written, dict) else ()
    return {name: value for name, value in found if name in model.model_fields}


def json_response(value: object, status: int = 200) -> Response:
    """Return a value as a JSON response."""
    return Response(orjson.dumps(value), status, media_type="application/json")
