"""Huawei Push Kit for HMS, v1 and v2: up to 1,000 tokens per request.

Opens the session; the other modules render and parse.

Source: docs/reference/vendors/huawei.md
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pushgate.adapters.contract import Push
from pushgate.adapters.huawei.options import HuaweiOptions
from pushgate.adapters.huawei.payload import (
    MAX_BODY,
    MAX_MESSAGE_ID,
    MAX_TTL,
    notification_number,
    options_of,
    render,
)
from pushgate.adapters.huawei.receipts import EVENTS, RECEIPTS
from pushgate.adapters.huawei.responses import CODES, parse, refuses
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.message_classes import class_option
from pushgate.adapters.push_checks import require_recallable
from pushgate.adapters.push_kit_classes import CLASSES, MARKETING
from pushgate.adapters.push_kit_recall import RecallRequest, recall_sender
from pushgate.adapters.push_kit_service_account import ServiceAccount
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.quick_check import NAMED_CATEGORIES, QuickLimits
from pushgate.adapters.session import Session, bearer_templates
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import OPAQUE_TOKEN, AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.adapters.vendor_json import token_list_encoder
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import fingerprint, text_of
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Options
from pushgate.domain.outcome import RefusalScope
from pushgate.domain.push_class import PushClass
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.credentials import CredentialCache

MAX_TOKENS = 1000  # docs/reference/vendors/huawei.md#limits
_HEADERS = ((b"content-type", b"application/json; charset=UTF-8"),)


class Huawei(SessionAdapter):
    """Sends one app's pushes through Huawei."""

    supports_dry_run = True
    quick_check = QuickLimits(
        vendor="huawei",
        max_id=MAX_MESSAGE_ID,
        max_bytes=MAX_BODY,
        nests_data=True,
        needs_https_image=True,
        unwarned_categories=NAMED_CATEGORIES,
    )

    def __init__(self, settings: HuaweiSettings, context: AdapterContext) -> None:
        self._settings = settings
        has_account = settings.service_account is not None
        account = ServiceAccount.read(text_of(settings.service_account)) if has_account else None
        token_endpoint = TokenEndpoint(settings, context.clock)
        credential = _signed(account, context) if account else _fetched(settings, token_endpoint, context)
        session = Session(open_client(settings, settings.endpoint), context.clock, credential, refuses)
        receipt_parser = StatusReceiptParser(EVENTS, settings.signature())
        super().__init__(session, receipt_parser=receipt_parser, token_endpoint=token_endpoint)
        self.check_proves_credentials = account is None
        template = BurstTemplate(
            path=session.base_path + _send_path(settings, account), headers=_HEADERS, full_response=True
        )
        self._templates = bearer_templates(template)

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Render the push. Raises PayloadRejected."""
        before, after = render(push, self._settings, now)
        options = options_of(push, self._settings)
        message_class = " ".join(filter(None, (options.category, options.urgency)))
        return BatchSender(
            self._session,
            self._templates[push.options.priority],
            max_tokens=MAX_TOKENS,
            encode=token_list_encoder(before, after),
            parse=parse,
            scopes={RefusalScope.CLASS: message_class, RefusalScope.RECEIPT: options.receipt_id or ""},
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a notification that names no class."""
        return () if push.options.silent else missing_class_warnings(push, "huawei", CLASSES)

    def recall(self, push: Push) -> BatchSender:
        """Prepare to take the push back. Raises PayloadRejected for a push that shows nothing."""
        require_recallable(push)
        number = notification_number(push, parse_options(push, "huawei", HuaweiOptions))
        request = RecallRequest(client_id=self._settings.app_id, notification_id=number)
        return recall_sender(self._session, request, parse)


def _signed(account: ServiceAccount, context: AdapterContext) -> CredentialCache:
    """Return a credential that the service account signs in this process."""
    return context.own_credentials("huawei", partial(account.sign, context.clock), RENEW_BEFORE)


def _fetched(
    settings: HuaweiSettings, token_endpoint: TokenEndpoint, context: AdapterContext
) -> CredentialCache:
    """Return an access token that all processes share.

    Huawei grants an app 1,000 tokens in 5 minutes: docs/reference/vendors/huawei.md#credentials
    """
    secret = text_of(settings.app_secret)
    fetch = partial(token_endpoint.client_credentials, settings.token_endpoint, settings.app_id, secret)
    name = f"huawei:{settings.app_id}:{fingerprint(secret)}"
    return context.shared_credentials(name, fetch, RENEW_BEFORE)


def _send_path(settings: HuaweiSettings, account: ServiceAccount | None) -> bytes:
    """Return the path of v2 where a project is known, else that of v1."""
    project = settings.project_id or (account.project_id if account else None)
    call = f"/v2/{project}" if project else f"/v1/{settings.app_id}"
    return f"{call}/messages:send".encode()


def _push_class(options: Options, settings: HuaweiSettings) -> PushClass:
    category = class_option(options, "huawei", settings.message_classes(), "category") or MARKETING
    return PushClass.MARKETING if category == MARKETING else PushClass.SERVICE


VENDOR = Vendor(
    name="huawei",
    settings=HuaweiSettings,
    options=HuaweiOptions,
    token_pattern=OPAQUE_TOKEN,
    max_batch=MAX_TOKENS,
    codes=CODES,
    # The minimum that Huawei grants: docs/reference/vendors/huawei.md#quotas
    quota=PushRate(6_000),
    features=frozenset(
        [
            Feature.IMAGE,
            Feature.BADGE,
            Feature.SILENT,
            Feature.COLLAPSE,
            Feature.DRY_RUN,
            Feature.RECALL,
        ]
    ),
    limits=Limits(max_ttl=MAX_TTL, max_bytes=MAX_BODY),
    open=opener(HuaweiSettings, Huawei),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    push_class=classifier(HuaweiSettings, _push_class),
)
