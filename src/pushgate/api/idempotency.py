"""The header Idempotency-Key: a repeated request is answered as the first one was, whatever changed meanwhile."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from pushgate.api.context import ApiContext
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import Conflict
from pushgate.messages.idempotency import RequestKey

KEY_PATTERN = r"^[\x21-\x7e]+$"
MAX_KEY = 255
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY,
        pattern=KEY_PATTERN,
        description="the same key and request give the same answer for 24 h; the same key with another request is a 409",
    ),
]


def request_key(
    configured: ConfiguredApp, key: str | None, call: str, written: BaseModel | bytes = b""
) -> RequestKey | None:
    """Return the key with a digest of the call and of what was written, None without a key.

    Of a checked body the meaning counts, not its spaces; a key that the body holds itself does not count.
    """
    if key is None:
        return None
    if isinstance(written, BaseModel):
        written = written.model_dump_json(exclude_unset=True, exclude={"idempotency_key"}).encode()
    return RequestKey(configured.app.name, key, hashlib.sha256(call.encode() + b"\n" + written).digest())


async def respond_once(
    context: ApiContext, key: RequestKey | None, run: Callable[[], Awaitable[bytes]], status: int = 200
) -> Response:
    """Answer with what `run` returns, or with the first answer under the key without running anything.

    A crash between the effect and the record lets a repetition run: `run` must do no harm then, or write the record
    together with its effect.
    """
    answers = context.stores.idempotency
    told = await answers.read(key) if key else None
    if told is None:
        try:
            told = await run()
        except Conflict:
            # The same request at the same time may have done this: what stands in the way is its effect.
            told = await answers.read(key) if key else None
            if told is None:
                raise
        else:
            if key:
                told = await answers.remember(key, told)
    return Response(told, status, media_type="application/json")
