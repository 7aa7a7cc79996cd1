"""Huawei Push Kit for HMS, v1 and v2 (docs/reference/vendors/huawei.md): up to 1,000 tokens a
request.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

import orjson
from pydantic import Field, SecretStr, model_validator

from pushgate.adapters.click_target import click_target, intent_uri
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.huawei.options import CATEGORIES, OF_SHOWN, HuaweiExtras
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.push_checks import require_no_options, require_recallable
from pushgate.adapters.push_kit_classes import CLASSES, ApprovedClasses
from pushgate.adapters.push_kit_codes import (
    PARTIAL,
    PUSH_KIT_CODES,
    call_code,
    illegal_tokens,
    message_of,
    refuses_credential,
    row_of,
)
from pushgate.adapters.push_kit_options import badge_change, collapse_group
from pushgate.adapters.push_kit_recall import RecallRequest, recall_sender
from pushgate.adapters.push_kit_service_account import ServiceAccount
from pushgate.adapters.push_kit_signature import ReceiptKeySettings
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent, reported_events
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    RETRY,
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    judge_call,
    token_verdict,
    unanswered,
)
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.text_limits import require_https_image, require_length, require_size
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import quoted_list, without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.results import Response

MAX_BODY = 4096  # docs/reference/vendors/huawei.md#limits, without the tokens
MAX_TOKENS = 1000  # docs/reference/vendors/huawei.md#limits
LONGEST = timedelta(days=15)  # docs/reference/vendors/huawei.md#expiry


class HuaweiSettings(VendorSettings, ReceiptKeySettings, ApprovedClasses):
    """`[apps.<app>.huawei]`"""

    endpoint: EndpointUrl = "https://push-api.cloud.huawei.com"
    token_endpoint: EndpointUrl = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"  # noqa: S105  # an address
    app_id: str = Field(
        pattern=r"^[A-Za-z0-9]{1,64}$", description="the app's id, which is its OAuth client id"
    )
    app_secret: SecretStr | None = Field(default=None, description="the app's OAuth client secret")
    service_account_file: Path | None = Field(
        default=None, description="JSON key file of a service account, instead of app_secret; calls v2"
    )
    project_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="calls v2 of this project; unset = v1, or v2 of the service account's project",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.app_secret is None) == (self.service_account_file is None):
            raise ValueError("needs app_secret or service_account_file, and not both")
        return self


CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/huawei.md#codes
    **PUSH_KIT_CODES,
    PARTIAL: ResponseCode(INVALID, "the token is not valid"),  # for those it lists; the others are accepted
    "80300007": ResponseCode(INVALID, "no token is valid, or the app and the tokens do not match"),
    "80100002": ResponseCode(REJECTED, "the number of tokens is not valid"),
    "80100013": ResponseCode(REJECTED, "the collapse key is not valid"),
    "80100016": ResponseCode(REJECTED, "the content is sensitive"),
    # Said of pushes to topics, which other senders of the app make.
    "80100017": ResponseCode(RETRY, "too many topic tasks at once"),
    "80100018": ResponseCode(REJECTED, "the signature of the content's audit does not match"),
    "80200001": ResponseCode(CallFailure.AUTH, "the access token is not valid, or another app's"),
    "80200003": ResponseCode(CallFailure.AUTH, "the access token has expired"),
    "80300002": ResponseCode(CallFailure.REFUSED, "the app may not push"),
    "80300011": ResponseCode(
        CallFailure.REFUSED, "the app may not send with high priority", scope=RefusalScope.CLASS
    ),
    "80300013": ResponseCode(
        CallFailure.REFUSED, "the receipt address or its certificate is not valid", scope=RefusalScope.RECEIPT
    ),
    "80600003": ResponseCode(CallFailure.UNAVAILABLE, "Huawei's OAuth service fails"),
    "http_401": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
}
_AUTH = auth_codes(CODES)

RECEIPTS: Mapping[str, ReceiptCode] = {  # docs/reference/vendors/huawei.md#receipts
    "0": ReceiptCode(ReportedEvent.DELIVERED, "arrived"),
    "2": ReceiptCode(ReportedEvent.INVALID, "the app was uninstalled"),
    "5": ReceiptCode(ReportedEvent.INVALID, "the token is not this user's, or this device's"),
    "6": ReceiptCode(ReportedEvent.MUTED, "notifications are turned off"),
    "10": ReceiptCode(None, "the device was not active for 30 days"),
    "14": ReceiptCode(None, "lost on the network, or otherwise"),
    "15": ReceiptCode(None, "replaced, or too much waited for the device"),
    "22": ReceiptCode(None, "another user is logged in"),
    "27": ReceiptCode(None, "the app does not run; it waits"),
    "31": ReceiptCode(None, "the app's version or page does not go with it"),
    "51": ReceiptCode(None, "the device was not unlocked since it started; it waits"),
    "102": ReceiptCode(None, "the device had too many on this day"),
    "144": ReceiptCode(None, "there is no such profile"),
    "201": ReceiptCode(ReportedEvent.MUTED, "the push server keeps it back"),
}
EVENTS = reported_events(RECEIPTS)


def render(push: Push, settings: HuaweiSettings, now: datetime) -> tuple[bytes, bytes]:
    """The body before and after the list of tokens (docs/reference/vendors/huawei.md#requests).
    Raises PayloadRejected.
    """
    more = _options(push, settings)
    content, options = push.content, push.options
    require_length(push.message_id, 64, "id")
    left = max(1, seconds_to_live(push, now, LONGEST))  # 0 is not documented
    add, set_to = badge_change(push, more.badge_add, more.badge_set)
    notification = {
        "title": content.title,
        "body": content.body,
        "image": content.image,
        "default_sound": not more.sound,
        "importance": more.shown_as(),
        "notify_id": notification_id(push),
        "badge": without_none({"add_num": add, "set_num": set_to, "class": more.badge_class}) or None,
        "click_action": _click(push, more),
        **more.on_android(),
    }
    android = {
        "ttl": f"{left}s",
        "category": more.category,
        "urgency": more.urgency,
        "bi_tag": push.message_id,
        "receipt_id": more.receipt_id,
        "fast_app_target": more.fast_app_target,
        "target_user_type": more.target_user_type,
        "collapse_key": collapse_group(options.collapse_key),
        "data": orjson.dumps(client_data(push)).decode(),
        "notification": None if options.silent else without_none(notification),
    }
    require_https_image(content.image)
    body = orjson.dumps(
        {"validate_only": options.dry_run, "message": {"android": without_none(android), "token": []}}
    )
    require_size(body, MAX_BODY, "the message without its tokens")
    return body[: -len(b"]}}")], b"]}}"


def _options(push: Push, settings: HuaweiSettings) -> HuaweiExtras:
    """The message's options for Huawei. Raises PayloadRejected for those that this kind of push does not take."""
    # A class by the message's category is one of what is shown
    # (docs/reference/vendors/index.md#categories).
    classes = {} if push.options.silent else settings.classes()
    more = parse_options(push, "huawei", HuaweiExtras, classes)
    settings.require_known(more.category, CATEGORIES, "huawei")
    if push.options.silent:
        require_no_options(push, "huawei", OF_SHOWN, "a silent push")
    else:
        require_no_options(push, "huawei", ["urgency"], "a push that is shown")
        if more.category == "PLAY_VOICE":
            raise PayloadRejected("bad_option", "options.huawei.category", "PLAY_VOICE is for silent pushes")
    return more


def _click(push: Push, more: HuaweiExtras) -> dict[str, object]:
    if more.action:
        return {"type": 1, **without_none({"intent": more.intent, "action": more.action})}
    web, page = click_target(push, more.url, more.intent)
    if web:
        return {"type": 2, "url": web}
    return {"type": 1, "intent": intent_uri(page)} if page else {"type": 3}


def _scopes(more: HuaweiExtras) -> Mapping[RefusalScope, str]:
    return {
        RefusalScope.CLASS: " ".join(filter(None, (more.category, more.urgency))),
        RefusalScope.RECEIPT: more.receipt_id or "",
    }


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Huawei said of these tokens (docs/reference/vendors/huawei.md#codes), one verdict each. Raises VendorError about the whole call."""
    code = call_code(answer)
    if code == PARTIAL:
        dead = illegal_tokens(message_of(answer))
        if dead is None:
            # Partial success without a readable list: nobody is called dead for that.
            return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
        bad, good = token_verdict(CODES[code], code), accepted()
        return [bad if token.decode() in dead else good for token in tokens]
    return [judge_call(row_of(CODES, code, answer), code, answer, now)] * len(tokens)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return refuses_credential(answer, _AUTH)


class Huawei(SessionAdapter):
    """Sends one app's pushes through Huawei."""

    supports_dry_run = True

    def __init__(self, settings: HuaweiSettings, context: AdapterContext) -> None:
        self._settings = settings
        project = settings.project_id
        token_endpoint = TokenEndpoint(settings, context.clock)
        if settings.service_account_file:
            account = ServiceAccount.read(settings.service_account_file)
            project = project or account.project_id
            bearer = context.own_bearer("huawei", partial(account.sign, context.clock), RENEW_BEFORE)
        else:
            assert settings.app_secret is not None
            secret = settings.app_secret.get_secret_value()
            fetch = partial(
                token_endpoint.client_credentials, settings.token_endpoint, settings.app_id, secret
            )
            # Shared between processes: Huawei grants 1,000 tokens in 5 min (docs/reference/vendors/huawei.md#credentials).
            bearer = context.shared_bearer(f"huawei:{settings.app_id}", fetch, RENEW_BEFORE)
        session = Session(open_client(settings, settings.endpoint), context.clock, bearer, refuses)
        receipt_parser = StatusReceiptParser(EVENTS, settings.signature())
        super().__init__(session, receipt_parser=receipt_parser, token_endpoint=token_endpoint)
        self.check_confirms = settings.service_account_file is None  # a service account signs its own tokens
        call = f"/v2/{project}" if project else f"/v1/{settings.app_id}"
        self._path = session.base_path + f"{call}/messages:send".encode()

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        before, after = render(push, self._settings, now)

        headers = ((b"content-type", b"application/json; charset=UTF-8"),)
        template = BurstTemplate(
            path=self._path,
            headers=headers,
            body_prefix=before,
            body_suffix=after,
            full_response=True,
            urgent=urgent,
        )
        return BatchSender(
            self._session,
            RequestTemplate.with_bearer(template),
            max_tokens=MAX_TOKENS,
            encode=quoted_list,
            parse=parse,
            scopes=_scopes(_options(push, self._settings)),
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to Huawei, where nothing says what class it is of."""
        return () if push.options.silent else missing_class_warnings(push, "huawei", CLASSES)

    def recall(self, push: Push) -> BatchSender:
        """Take it back. Raises PayloadRejected for pushes that show nothing."""
        require_recallable(push)
        shown_as = parse_options(push, "huawei", HuaweiExtras).notify_id
        number = notification_id(push) if shown_as is None else shown_as
        request = RecallRequest(client_id=self._settings.app_id, notification_id=number)
        return recall_sender(self._session, request, parse)


VENDOR = Vendor(
    name="huawei",
    settings=HuaweiSettings,
    options=HuaweiExtras,
    # Opaque printable text without quotes and commas; the length is not documented.
    token_pattern=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    max_batch=MAX_TOKENS,
    codes=CODES,
    quota=PushRate(6_000),  # docs/reference/vendors/huawei.md#quotas: at least
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
    limits=Limits(max_ttl=LONGEST, max_bytes=MAX_BODY),
    open=opener(HuaweiSettings, Huawei),
    receipts=RECEIPTS,
    message_classes=CLASSES,
)
