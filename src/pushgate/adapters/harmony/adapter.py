"""Huawei Push Kit for HarmonyOS 5 and later, v3: up to 1,000 tokens per request.

Opens the session; the other modules render and parse.

Source: docs/reference/vendors/harmony.md
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from pushgate.adapters.contract import Push
from pushgate.adapters.harmony.options import HarmonyOptions
from pushgate.adapters.harmony.payload import (
    MAX_BODY,
    MAX_MESSAGE_ID,
    MAX_TTL,
    PUSH_TYPES,
    notification_number,
    render,
)
from pushgate.adapters.harmony.push_types import (
    MAX_TOKENS,
    NOTIFICATION_TYPES,
    max_tokens,
    options_of,
    push_type_of,
    refusal_class,
)
from pushgate.adapters.harmony.receipts import EVENTS, RECEIPTS
from pushgate.adapters.harmony.responses import CODES, parse, refuses
from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.message_classes import class_option
from pushgate.adapters.push_kit_classes import CLASSES, MARKETING
from pushgate.adapters.push_kit_recall import RecallRequest, recall_sender
from pushgate.adapters.push_kit_service_account import ServiceAccount
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.quick_check import ANY_CATEGORY, NAMED_CATEGORIES, QuickLimits
from pushgate.adapters.session import RequestTemplate, Session, bearer_templates
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.vendor import OPAQUE_TOKEN, AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.adapters.vendor_json import token_list_encoder
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import text_of
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Options, Priority
from pushgate.domain.outcome import FailureCode, RefusalScope
from pushgate.domain.push_class import PushClass
from pushgate.http2.burst_template import BurstTemplate


class Harmony(SessionAdapter):
    """Sends one app's pushes through Huawei's v3."""

    def __init__(self, settings: HarmonySettings, context: AdapterContext) -> None:
        self._settings = settings
        account = ServiceAccount.read(text_of(settings.service_account))
        credential = context.own_credentials("harmony", partial(account.sign, context.clock), RENEW_BEFORE)
        session = Session(open_client(settings, settings.endpoint), context.clock, credential, refuses)
        super().__init__(session, receipt_parser=StatusReceiptParser(EVENTS, settings.signature()))
        is_marketing = settings.category == MARKETING
        self.quick_check = QuickLimits(
            vendor="harmony",
            max_id=MAX_MESSAGE_ID,
            max_bytes=MAX_BODY,
            needs_https_image=True,
            unwarned_categories=NAMED_CATEGORIES if is_marketing else ANY_CATEGORY,
        )
        path = session.base_path + f"/v3/{account.project_id}/messages:send".encode()
        self._templates = {push_type: _templates(path, push_type) for push_type in PUSH_TYPES.values()}

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Render the push. Raises PayloadRejected."""
        push_type, before, after = render(push, self._settings, now)
        options = options_of(push, self._settings)
        return BatchSender(
            self._session,
            self._templates[push_type][push.options.priority],
            max_tokens=max_tokens(push, options),
            encode=token_list_encoder(before, after),
            parse=parse,
            scopes={RefusalScope.CLASS: refusal_class(push, options, self._settings.category)},
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of an alert that names no class, where the app's default is marketing."""
        push_type = push.options.vendors.get("harmony", {}).get("push_type", "alert")
        if self._settings.category != MARKETING or push.options.silent or push_type != "alert":
            return ()
        return missing_class_warnings(push, "harmony", CLASSES)

    def recall(self, push: Push) -> BatchSender:
        """Prepare to take the push back.

        Raises PayloadRejected where the section has no client id, and for a push that shows
        nothing.
        """
        options = parse_options(push, "harmony", HarmonyOptions)
        if not self._settings.client_id:
            reason = "is needed in the vendor's section to take pushes back"
            raise PayloadRejected(FailureCode.NO_CLIENT_ID, "client_id", reason)
        push_type = push_type_of(push, options)
        if push_type not in NOTIFICATION_TYPES:
            field = "options.silent" if push.options.silent else "options.harmony.push_type"
            raise PayloadRejected(
                FailureCode.NOTHING_SHOWN, field, f"a {push_type} push shows nothing to take back"
            )
        request = RecallRequest(
            client_id=self._settings.client_id,
            notification_id=notification_number(push, options),
            push_type=PUSH_TYPES[push_type],
        )
        return recall_sender(self._session, request, parse)


def _templates(path: bytes, push_type: bytes) -> Mapping[Priority, RequestTemplate]:
    """Return the templates of pushes of this type, by priority."""
    headers = ((b"content-type", b"application/json"), (b"push-type", push_type))
    return bearer_templates(BurstTemplate(path=path, headers=headers, full_response=True))


def _push_class(options: Options, settings: HarmonySettings) -> PushClass:
    """Only alerts are marketing; live views, forms and calls have permissions of their own."""
    is_alert = options.vendors.get("harmony", {}).get("push_type", "alert") == "alert"
    category = class_option(options, "harmony", settings.message_classes(), "category") or settings.category
    return PushClass.MARKETING if is_alert and category == MARKETING else PushClass.SERVICE


VENDOR = Vendor(
    name="harmony",
    settings=HarmonySettings,
    options=HarmonyOptions,
    token_pattern=OPAQUE_TOKEN,
    max_batch=MAX_TOKENS,
    codes=CODES,
    # Grows with the app's users. The minimum is taken to be that of HMS:
    # docs/reference/vendors/harmony.md#quotas
    quota=PushRate(6_000),
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.COLLAPSE, Feature.RECALL]),
    limits=Limits(max_ttl=MAX_TTL, max_bytes=MAX_BODY),
    open=opener(HarmonySettings, Harmony),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    push_class=classifier(HarmonySettings, _push_class),
)
