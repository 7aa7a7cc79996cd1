"""APNs: one request per token; the path holds the token, headers and body are the same.

Opens the session.

Source: docs/reference/vendors/apns.md
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import repeat

from msgspec import structs

from pushgate.adapters.apns import provider_token
from pushgate.adapters.apns.options import ApnsOptions
from pushgate.adapters.apns.payload import (
    MAX_PAYLOAD,
    MAX_TTL,
    RESERVED_KEYS,
    Rendered,
    removal,
    render,
    shows_something,
)
from pushgate.adapters.apns.responses import CODES, needs_new_connection, parse, refuses
from pushgate.adapters.apns.settings import ApnsSettings
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.filling import Filling, without_text
from pushgate.adapters.quick_check import QuickLimits
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import SessionAdapter, open_client
from pushgate.adapters.single_token import SingleTokenPush, SingleTokenSender
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import text_of
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate, Fields, RequestItem
from pushgate.http2.connect import ClientCertificate
from pushgate.http2.results import Response


class Apns(SessionAdapter):
    """Sends one app's pushes through APNs, which sends no receipts."""

    quick_check = QuickLimits(vendor="apns", max_bytes=MAX_PAYLOAD, reserved_keys=RESERVED_KEYS)

    def __init__(self, settings: ApnsSettings, context: AdapterContext) -> None:
        self._topic = settings.topic
        self._with_key = settings.certificate is None
        credentials, certificate = None, None
        if settings.certificate:
            key = text_of(settings.key) if settings.key else None
            certificate = ClientCertificate(text_of(settings.certificate), key)
        else:
            credentials = provider_token.open_credentials(settings, context)
        # APNs binds a connection to one team and key, so each app has connections of its own.
        client = open_client(settings, settings.endpoint, http1=False, certificate=certificate)
        super().__init__(Session(client, context.clock, credentials, refuses))
        self._path = self._session.base_path + b"/3/device/"
        self._senders: dict[tuple[Fields, bool], SingleTokenSender] = {}

    def prepare(self, push: Push, now: datetime) -> SingleTokenPush:
        """Render the push. Raises PayloadRejected."""
        rendered = self._render(push)
        high_priority = push.options.priority is Priority.HIGH
        body, own_headers = rendered.body, rendered.own_headers

        def template() -> RequestTemplate:
            return _with_provider_token(
                BurstTemplate(
                    path=self._path,
                    headers=(*rendered.headers, *own_headers),
                    body_prefix=body,
                    item_in_path=True,
                    high_priority=high_priority,
                )
            )

        return SingleTokenPush(
            self._sender(rendered, high_priority=high_priority),
            lambda token: RequestItem(token, body, own_headers),
            template,
        )

    def filling(self, push: Push, now: datetime) -> Filling:
        """Return how the push is rendered with other contents. Raises PayloadRejected."""
        rendered = self._render(without_text(push))
        sender = self._sender(rendered, high_priority=push.options.priority is Priority.HIGH)
        return Filling(
            lambda content: self._render(structs.replace(push, content=content)).body,
            lambda before, after: FilledRequests(
                replace(sender, template=self._filled_template(push, rendered, before, after))
            ),
        )

    def _render(self, push: Push) -> Rendered:
        return render(push, self._topic, with_key=self._with_key)

    def _filled_template(
        self, push: Push, rendered: Rendered, before: bytes, after: bytes
    ) -> RequestTemplate:
        return _with_provider_token(
            BurstTemplate(
                path=self._path,
                headers=(*rendered.headers, *rendered.own_headers),
                body_prefix=before,
                body_suffix=after,
                request_items=True,
                high_priority=push.options.priority is Priority.HIGH,
            )
        )

    def removal(self, push: Push) -> Push:
        """Return the background push on which the client app removes the notification of `push`."""
        return removal(push)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a badge in a push that shows nothing, and so sets none."""
        options = parse_options(push, "apns", ApnsOptions)
        if push.options.badge is None or shows_something(options):
            return ()
        return [FieldError("options.badge", f"has no effect in a push of type {options.push_type}")]

    def _sender(self, rendered: Rendered, *, high_priority: bool) -> SingleTokenSender:
        """Return the sender of all pushes with these headers: of a push type and a priority."""
        key = (rendered.headers, high_priority)
        sender = self._senders.get(key)
        if sender is None:
            template = BurstTemplate(
                path=self._path, headers=rendered.headers, request_items=True, high_priority=high_priority
            )
            sender = self._senders[key] = SingleTokenSender(
                session=self._session,
                template=_with_provider_token(template),
                parse=partial(self._parse, rendered.topic),
                scopes={RefusalScope.TOPIC: rendered.topic},
            )
        return sender

    def _parse(self, topic: str, response: Response, now: datetime) -> Verdict:
        if needs_new_connection(response):
            self._session.refresh()
        return parse(response, now, topic, self._topic)


class FilledRequests:
    """A push with contents of their own for its tokens: path and body differ."""

    def __init__(self, sender: SingleTokenSender) -> None:
        self._sender = sender

    def send(
        self, tokens: Sequence[bytes], parts: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send each part of the body to its token."""
        items = list(map(RequestItem._make, zip(tokens, parts, repeat(()))))
        return self._sender.send(items, may_continue)


def _with_provider_token(template: BurstTemplate) -> RequestTemplate:
    """Return a template whose credential is a provider token, or '' where a certificate is used."""

    def make(token: str) -> BurstTemplate:
        authorization = ((b"authorization", b"bearer " + token.encode()),) if token else ()
        return replace(template, headers=(*authorization, *template.headers))

    return RequestTemplate(make)


VENDOR = Vendor(
    name="apns",
    settings=ApnsSettings,
    options=ApnsOptions,
    # Hexadecimal; Apple promises no length, and SDKs print it in either case.
    # 8 to 200 pairs of digits. Eight pairs at a time are matched three times faster.
    token_pattern=re.compile(r"(?:[0-9a-f]{16}){1,24}(?:[0-9a-f]{2}){0,8}"),
    normalize_token=str.lower,
    max_batch=1,
    codes=CODES,
    quota=PushRate(),  # none is published: docs/reference/vendors/apns.md#quotas
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.PRIORITY, Feature.COLLAPSE]),
    limits=Limits(max_ttl=MAX_TTL, max_bytes=MAX_PAYLOAD),
    open=opener(ApnsSettings, Apns),
)
