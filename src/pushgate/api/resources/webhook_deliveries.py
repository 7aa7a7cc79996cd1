"""`/v1/webhooks/{id}/deliveries`, and acts on a webhook: test, replay, pause, resume, and rotation
of its secret.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import AdminCaller, context_of
from pushgate.api.http import json_response, parse, read_body
from pushgate.api.mapping.webhooks import from_answer, from_attempt, from_webhook
from pushgate.api.openapi import body_schema, response_schema
from pushgate.api.resources.webhooks import MAX_BODY, WebhookIdInPath
from pushgate.api.schemas.webhooks import (
    DeliveryList,
    Replay,
    ReplayBody,
    RotationBody,
    Webhook,
    WebhookTest,
    WebhookWithSecret,
)
from pushgate.api.times import parse_instant
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict
from pushgate.webhooks import destination
from pushgate.webhooks.body import body_of_test
from pushgate.webhooks.delivery import new_delivery_id
from pushgate.webhooks.receiver import Receiver
from pushgate.webhooks.signatures import sign
from pushgate.webhooks.streams import Streams
from pushgate.webhooks.webhook import PauseReason

router = APIRouter(prefix="/v1", tags=["webhooks"])


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    operation_id="list_deliveries",
    responses=response_schema(DeliveryList),
)
async def deliveries(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """The last 100 attempts to deliver, the newest first. They contain no events and no ids of
    people.
    """
    webhooks = context_of(request).webhooks
    found = await webhooks.subscriptions.find(configured.app.name, webhook_id)
    attempts = await webhooks.deliveries.attempts(found)
    return json_response({"deliveries": [from_attempt(attempt) for attempt in attempts]})


@router.post(
    "/webhooks/{webhook_id}:test", operation_id="test_webhook", responses=response_schema(WebhookTest)
)
async def test(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Post an event of the type `webhook.test` now, even if the webhook is paused, and return the
    receiver's answer. The event is posted once, and is not in the list of deliveries.
    """
    context = context_of(request)
    webhooks, now = context.webhooks, context.clock.now()
    found = await webhooks.subscriptions.find(configured.app.name, webhook_id)
    try:
        where = destination.parse(found.url, webhooks.posting.rules)
    except ValueError as error:
        raise Conflict(f"the settings no longer allow this address: it {error}") from error
    body = body_of_test(found.app, found.id, now)
    headers = sign(webhooks.subscriptions.keys(found, now), new_delivery_id(), now, body)
    receiver = Receiver(webhooks.posting, found.app)
    try:
        answer = await receiver.post(where, headers, body)
    finally:
        await receiver.close()
    await note(request, "webhook.tested", webhook_id)
    return json_response(from_answer(answer))


@router.post(
    "/webhooks/{webhook_id}:replay",
    operation_id="replay_webhook",
    responses=response_schema(Replay),
    openapi_extra=body_schema(ReplayBody),
)
async def replay(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Deliver events once more from an event on (its shard alone), from a cursor of `GET
    /v1/events`, or from a time. Events keep their ids, so that a receiver recognizes them; an event
    `events.gap` stands for events that are no longer kept.
    """
    webhooks, app = context_of(request).webhooks, configured.app
    written = parse(await read_body(request, MAX_BODY), ReplayBody)
    found = await webhooks.subscriptions.find(app.name, webhook_id)
    places = await _places(webhooks.streams, app, written.from_)
    await webhooks.replay(found, places)
    await note(request, "webhook.replayed", webhook_id, shards=",".join(sorted(places)))
    return json_response({"shards": dict(places)})


@router.post(
    "/webhooks/{webhook_id}:rotate-secret",
    operation_id="rotate_webhook_secret",
    responses=response_schema(WebhookWithSecret),
    openapi_extra=body_schema(RotationBody, required=False),
)
async def rotate(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Make a new secret, which only this answer shows. For `overlap`, requests also have a
    signature by the old secret. A second rotation ends the overlap of the first.
    """
    webhooks = context_of(request).webhooks
    raw = await read_body(request, MAX_BODY) if request.headers.get("content-type") else b""
    written = parse(raw or b"{}", RotationBody)
    found, secret = await webhooks.subscriptions.rotate(configured.app.name, webhook_id, written.overlap)
    await note(request, "webhook.secret_rotated", webhook_id)
    return json_response(from_webhook(found) | {"secret": secret})


@router.post("/webhooks/{webhook_id}:pause", operation_id="pause_webhook", responses=response_schema(Webhook))
async def pause(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Pause a webhook: nothing is delivered until it is resumed. Events are kept for
    `events.retention`.
    """
    context = context_of(request)
    found = await context.webhooks.subscriptions.change(
        configured.app.name,
        webhook_id,
        lambda webhook: webhook.paused(PauseReason.REQUESTED, context.clock.now()),
    )
    await note(request, "webhook.paused", webhook_id)
    return json_response(from_webhook(found))


@router.post(
    "/webhooks/{webhook_id}:resume", operation_id="resume_webhook", responses=response_schema(Webhook)
)
async def resume(request: Request, configured: AdminCaller, webhook_id: WebhookIdInPath) -> Response:
    """Resume a webhook: it goes on at once with the delivery that was next."""
    context = context_of(request)
    found = await context.webhooks.subscriptions.change(
        configured.app.name, webhook_id, lambda webhook: webhook.resumed(context.clock.now())
    )
    await note(request, "webhook.resumed", webhook_id)
    return json_response(from_webhook(found))


async def _places(streams: Streams, app: App, text: str) -> Mapping[str, str]:
    """Return the places that a text names. Raises InvalidRequest."""
    try:
        at = parse_instant(text)
    except ValueError:
        return await streams.find(app, text)
    return await streams.find_time(app, at)
