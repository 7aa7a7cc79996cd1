"""Xiaomi MiPush: up to 1,000 registration ids per request.

Opens the session; the other modules render and parse.

Source: docs/reference/vendors/xiaomi.md
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pushgate.adapters.contract import Push
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.message_classes import MARKETING_CATEGORIES, class_option
from pushgate.adapters.push_warnings import picture_warnings
from pushgate.adapters.quick_check import NO_BADGE, NO_CATEGORY, QuickLimits
from pushgate.adapters.session import RequestTemplate, Session, templates_by_priority
from pushgate.adapters.session_adapter import SessionAdapter, open_client
from pushgate.adapters.vendor import OPAQUE_TOKEN, AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.adapters.vendor_settings import text_of
from pushgate.adapters.xiaomi.options import XiaomiOptions
from pushgate.adapters.xiaomi.payload import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    MAX_TTL,
    channel_of,
    encode_tokens,
    render,
    render_recall,
)
from pushgate.adapters.xiaomi.receipts import RECEIPTS, XiaomiReceiptParser
from pushgate.adapters.xiaomi.responses import CODES, parse
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Options
from pushgate.domain.outcome import RefusalScope
from pushgate.domain.push_class import PushClass
from pushgate.http2.burst_template import BurstTemplate

MAX_TOKENS = 1000  # docs/reference/vendors/xiaomi.md#limits
MAX_RECEIPT_URL = 512  # Pushgate's own limit; the vendor documents none


class Xiaomi(SessionAdapter):
    """Sends one app's pushes through Xiaomi."""

    def __init__(self, settings: XiaomiSettings, context: AdapterContext) -> None:
        session = Session(open_client(settings, settings.endpoint), context.clock)
        super().__init__(session, receipt_parser=XiaomiReceiptParser())
        self._settings = settings
        self._receipt_url = context.receipt_url
        self._needs_channel = not settings.channel_id and settings.region == "china"
        self.quick_check = QuickLimits(
            vendor="xiaomi",
            max_title=MAX_TITLE,
            max_body=MAX_DESCRIPTION,
            max_data=settings.max_payload,
            needs_text=True,
            unwarned_categories=settings.channels.keys() | (set() if self._needs_channel else {None}),
            pictured_categories=NO_CATEGORY,
            min_badge=NO_BADGE,
        )
        self._headers = (
            (b"authorization", b"key=" + text_of(settings.app_secret).encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        )
        self._templates = templates_by_priority(partial(self._template, "/v3/message/regid"))

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Render the push. Raises PayloadRejected."""
        form = render(push, self._settings, now, self._receipt_url()) + b"&registration_id="
        return BatchSender(
            self._session,
            self._templates[push.options.priority],
            max_tokens=MAX_TOKENS,
            encode=lambda tokens: form + encode_tokens(tokens),
            parse=parse,
            scopes={RefusalScope.CHANNEL: channel_of(push, self._settings) or ""},
        )

    def recall(self, push: Push) -> BatchSender:
        """Prepare to take the push back. Raises PayloadRejected for a push that shows nothing."""
        form = render_recall(push, self._settings) + f"&{self._settings.revoke_ids}=".encode()
        return BatchSender(
            self._session,
            self._template(self._settings.revoke_path),
            max_tokens=MAX_TOKENS,
            encode=lambda tokens: form + encode_tokens(tokens),
            parse=parse,
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a channel that is not the category's, of a missing channel, and of a picture."""
        return () if push.options.silent else [*self._channel_warnings(push), *picture_warnings(push)]

    def _channel_warnings(self, push: Push) -> Sequence[FieldError]:
        settings, category = self._settings, push.options.category
        if push.options.vendors.get("xiaomi", {}).get("channel_id"):
            return ()
        if category and category not in settings.channels:
            warning = f"has no effect: the app has no channel for {category}; set it in xiaomi.channels"
            return [FieldError("options.category", warning)]
        if category or not self._needs_channel:
            return ()
        warning = (
            "is not set, and the app has no channel for such pushes: "
            "Xiaomi refuses them, or shows one a day; set xiaomi.channel_id"
        )
        return [FieldError("options.category", warning)]

    def _template(self, path: str, high_priority: bool = False) -> RequestTemplate:
        whole_path = self._session.base_path + path.encode()
        return RequestTemplate.fixed(
            BurstTemplate(
                path=whole_path,
                headers=self._headers,
                full_response=True,
                high_priority=high_priority,
            )
        )


def _push_class(options: Options, settings: XiaomiSettings) -> PushClass:
    """A message is of the service class where its channel is that of a category of the class."""
    channel = class_option(options, "xiaomi", settings.message_classes(), "channel_id")
    service = {one for category, one in settings.channels.items() if category not in MARKETING_CATEGORIES}
    return PushClass.SERVICE if channel in service else PushClass.MARKETING


VENDOR = Vendor(
    name="xiaomi",
    settings=XiaomiSettings,
    options=XiaomiOptions,
    token_pattern=OPAQUE_TOKEN,
    max_batch=MAX_TOKENS,
    codes=CODES,
    # The minimum of Xiaomi's own flow control: docs/reference/vendors/xiaomi.md#quotas
    quota=PushRate(3_000),
    features=frozenset([Feature.COLLAPSE, Feature.RECALL]),
    limits=Limits(max_ttl=MAX_TTL, max_title=MAX_TITLE, max_body=MAX_DESCRIPTION),
    open=opener(XiaomiSettings, Xiaomi),
    receipts=RECEIPTS,
    max_receipt_url=MAX_RECEIPT_URL,
    push_class=classifier(XiaomiSettings, _push_class),
)
