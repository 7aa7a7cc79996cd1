"""vivo Push: one terminal per request, or saved content that goes to up to 1,000 terminals.

Source: docs/reference/vendors/vivo.md
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pushgate.adapters.contract import Push
from pushgate.adapters.message_classes import class_option
from pushgate.adapters.push_warnings import missing_class_warnings, picture_warnings
from pushgate.adapters.quick_check import ANY_CATEGORY, NAMED_CATEGORIES, NO_BADGE, NO_CATEGORY, QuickLimits
from pushgate.adapters.session import Session
from pushgate.adapters.session_adapter import SessionAdapter, open_client
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import OPAQUE_TOKEN, AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.adapters.vendor_settings import fingerprint, text_of
from pushgate.adapters.vivo.access_token import RENEW_BEFORE, fetch_access_token
from pushgate.adapters.vivo.options import CLASSES, MAX_LINK, SYSTEM_CATEGORIES, VivoOptions
from pushgate.adapters.vivo.payload import MAX_CUSTOM_DATA, MAX_MESSAGE_ID, render
from pushgate.adapters.vivo.receipts import RECEIPTS, VivoReceiptParser
from pushgate.adapters.vivo.responses import CODES, refuses
from pushgate.adapters.vivo.sender import MAX_TOKENS, Calls, VivoSender
from pushgate.adapters.vivo.settings import MAX_CONTENT, MAX_TITLE, MAX_TTL, VivoSettings
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Options
from pushgate.domain.push_class import PushClass

MAX_RECEIPT_URL = 128  # docs/reference/vendors/vivo.md#limits


class Vivo(SessionAdapter):
    """Sends one app's pushes through vivo."""

    check_proves_credentials = True

    def __init__(self, settings: VivoSettings, context: AdapterContext) -> None:
        token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(fetch_access_token, settings, token_endpoint, context.clock)
        name = f"vivo:{settings.app_id}:{fingerprint(text_of(settings.app_secret))}"
        credentials = context.shared_credentials(name, fetch, RENEW_BEFORE)
        client = open_client(settings, settings.endpoint)
        session = Session(client, context.clock, credentials, refuses)
        super().__init__(session, receipt_parser=VivoReceiptParser(), token_endpoint=token_endpoint)
        self._settings = settings
        self._receipt_url = context.receipt_url
        self._has_system_default = settings.category in SYSTEM_CATEGORIES
        self.quick_check = QuickLimits(
            vendor="vivo",
            max_id=MAX_MESSAGE_ID,
            max_title_width=settings.max_title_width,
            max_body_width=settings.max_content_width,
            max_url=MAX_LINK,
            max_data_characters=MAX_CUSTOM_DATA,
            unwarned_categories=ANY_CATEGORY if self._has_system_default else NAMED_CATEGORIES,
            pictured_categories=NO_CATEGORY,
            min_badge=NO_BADGE,
        )
        self._calls = Calls.under(session.base_path)

    def prepare(self, push: Push, now: datetime) -> VivoSender:
        """Render the push. Raises PayloadRejected."""
        message = render(push, self._settings, now)
        return VivoSender(self._session, self._calls, message, push, receipt_url=self._receipt_url())

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a push without a class, which vivo takes for operational, and of a picture."""
        missing = [] if self._has_system_default else missing_class_warnings(push, "vivo", CLASSES)
        return [*missing, *picture_warnings(push)]


def _push_class(options: Options, settings: VivoSettings) -> PushClass:
    category = class_option(options, "vivo", CLASSES, "category") or settings.category
    return PushClass.SERVICE if category in SYSTEM_CATEGORIES else PushClass.MARKETING


VENDOR = Vendor(
    name="vivo",
    settings=VivoSettings,
    options=VivoOptions,
    token_pattern=OPAQUE_TOKEN,
    max_batch=MAX_TOKENS,
    codes=CODES,
    # The quota of an app with fewer than 5 million users: docs/reference/vendors/vivo.md#quotas
    quota=PushRate(3_000),
    features=frozenset([Feature.COLLAPSE]),
    limits=Limits(max_ttl=MAX_TTL, max_title=MAX_TITLE, max_body=MAX_CONTENT, unit="width"),
    open=opener(VivoSettings, Vivo),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    max_receipt_url=MAX_RECEIPT_URL,
    push_class=classifier(VivoSettings, _push_class),
)
