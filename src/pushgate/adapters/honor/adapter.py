"""Honor Push: up to 1,000 tokens a request. Its codes and some
limits are not confirmed: see docs/reference/vendors/honor.md#unconfirmed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
import orjson
from pydantic import Field, SecretStr

from pushgate.adapters.click_target import click_target, intent_uri
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.honor.options import CLASSES, OF_SHOWN, HonorButton, HonorExtras
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.push_kit_codes import PARTIAL, illegal_tokens
from pushgate.adapters.push_kit_options import badge_change
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent
from pushgate.adapters.response_codes import (
    INVALID,
    REJECTED,
    CallFailure,
    ResponseCode,
    accepted,
    auth_codes,
    by_token,
    fallback_for_call,
    is_success,
    judge_call,
    known_code,
    same_for_all,
    token_verdict,
    unanswered,
    undocumented,
)
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.text_limits import require_https_image, require_length, require_size
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import decode_json, is_null, quoted_list, without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings
from pushgate.domain.app import PushRate
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Priority
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.results import Response

MAX_BODY = 4096  # docs/reference/vendors/honor.md#limits, not confirmed
LONGEST = timedelta(days=15)  # docs/reference/vendors/honor.md#expiry


DELIVERED = (0, 40000002)
"""Statuses of receipts (docs/reference/vendors/honor.md#receipts): of the form 4000xxxx, as the
vendor's demo and a client have them, or Huawei's.
"""
RECEIPTS: Mapping[str, ReceiptCode] = {
    **{
        str(status): ReceiptCode(
            ReportedEvent.DELIVERED, "arrived; not confirmed, so it is a setting: delivered_statuses"
        )
        for status in DELIVERED
    },
    "40000015": ReceiptCode(None, "not shown: no page of the app goes with the click's intent"),
}


class HonorSettings(VendorSettings):
    """`[apps.<app>.honor]`"""

    endpoint: EndpointUrl = "https://push-api.cloud.honor.com"
    token_endpoint: EndpointUrl = "https://iam.developer.honor.com/auth/token"  # noqa: S105  # an address
    app_id: str = Field(
        pattern=r"^[A-Za-z0-9]{1,64}$", description="the app's id, which stands in the address"
    )
    client_id: str = Field(max_length=128, description="for the access token; another than the app's id")
    client_secret: SecretStr
    max_tokens: int = Field(
        default=1000, ge=1, le=1000, description="tokens a request; Honor's limit is not confirmed"
    )
    max_body: int = Field(
        default=MAX_BODY,
        ge=1024,
        le=1_000_000,
        description="bytes without tokens; Honor's limit is not confirmed",
    )
    delivered_statuses: tuple[int, ...] = Field(
        default=DELIVERED, description="statuses of receipts that mean delivered; Honor's are not confirmed"
    )


CODES: Mapping[str, ResponseCode] = {  # docs/reference/vendors/honor.md#codes
    "200": ResponseCode(Outcome.ACCEPTED, "accepted"),
    "80000000": ResponseCode(Outcome.ACCEPTED, "accepted, as some clients saw it"),
    "expireTokens": ResponseCode(INVALID, "the token has expired"),
    "sendResult": ResponseCode(REJECTED, "Honor says that it has sent nothing, and not why"),
    "failTokens": ResponseCode(REJECTED, "Honor could not send to it and does not say why"),
    "access_token": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "flow_control": ResponseCode(CallFailure.THROTTLED, "Honor asks for fewer requests"),
    # docs/reference/vendors/honor.md#codes: should Huawei's codes appear, they mean what they mean there (4.3); not confirmed.
    "80100000": ResponseCode(INVALID, "some tokens are not valid"),
    "80300007": ResponseCode(
        INVALID,
        "the token is not valid, or not the app's; of several at once that is not believed, and they stay",
    ),
    **dict.fromkeys(
        [
            "80100001",
            "80100002",
            "80100003",
            "80100004",
            "80100013",
            "80100016",
            "80100018",
            "80300008",
            "80300010",
        ],
        ResponseCode(REJECTED, "the request is not valid: a parameter, its structure, size or content"),
    ),
    "80200001": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "80200003": ResponseCode(CallFailure.AUTH, "the access token has expired"),
    "80200005": ResponseCode(CallFailure.AUTH, "the JWT has expired"),
    "80300002": ResponseCode(CallFailure.REFUSED, "the app may not push"),
    "80300011": ResponseCode(
        CallFailure.REFUSED, "the app may not send with high priority", scope=RefusalScope.CLASS
    ),
    "80300013": ResponseCode(CallFailure.REFUSED, "the receipt address or its certificate is not valid"),
    "80100017": ResponseCode(Outcome.RETRY, "too many tasks at once"),
    "80600003": ResponseCode(CallFailure.UNAVAILABLE, "the OAuth service fails"),
    "81000001": ResponseCode(CallFailure.UNAVAILABLE, "Honor has an internal error"),
    "http_401": ResponseCode(CallFailure.AUTH, "the access token is not valid"),
    "http_403": ResponseCode(CallFailure.AUTH, "the access token is not valid for this app"),
    "http_404": ResponseCode(CallFailure.REFUSED, "the address is wrong"),
    "http_429": ResponseCode(CallFailure.THROTTLED, "Honor asks for fewer requests"),
}
_AUTH = auth_codes(CODES)
_OK = frozenset(["200", "80000000"])


class _Data(msgspec.Struct):
    sent: bool | None = msgspec.field(default=None, name="sendResult")
    failed: list[str] | None = msgspec.field(default=None, name="failTokens")
    expired: list[str] | None = msgspec.field(default=None, name="expireTokens")


class _Reply(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


def render(push: Push, settings: HonorSettings, now: datetime) -> tuple[bytes, bytes]:
    """The body before and after the list of tokens (docs/reference/vendors/honor.md#requests). Raises PayloadRejected."""
    more = parse_options(push, "honor", HonorExtras, CLASSES)
    content, options = push.content, push.options
    require_length(push.message_id, 64, "id")
    require_https_image(content.image)
    add, set_to = badge_change(push, more.badge_add, more.badge_set)
    count = without_none({"addNum": add, "setNum": set_to, "badgeClass": more.badge_class})
    if options.silent:
        require_no_options(push, "honor", OF_SHOWN, "a silent push")
    notification = {
        "title": content.title,
        "body": content.body,
        # docs/reference/vendors/honor.md#options: pictures are for service messages.
        "image": content.image if more.importance == "NORMAL" else None,
        "importance": more.importance,
        "clickAction": _click(push, more),
        "style": 1 if more.big_body else None,
        "bigTitle": more.big_title,
        "bigBody": more.big_body,
        "when": more.when,
        "buttons": [_button(button) for button in more.buttons] if more.buttons else None,
        "badge": count or None,
        "notifyId": notification_id(push),
        "tag": options.collapse_key,
        "group": more.group,
    }
    android = {
        "ttl": f"{max(1, seconds_to_live(push, now, LONGEST))}s",  # 0 is not documented
        "biTag": push.message_id,
        "targetUserType": more.target_user_type,
        "notification": None if options.silent else without_none(notification),
    }
    data = orjson.dumps(client_data(push)).decode()
    body = orjson.dumps({"data": data, "android": without_none(android), "token": []})
    require_size(body, settings.max_body, "the message without its tokens")
    return body[: -len(b"]}")], b"]}"


def _button(button: HonorButton) -> dict[str, object]:
    return without_none(
        {
            "name": button.name,
            "actionType": button.action_type,
            "intentType": button.intent_type,
            "intent": button.intent,
            "data": button.data,
        }
    )


def _click(push: Push, more: HonorExtras) -> dict[str, object]:
    if more.action:
        return {"type": 1, **without_none({"intent": more.intent, "action": more.action})}
    web, page = click_target(push, more.url, more.intent)
    if web:
        return {"type": 2, "url": web}
    return {"type": 1, "intent": intent_uri(page)} if page else {"type": 3}


def parse(answer: Response, tokens: Sequence[bytes], now: datetime) -> list[Verdict]:
    """What Honor said of these tokens (docs/reference/vendors/honor.md#codes), one verdict each.
    Raises VendorError about the whole call.
    """
    code = _code(answer)
    if code in _OK and is_success(answer.status):
        return _listed(answer, tokens)
    if code == PARTIAL and answer.status < 500:
        return _partly(answer, tokens)
    row = CODES.get(code)
    if row is None or code in _OK:
        has_code = _reply(answer).code is not None
        row = undocumented("Honor", fallback_for_call(answer.status, has_code=has_code))
    return same_for_all(judge_call(row, code, answer, now), len(tokens))


def _partly(answer: Response, tokens: Sequence[bytes]) -> list[Verdict]:
    dead = illegal_tokens(_reply(answer).message or "")
    if dead is None:
        return [unanswered("the list of failed tokens is unreadable")] * len(tokens)
    bad, good = token_verdict(CODES[PARTIAL], PARTIAL), accepted()
    return [bad if token.decode() in dead else good for token in tokens]


def _listed(answer: Response, tokens: Sequence[bytes]) -> list[Verdict]:
    told = _reply(answer).data
    data = _Data() if is_null(told) else decode_json(told, _Data)
    if data is None:
        return [unanswered("the lists of failed tokens are unreadable")] * len(tokens)
    verdicts = {
        **dict.fromkeys(data.failed or (), _said("failTokens")),
        **dict.fromkeys(data.expired or (), _said("expireTokens")),
    }
    # That nothing was sent, and no list of whom not, is not documented: it is taken at its word.
    rest = _said("sendResult") if data.sent is False and not verdicts else accepted()
    return by_token(verdicts, tokens, rest)


def _said(name: str) -> Verdict:
    return token_verdict(CODES[name], name)


def refuses(answer: Response) -> bool:
    """Whether the access token does not hold."""
    return _code(answer) in _AUTH


def _code(answer: Response) -> str:
    if answer.status in (401, 403, 404, 429):
        return f"http_{answer.status}"
    reply = _reply(answer)
    told = (reply.message or "").lower()
    if str(reply.code) not in _OK:
        if "access token" in told or "access_token" in told:
            return "access_token"
        if "flow control" in told:
            return "flow_control"
    return known_code(str(reply.code)) if reply.code is not None else f"http_{answer.status}"


def _reply(answer: Response) -> _Reply:
    return decode_json(answer.body, _Reply) or _Reply()


class Honor(SessionAdapter):
    """Sends one app's pushes through Honor."""

    check_confirms = True

    def __init__(self, settings: HonorSettings, context: AdapterContext) -> None:
        self._settings = settings
        token_endpoint = TokenEndpoint(settings, context.clock)
        secret = settings.client_secret.get_secret_value()
        fetch = partial(
            token_endpoint.client_credentials, settings.token_endpoint, settings.client_id, secret
        )
        bearer = context.shared_bearer(f"honor:{settings.client_id}", fetch, RENEW_BEFORE)
        session = Session(open_client(settings, settings.endpoint), context.clock, bearer, refuses)
        delivered = dict.fromkeys(map(str, settings.delivered_statuses), ReportedEvent.DELIVERED)
        super().__init__(
            session, receipt_parser=StatusReceiptParser(delivered, None), token_endpoint=token_endpoint
        )
        self._path = session.base_path + f"/api/v1/{settings.app_id}/sendMessage".encode()

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        before, after = render(push, self._settings, now)

        headers = (
            (b"timestamp", str(to_ms(now)).encode()),
            (b"content-type", b"application/json; charset=UTF-8"),
        )
        template = BurstTemplate(
            path=self._path,
            headers=headers,
            body_prefix=before,
            body_suffix=after,
            full_response=True,
            urgent=urgent,
        )
        more = parse_options(push, "honor", HonorExtras, CLASSES)
        return BatchSender(
            self._session,
            RequestTemplate.with_bearer(template),
            max_tokens=self._settings.max_tokens,
            encode=quoted_list,
            parse=parse,
            scopes={RefusalScope.CLASS: more.importance or ""},
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to Honor, where nothing says what class it is of, and that its picture is not shown."""
        if push.options.silent:
            return ()
        found = missing_class_warnings(push, "honor", CLASSES)
        if push.content.image and parse_options(push, "honor", HonorExtras, CLASSES).importance != "NORMAL":
            told = "is not shown: only service messages have pictures; name the category of one"
            found.append(FieldError("content.image", told))
        return found


VENDOR = Vendor(
    name="honor",
    settings=HonorSettings,
    options=HonorExtras,
    # Opaque printable text without quotes and commas; the length is not documented.
    token_pattern=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    max_batch=1000,  # docs/reference/vendors/honor.md#requests, not confirmed
    codes=CODES,
    quota=PushRate(3_000),  # docs/reference/vendors/honor.md#quotas: quoted by an aggregator
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.COLLAPSE]),
    limits=Limits(max_ttl=LONGEST, max_bytes=MAX_BODY),
    open=opener(HonorSettings, Honor),
    receipts=RECEIPTS,
    message_classes=CLASSES,
)
