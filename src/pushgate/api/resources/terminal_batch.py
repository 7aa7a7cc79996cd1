"""`/v1/terminals:batch`: many registrations at once, each with a result of its own."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import TerminalsWriteCaller, context_of, count_items
from pushgate.api.batch_items import Result, in_turns, refused, split_items
from pushgate.api.http import json_response, parse, read_body, validate
from pushgate.api.mapping.terminals import check_configured, from_registered, to_terminal
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.partial_checks import terminal_checks
from pushgate.api.problems import describe
from pushgate.api.schemas.terminals import (
    MAX_BATCH,
    TerminalBatchBody,
    TerminalBatchItem,
    TerminalBatchResults,
)
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import PushgateError
from pushgate.domain.terminal import Terminal
from pushgate.terminals.registration import Registered

router = APIRouter(prefix="/v1", tags=["terminals"])


@router.post(
    "/terminals:batch",
    operation_id="register_terminals",
    responses=response_schema(TerminalBatchResults),
    openapi_extra=body_schema(TerminalBatchBody),
)
async def register_batch(request: Request, configured: TerminalsWriteCaller) -> Response:
    """Register or replace up to 1,000 terminals: `{"terminals": [...]}`. Each has its own result,
    in order: a terminal or a problem.

    Each is a registration as by PUT, with its `id`. If several have the same id or push token, the
    last one counts. A repeated batch has the same effect.
    """
    context = context_of(request)
    body = await read_body(request, context.settings.max_body)
    items, has_repeated_keys = split_items(body, "terminals", MAX_BATCH)
    count_items(request, len(items))
    checker = _Checker(configured, context.clock.now(), has_repeated_keys=has_repeated_keys)
    checked = [checker.check(item) async for item in in_turns(items)]
    terminals = [item for item in checked if isinstance(item, Terminal)]
    registered = iter(await context.stores.registration.register(configured.app, terminals))
    seen: set[str] = set()
    results = [
        _result(next(registered), seen) if isinstance(item, Terminal) else refused(describe(item))
        for item in checked
    ]
    return json_response({"results": results})


class _Checker:
    """Checks the registrations of one batch."""

    def __init__(self, configured: ConfiguredApp, now: datetime, *, has_repeated_keys: bool) -> None:
        self._configured = configured
        self._now = now
        # Repeated keys are looked for in each item only if the batch has any.
        self._decode = parse if has_repeated_keys else validate
        self._extra_checks = terminal_checks(now)

    def check(self, item: bytes) -> Terminal | PushgateError:
        """Return the terminal of an item, or what is wrong with it."""
        try:
            written = self._decode(item, TerminalBatchItem, self._extra_checks)
            terminal = to_terminal(written.id, written, self._configured.default_language, self._now)
            check_configured(terminal, self._configured)
        except PushgateError as error:
            return error
        return terminal


def _result(registered: Registered, seen: set[str]) -> Result:
    """Return the result of a registration. Only the first one of an id creates its terminal."""
    terminal_id = registered.terminal.id
    status = 201 if registered.created and terminal_id not in seen else 200
    seen.add(terminal_id)
    return {"status": status, "terminal": from_registered(registered)}
