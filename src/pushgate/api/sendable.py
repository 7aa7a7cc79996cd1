"""Checks whether the body of a message would be accepted now. Nothing is stored."""

from typing import NamedTuple

from pushgate.api.app_hours import read_app_hour
from pushgate.api.context import ApiContext
from pushgate.api.creation import RefusedMessage, check, lengths_for
from pushgate.api.http import parse
from pushgate.api.partial_checks import message_checks
from pushgate.api.schemas.messages import MessageBody
from pushgate.api.template_copies import TemplateCopies
from pushgate.apps.audience_now import check_audience_now
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.reporting import check_reporting
from pushgate.domain.audience import Audience
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Message


class Sendable(NamedTuple):
    """A message that would be accepted, and the warnings that its sender would get."""

    message: Message
    audience: Audience
    warnings: list[FieldError]


async def require_sendable(context: ApiContext, configured: ConfiguredApp, body: bytes) -> Sendable:
    """Return the message of a body.

    Raises the error that `POST /v1/messages` would answer with, and EngineUnavailable.
    """
    checks = message_checks(context.clock.now(), context.settings.max_audience)
    written = parse(body, MessageBody, checks)
    copies = await TemplateCopies(context.stores.templates, configured.app).of(written)
    lengths = await lengths_for(context, configured.app, written)
    checked = check(context, configured, written, None, copies=copies, lengths=lengths)
    if isinstance(checked, RefusedMessage):
        raise checked.error
    audience = checked.audience
    app_hour = await read_app_hour(context.stores, configured.app, checked.message)
    message, unknown = app_hour.put(checked.message)
    found = await check_audience_now(
        context.stores,
        configured.app,
        audience,
        message.id,
        is_required=message.options.require_audience,
    )
    reporting = await check_reporting(context.stores, configured, message)
    if errors := [*found.errors, *reporting.errors]:
        raise InvalidRequest(errors)
    return Sendable(message, audience, checked.warnings + unknown + found.warnings + reporting.warnings)
