"""`/v1/messages:batch`: many push requests at once, each with a result of its own."""

from collections.abc import Sequence

import msgspec
import orjson

from pushgate.api.audit import author_of
from pushgate.api.auth import context_of, count_items
from pushgate.api.batch_items import Result, in_turns, refused, split_items
from pushgate.api.context import ApiContext
from pushgate.api.creation import (
    CREATE,
    CheckedMessage,
    Created,
    RefusedMessage,
    check,
    lengths_for,
    store,
    store_small,
)
from pushgate.api.direct_routes import Answer, DirectRoute
from pushgate.api.http import parse, read_body, validate
from pushgate.api.http_request import HttpRequest
from pushgate.api.idempotency import request_key
from pushgate.api.openapi import body_schema, operation, response_schema
from pushgate.api.partial_checks import message_checks
from pushgate.api.problems import describe, document
from pushgate.api.schemas.message_responses import BatchResults
from pushgate.api.schemas.messages import MAX_BATCH, BatchBody, BatchItem
from pushgate.api.template_copies import TemplateCopies
from pushgate.api.traces import traced
from pushgate.apps.catalog import ConfiguredApp
from pushgate.audit.entry import Author
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import (
    EngineUnavailable,
    PushgateError,
)
from pushgate.redis.client import watching
from pushgate.redis.scripts import portions
from pushgate.runtime import logs

_GROUP = 256
"""Messages that are checked, then stored, before the next ones are looked at."""
_NOT_TRIED = "an engine is out of reach, as the message before showed; this one was not tried; \
nothing was stored; try again"
_log = logs.get("api")


async def create_batch(
    request: HttpRequest, configured: ConfiguredApp, idempotency_key: str | None
) -> Answer:
    """Create up to 1,000 pushes: `{"messages": [...]}`. Each has its own result, in order: a
    message or a problem.

    If a batch is repeated with its `Idempotency-Key`, messages that were not stored are stored, and
    the others get their first results again.
    """
    context = context_of(request)
    body = await read_body(request, context.settings.max_body)
    items, has_repeated_keys = split_items(body, "messages", MAX_BATCH)
    count_items(request, len(items))
    if key := request_key(configured, idempotency_key, "batch", body):
        # Each message has a record of its own. This record only tells a repetition from another
        # batch.
        await context.stores.idempotency.remember(key, b"")
    with traced(context, request, "POST /v1/messages:batch", configured) as trace:
        creator = _BatchCreator(
            context,
            configured,
            idempotency_key,
            author_of(request),
            has_repeated_keys=has_repeated_keys,
            trace=trace,
        )
        return Answer(200, orjson.dumps({"results": await creator.create_all(items)}))


direct_routes = (
    DirectRoute(
        "/v1/messages:batch",
        create_batch,
        operation(
            create_batch,
            operation_id="create_messages",
            tag="messages",
            body=body_schema(BatchBody),
            responses=response_schema(BatchResults),
        ),
    ),
)


class _BatchCreator:
    """Creates the messages of one batch, in order."""

    def __init__(
        self,
        context: ApiContext,
        configured: ConfiguredApp,
        batch_key: str | None,
        author: Author,
        *,
        has_repeated_keys: bool,
        trace: str,
    ) -> None:
        self._context = context
        self._configured = configured
        self._batch_key = batch_key
        # Repeated keys are looked for in each item only if the batch has any.
        self._decode = parse if has_repeated_keys else validate
        self._extra_checks = message_checks(context.clock.now(), context.settings.max_audience)
        self._author, self._trace = author, trace
        self._copies = TemplateCopies(context.stores.templates, configured.app)
        self._engine_failed = False

    async def create_all(self, items: Sequence[msgspec.Raw]) -> list[Result]:
        """Return a result for each item. When an engine fails, the rest is not tried."""
        results: list[Result] = []
        for group in portions(items, _GROUP):
            results += await self._store(await self._check(group, len(results)))
            if self._engine_failed:
                break
        not_tried = refused(document(ProblemCode.ENGINE_UNAVAILABLE, _NOT_TRIED))
        return results + [not_tried] * (len(items) - len(results))

    async def _check(self, group: Sequence[msgspec.Raw], first: int) -> list[CheckedMessage | RefusedMessage]:
        """Check a group of messages; `first` messages of the batch come before it. An error
        concerns one message.
        """
        checked: list[CheckedMessage | RefusedMessage] = []
        async for item in in_turns(group):
            try:
                checked.append(await self._check_one(item, first + len(checked)))
            except PushgateError as error:
                checked.append(RefusedMessage(error, None))
            except Exception:  # noqa: BLE001  # the caller must learn what becomes of the others
                _log.exception("batch item failed", action="request_failed")
                checked.append(RefusedMessage(PushgateError(), None))
        return checked

    async def _check_one(self, written: bytes, index: int) -> CheckedMessage | RefusedMessage:
        item = self._decode(written, BatchItem, self._extra_checks)
        derived = f"{self._batch_key}\0{index}" if self._batch_key else None  # no caller's key has a NUL
        key = request_key(self._configured, item.idempotency_key or derived, CREATE, item)
        return check(
            self._context,
            self._configured,
            item,
            key,
            self._author,
            trace=self._trace,
            copies=await self._copies.of(item),
            lengths=await lengths_for(self._context, self._configured.app, item),
        )

    async def _store(self, group: Sequence[CheckedMessage | RefusedMessage]) -> list[Result]:
        """Return a result for each message, up to the first one at which an engine fails.

        The small messages of the group are stored together, after refused ones have been answered:
        those may have the response of an earlier request, and not of a later one in the batch.
        """
        answered = {
            number: await self._store_one(one)
            for number, one in enumerate(group)
            if isinstance(one, RefusedMessage)
        }
        small = {
            number: one
            for number, one in enumerate(group)
            if isinstance(one, CheckedMessage) and one.is_small
        }
        if small:
            answered.update(zip(small, await self._store_small(list(small.values())), strict=True))
        return [
            answered[number] if number in answered else await self._store_one(one)
            for number, one in enumerate(group)
        ]

    async def _store_small(self, checked: Sequence[CheckedMessage]) -> list[Result]:
        with watching():
            try:
                return list(map(_result, await store_small(self._context, self._configured.app, checked)))
            except EngineUnavailable as error:
                self._engine_failed = True
                return [refused(describe(error))] * len(checked)
            except Exception:  # noqa: BLE001  # the caller must learn what becomes of the others
                _log.exception("batch failed", action="request_failed")
                return [refused(describe(PushgateError()))] * len(checked)

    async def _store_one(self, checked: CheckedMessage | RefusedMessage) -> Result:
        if self._engine_failed:
            return refused(document(ProblemCode.ENGINE_UNAVAILABLE, _NOT_TRIED))
        with watching():  # each result says whether its own message may be stored
            try:
                return _result(await store(self._context, self._configured, checked))
            except EngineUnavailable as error:
                # Each further message would wait just as long for the engine.
                self._engine_failed = True
                return refused(describe(error))
            except PushgateError as error:
                return refused(describe(error))
            except Exception:  # noqa: BLE001  # the caller must learn what was stored before
                _log.exception("batch item failed", action="request_failed")
                return refused(describe(PushgateError()))


def _result(created: Created | PushgateError) -> Result:
    if isinstance(created, PushgateError):
        return refused(describe(created))
    return {"status": 202, "message": orjson.Fragment(created.response)}
