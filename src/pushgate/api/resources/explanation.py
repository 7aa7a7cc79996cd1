"""`/v1/messages/{id}/terminals`: what a message meant for one terminal."""

from fastapi import APIRouter, Request, Response

from pushgate.api.auth import ReadCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.explanation import from_explanation
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.mapping.terminals import valid_id
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.explanation import ExplainBody
from pushgate.api.schemas.explanation import Explanation as ExplanationModel
from pushgate.api.schemas.fields import MessageIdInPath, TerminalIdInPath
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.pending_reasons import pending_reasons
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.outcome import State
from pushgate.tracking.explained import Explanation

router = APIRouter(prefix="/v1", tags=["messages"])
MAX_BODY = 16 * 1024
"""Bytes of a request that names a push token."""


@router.get(
    "/messages/{message_id}/terminals/{terminal_id}",
    operation_id="explain_terminal",
    responses=response_schema(ExplanationModel),
)
async def of_terminal(
    request: Request, configured: ReadCaller, message_id: MessageIdInPath, terminal_id: TerminalIdInPath
) -> Response:
    """What the message meant for one terminal: whether and why the terminal gets the push, in which
    language, with what result, and what to do.

    Unknown facts are left out. A terminal that is not registered is no error: `reason` says so, and
    if the message was for the terminal before it was forgotten, there is still its `push`. `since`
    is exact to the second for messages to few terminals; for others it is the minute of a failure,
    and left out otherwise. `attempts` and `receipt_times` are only known for messages to few
    terminals.
    """
    context = context_of(request)
    explanation = await context.stores.tracked.explanations.of_terminal(
        configured.app, message_id, valid_id(terminal_id)
    )
    return await _answer(context, configured, explanation)


@router.post(
    "/messages/{message_id}/terminals:explain",
    operation_id="explain_token",
    responses=response_schema(ExplanationModel),
    openapi_extra=body_schema(ExplainBody),
)
async def of_token(request: Request, configured: ReadCaller, message_id: MessageIdInPath) -> Response:
    """The same for a terminal that is named by vendor and push token: a token that the message
    brought, or the token of a registered terminal. Changes nothing.

    `targeted` is left out for a push token that neither the message nor a registered terminal has:
    a terminal that had it may have been forgotten since.
    """
    context = context_of(request)
    written = parse(await read_body(request, MAX_BODY), ExplainBody)
    errors: list[FieldError] = []
    token = to_token(written.vendor, written.token, "", errors)
    if errors:
        raise InvalidRequest(errors)
    explanation = await context.stores.tracked.explanations.of_token(
        configured.app, message_id, written.vendor, token, configured.vendors
    )
    return await _answer(context, configured, explanation)


async def _answer(context: ApiContext, configured: ConfiguredApp, explanation: Explanation) -> Response:
    push, now = explanation.push, context.clock.now()
    pending = {push.group.vendor: 1} if push and push.state is State.PENDING else dict[str, int]()
    reasons = await pending_reasons(context.stores, configured, now, explanation.tracked, pending)
    return json_response(from_explanation(explanation, reasons))
