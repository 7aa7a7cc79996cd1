"""OPPO (HeyTap) Push: up to 1,000 notifications per request, each with its own result.

A notification with a big picture is saved first and then broadcast to up to 1,000 terminals.
Source: docs/reference/vendors/oppo.md
"""

import re
from collections.abc import Sequence
from datetime import datetime

from pushgate.adapters.contract import Push
from pushgate.adapters.message_classes import class_option
from pushgate.adapters.oppo.host import OppoHost
from pushgate.adapters.oppo.options import CLASSES, MARKETING_CATEGORIES, OppoOptions
from pushgate.adapters.oppo.payload import (
    MAX_LINK,
    MAX_LONG_CONTENT,
    MAX_PARAMETERS,
    MAX_TITLE,
    MAX_TTL,
    is_overseas,
    render,
)
from pushgate.adapters.oppo.receipts import RECEIPTS, OppoReceiptParser
from pushgate.adapters.oppo.responses import CODES
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.oppo.unicast_sender import MAX_TOKENS
from pushgate.adapters.per_host import PerHostSender
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.quick_check import ANY_CATEGORY, NAMED_CATEGORIES, NO_CATEGORY, QuickLimits
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Options
from pushgate.domain.push_class import PushClass

_CHINA, _OVERSEAS = "china", "overseas"
MAX_RECEIPT_URL = 200  # docs/reference/vendors/oppo.md#limits


class Oppo:
    """Sends one app's pushes through OPPO."""

    supports_dry_run = False

    def __init__(self, settings: OppoSettings, context: AdapterContext) -> None:
        self.receipt_parser: ReceiptParser | None = OppoReceiptParser()
        self._settings = settings
        self._receipt_url = context.receipt_url
        self._has_service_default = settings.category not in MARKETING_CATEGORIES | {None}
        self.quick_check = QuickLimits(
            vendor="oppo",
            max_title=MAX_TITLE,
            max_body=MAX_LONG_CONTENT,
            max_url=MAX_LINK,
            max_data_characters=MAX_PARAMETERS,
            unwarned_categories=ANY_CATEGORY if self._has_service_default else NAMED_CATEGORIES,
            pictured_categories=NO_CATEGORY,
        )
        self._china = OppoHost(settings, settings.endpoint, context, _CHINA)
        self._overseas = OppoHost(settings, settings.overseas_endpoint, context, _OVERSEAS)

    def prepare(self, push: Push, now: datetime) -> PerHostSender:
        """Render the push. Raises PayloadRejected."""
        notification = render(push, self._settings, now, self._receipt_url())
        hosts = (self._china, self._overseas)
        by_host = {host.name: host.prepare(notification, push.options.priority) for host in hosts}
        return PerHostSender(by_host, lambda token: _OVERSEAS if is_overseas(token) else _CHINA)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a push without a class, which OPPO takes for marketing, and of a picture."""
        warnings: list[FieldError] = []
        if not self._has_service_default:
            warnings += missing_class_warnings(push, "oppo", CLASSES)
        if push.content.image:
            uploaded = "OPPO takes pictures that were uploaded to it"
            warning = f"is not shown: {uploaded}; name one in options.oppo.big_picture_id"
            warnings.append(FieldError("content.image", warning))
        return warnings

    async def check(self) -> bool:
        """Log in at the host in China: not every app has terminals abroad."""
        await self._china.check()
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._china.close()
        await self._overseas.close()


def _push_class(options: Options, settings: OppoSettings) -> PushClass:
    category = class_option(options, "oppo", CLASSES, "category") or settings.category
    is_marketing = category is None or category in MARKETING_CATEGORIES
    return PushClass.MARKETING if is_marketing else PushClass.SERVICE


VENDOR = Vendor(
    name="oppo",
    settings=OppoSettings,
    options=OppoOptions,
    # Opaque printable text without quotes; a comma or a semicolon would end it in a list of ids.
    token_pattern=re.compile(r"[!#-+\--:<-\[\]-~]{4,1024}"),
    max_batch=MAX_TOKENS,
    codes=CODES,
    # The quota of an app with fewer than 10 million users: docs/reference/vendors/oppo.md#quotas
    quota=PushRate(5_000),
    features=frozenset([Feature.BADGE, Feature.COLLAPSE]),
    limits=Limits(max_ttl=MAX_TTL, max_title=MAX_TITLE, max_body=MAX_LONG_CONTENT),
    open=opener(OppoSettings, Oppo),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    max_receipt_url=MAX_RECEIPT_URL,
    push_class=classifier(OppoSettings, _push_class),
)
