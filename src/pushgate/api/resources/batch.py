"""`/v1/messages:batch`: many push requests at once, each with a result of its own."""

import msgspec
import orjson
from fastapi import APIRouter, Request, Response

from pushgate.api.auth import PushCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.creation import CREATE, create_message
from pushgate.api.http import json_response, parse, read_body, validate
from pushgate.api.idempotency import IdempotencyKey, request_key
from pushgate.api.json_text import repeated_keys
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import message_checks
from pushgate.api.problems import describe, document
from pushgate.api.schemas.message_responses import BatchResults
from pushgate.api.schemas.messages import BatchBody, BatchItem
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import (
    EngineUnavailable,
    FieldError,
    InvalidRequest,
    PushgateError,
    UnreadableBody,
)
from pushgate.redis.client import watching
from pushgate.runtime import logs

router = APIRouter(prefix="/v1", tags=["messages"])
MAX_BATCH = 1000
_UNTRIED = document(
    ProblemCode.ENGINE_UNAVAILABLE,
    "an engine is out of reach, as the message before showed; this one was not tried; nothing was stored; try again",
)
_log = logs.get("api")


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    messages: list[msgspec.Raw]


@router.post(
    "/messages:batch",
    operation_id="create_messages",
    responses=response_schema(BatchResults),
    openapi_extra=body_schema(BatchBody),
)
async def create_batch(
    request: Request,
    configured: PushCaller,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Create up to 1,000 pushes: `{"messages": [...]}`. Each has its own result, in order: a message or a problem.

    A batch that is repeated with its `Idempotency-Key` stores what was not stored, and answers what was as then.
    """
    context = context_of(request)
    body = await read_body(request, context.settings.max_body)
    repeated = repeated_keys(body)
    if outer := [fault for fault in repeated if fault.field == "messages"]:
        raise InvalidRequest(outer)
    written = _split(body)
    if not 1 <= len(written) <= MAX_BATCH:
        raise InvalidRequest(
            [FieldError("messages", f"must have 1 to {MAX_BATCH} items; it has {len(written)}")]
        )
    if key := request_key(configured, idempotency_key, "batch", body):
        # Each message is stored with a record of its own. This one only tells another batch from a repetition.
        await context.stores.idempotency.remember(key, b"")
    decode, extra_checks = (
        parse if repeated else validate,
        message_checks(context.clock.now(), context.settings.max_audience),
    )
    results: list[dict[str, object]] = []
    for index, raw in enumerate(written):
        with watching():  # each result says of its own message what may have been stored
            try:
                item = decode(bytes(raw), BatchItem, extra_checks)
                results.append(await _create(context, configured, item, idempotency_key, index))
            except EngineUnavailable as error:
                # Each further message would wait as long for an engine that does not answer.
                results += [_failed(describe(error)), *[_failed(_UNTRIED)] * (len(written) - index - 1)]
                break
            except Exception as error:  # noqa: BLE001  # what was stored before it must be told, whatever this one is
                if not isinstance(error, PushgateError):
                    _log.exception("batch item failed", action="request_failed")
                results.append(
                    _failed(describe(error if isinstance(error, PushgateError) else PushgateError()))
                )
    return json_response({"results": results})


def _failed(problem: dict[str, object]) -> dict[str, object]:
    return {"status": problem["status"], "problem": problem}


async def _create(
    context: ApiContext, configured: ConfiguredApp, item: BatchItem, batch_key: str | None, index: int
) -> dict[str, object]:
    derived = f"{batch_key}\0{index}" if batch_key else None  # no caller's key has a NUL
    key = request_key(configured, item.idempotency_key or derived, CREATE, item)
    return {"status": 202, "message": orjson.Fragment(await create_message(context, configured, item, key))}


def _split(body: bytes) -> list[msgspec.Raw]:
    """A batch's messages, each as the bytes it came in."""
    try:
        return msgspec.json.decode(body, type=_Batch).messages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            orjson.loads(body)  # the form may be refused before the text is read to its end
        except orjson.JSONDecodeError as unreadable:
            raise UnreadableBody("the body is not JSON in UTF-8") from unreadable
        raise InvalidRequest([FieldError("body", f'must be {{"messages": [...]}}: {error}')]) from error
