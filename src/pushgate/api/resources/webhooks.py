"""`/v1/webhooks`: an app's webhooks are created, shown, listed, changed and deleted."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import AdminCaller, caller_of, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.webhooks import from_webhook
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.schemas.webhooks import (
    Webhook,
    WebhookBody,
    WebhookChange,
    WebhookList,
    WebhookWithSecret,
)
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest
from pushgate.domain.event_type import fault_of_types
from pushgate.webhooks import destination
from pushgate.webhooks.destination import DestinationRules
from pushgate.webhooks.webhook import ID
from pushgate.webhooks.webhook import Webhook as StoredWebhook

router = APIRouter(prefix="/v1", tags=["webhooks"])
MAX_BODY = 64 * 1024
# Described, and not checked: what is in another form is not there, which is another answer.
WebhookIdInPath = Annotated[str, Path(description="a webhook's id", json_schema_extra={"pattern": ID})]


@router.post(
    "/webhooks",
    operation_id="create_webhook",
    status_code=201,
    responses=response_schema(WebhookWithSecret, 201, "Created"),
    openapi_extra=body_schema(WebhookBody),
)
async def create(request: Request, configured: AdminCaller) -> Response:
    """Create a webhook: events are posted to its address, signed as the Standard Webhooks
    specification says. Only this answer has the secret.

    A request has events of one shard in order, about at most 1,000 terminals. Any status of 200 to
    299 confirms it. After any other status, or without a response, it is repeated for three days
    with the same `webhook-id` and events. At most 100 webhooks an app.
    """
    webhooks, app = context_of(request).webhooks, configured.app
    written = parse(await read_body(request, MAX_BODY), WebhookBody)
    _check(written.url, written.types, webhooks.posting.rules)
    made, secret = webhooks.subscriptions.new(app.name, written.url, written.types, caller_of(request).key.id)
    made = replace(made, expand=written.expand, description=written.description)
    places = await webhooks.streams.begin(app, made.reader)
    try:
        await webhooks.subscriptions.create(made, places)
    except Conflict:
        await webhooks.streams.leave(app, made.reader)
        raise
    await note(request, "webhook.created", made.id, types=",".join(made.types))
    return json_response(from_webhook(made) | {"secret": secret}, 201)


@router.get("/webhooks", operation_id="list_webhooks", responses=response_schema(WebhookList))
async def page(request: Request, configured: AdminCaller) -> Response:
    """The app's webhooks, the oldest first."""
    found = await context_of(request).webhooks.subscriptions.of_app(configured.app.name)
    return json_response({"webhooks": [from_webhook(webhook) for webhook in found]})


@router.get("/webhooks/{webhook_id}", operation_id="get_webhook", responses=response_schema(Webhook))
async def show(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """A webhook."""
    found = await context_of(request).webhooks.subscriptions.find(configured.app.name, webhook_id)
    return json_response(from_webhook(found))


@router.patch(
    "/webhooks/{webhook_id}",
    operation_id="change_webhook",
    responses=response_schema(Webhook),
    openapi_extra=body_schema(WebhookChange),
)
async def change(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Change a webhook. A delivery that has begun goes to the new address with unchanged events;
    new types and a new form apply from the next delivery on.
    """
    webhooks = context_of(request).webhooks
    written = parse(await read_body(request, MAX_BODY), WebhookChange)
    _check(written.url, written.types, webhooks.posting.rules)
    fields = written.model_dump(exclude_unset=True)
    if "types" in fields:
        fields["types"] = tuple(written.types)

    def changed(webhook: StoredWebhook) -> StoredWebhook:
        return replace(webhook, **fields)

    found = await webhooks.subscriptions.change(configured.app.name, webhook_id, changed)
    await note(request, "webhook.changed", webhook_id, fields=",".join(sorted(fields)))
    return json_response(from_webhook(found))


@router.delete("/webhooks/{webhook_id}", operation_id="delete_webhook", status_code=204)
async def delete(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Delete a webhook, its secret and the log of its deliveries. A request that is already under
    way may still arrive.
    """
    webhooks, app = context_of(request).webhooks, configured.app
    found = await webhooks.subscriptions.find(app.name, webhook_id)
    await webhooks.subscriptions.delete(app.name, webhook_id)
    await webhooks.streams.leave(app, found.reader)
    await note(request, "webhook.deleted", webhook_id)
    return Response(status_code=204)


def _check(url: str | None, types: list[str] | None, rules: DestinationRules) -> None:
    """Raise InvalidRequest for an address that must not be called, or for unknown types."""
    errors = []
    if url is not None:
        try:
            destination.parse(url, rules)
        except ValueError as error:
            errors.append(FieldError("url", str(error)))
    if types is not None and (fault := fault_of_types(types)):
        errors.append(FieldError("types", fault))
    if errors:
        raise InvalidRequest(errors)
