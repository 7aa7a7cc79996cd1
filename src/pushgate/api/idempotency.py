"""The header Idempotency-Key: a repeated request gets the response of the first request, even if
the message has changed since.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

import orjson
from fastapi import Header, Response
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from pushgate.api.context import ApiContext
from pushgate.api.field_errors import field_errors
from pushgate.api.http_request import HeaderFields
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import Conflict, InvalidRequest
from pushgate.messages.idempotency import RequestKey

KEY_PATTERN = r"^[\x21-\x7e]+$"
MAX_KEY = 255
HEADER = "Idempotency-Key"
DESCRIPTION = (
    "the same key and request give the same answer for 24 h; the same key with another request is a 409"
)
KeyText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY, pattern=KEY_PATTERN)]
IdempotencyKey = Annotated[
    str | None,
    Header(alias=HEADER, min_length=1, max_length=MAX_KEY, pattern=KEY_PATTERN, description=DESCRIPTION),
]
_key_text: TypeAdapter[str] = TypeAdapter(KeyText)


def read_key(headers: HeaderFields) -> str | None:
    """Return the key of a request, None without one. Raises InvalidRequest."""
    key = headers.get("idempotency-key")
    if key is None:
        return None
    try:
        return _key_text.validate_python(key)
    except ValidationError as error:
        raise InvalidRequest(field_errors(error, HEADER)) from error


def request_key(
    configured: ConfiguredApp, key: str | None, call: str, written: BaseModel | bytes = b""
) -> RequestKey | None:
    """Return the key with a digest of the call and its body; None without a key.

    Two bodies of the same model are equal if they mean the same, whatever their spaces and the
    order of their keys. A key inside the body does not count.
    """
    if key is None:
        return None
    if isinstance(written, BaseModel):
        fields = written.model_dump_json(exclude_unset=True, exclude={"idempotency_key"})
        written = orjson.dumps(orjson.loads(fields), option=orjson.OPT_SORT_KEYS)
    return RequestKey(configured.app, key, hashlib.sha256(call.encode() + b"\n" + written).digest())


async def respond_once(
    context: ApiContext, key: RequestKey | None, run: Callable[[], Awaitable[bytes]], status: int = 200
) -> Response:
    """Respond with the JSON that `run` returns, or with the first response under the key, without
    running.

    A crash between the effect and the record lets a repeated request run again. So `run` must be
    harmless when repeated, or write the record together with its effect. Raises
    IdempotencyKeyReused.
    """
    records = context.stores.idempotency
    response = await records.read(key) if key else None
    if response is None:
        try:
            response = await run()
        except Conflict:
            # An equal request may run at the same time; then this conflict is with the effect of
            # that request.
            response = await records.read(key) if key else None
            if response is None:
                raise
        else:
            if key:
                response = await records.remember(key, response)
    return Response(response, status, media_type="application/json")
